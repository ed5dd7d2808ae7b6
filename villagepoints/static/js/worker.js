/* Keeps one page as it was last seen, to be read where there is no signal: a household's home page, or the list of an audit
   with its parts; that page, its style sheets and the list's scripts, nothing else, and never in place of one that can be
   had. It goes when the phone is forgotten, here or from another phone, and when nobody is signed in any more. */
(function () {
  "use strict";
  const HOME = new URL(self.registration.scope).pathname;
  const IS_LIST = /\/walk$/.test(HOME);
  const KEPT = IS_LIST ? "walk" : "home";
  const PARTS = IS_LIST ? /<link rel="stylesheet" href="[^"]+"|<script src="[^"]+"/g : /<link rel="stylesheet" href="[^"]+"/g;

  function sheets(page) {
    return (page.match(PARTS) || []).map(function (part) { return part.split('"').slice(-2)[0]; });
  }

  /* A list is cut into pages by what follows its address; a home page is one, whatever follows. */
  function name(address) { return IS_LIST ? HOME + address.search : HOME; }

  async function keep(place, answer) {
    const seen = answer.headers.get("Date") || new Date().toUTCString();
    const headers = {"Content-Type": "text/html; charset=utf-8", "Date": seen};
    headers["Content-Security-Policy"] = answer.headers.get("Content-Security-Policy");
    const page = await answer.text();
    const wanted = sheets(page);
    const kept = await self.caches.open(KEPT);
    for (const old of await kept.keys()) {
      const address = new URL(old.url);
      const isPage = IS_LIST && address.pathname === HOME;
      if (!isPage && wanted.indexOf(address.pathname + address.search) < 0) { await kept.delete(old); }
    }
    await kept.put(place, new Response(page, {headers: headers}));
    await kept.addAll(wanted);
  }

  async function lastSeen(place) {
    const kept = await self.caches.open(KEPT);
    const answer = await kept.match(place);
    if (!answer) { return Response.error(); }
    const page = await answer.text();
    const language = (/<html lang="([^"]+)"/.exec(page) || ["", "zh-CN"])[1];
    const hour = {timeZone: "Asia/Shanghai", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false};
    const when = new Date(answer.headers.get("Date")).toLocaleString(language, hour);
    const dated = page.replace('id="last-seen" hidden', 'id="last-seen"').replace("<time></time>", when);
    return new Response(dated, {headers: answer.headers});
  }

  async function visit(event, place) {
    try {
      const answer = await fetch(event.request);
      if (answer.status === 200) {
        event.waitUntil(keep(place, answer.clone()));
      } else if (answer.status === 403 || answer.type === "opaqueredirect") {
        event.waitUntil(self.caches.delete(KEPT)); // this phone is not at home here any more
      }
      return answer;
    } catch (error) {
      return event.request.mode === "navigate" ? lastSeen(place) : Response.error();
    }
  }

  async function sheet(request) {
    try {
      return await fetch(request);
    } catch (error) {
      return (await self.caches.match(request)) || Response.error();
    }
  }

  self.addEventListener("install", function (event) {
    self.skipWaiting();
    event.waitUntil(fetch(HOME, {credentials: "same-origin", redirect: "manual"}).then(function (answer) {
      return answer.status === 200 ? keep(HOME, answer) : null;
    }));
  });

  self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });

  self.addEventListener("fetch", function (event) {
    const request = event.request;
    const address = new URL(request.url);
    if (address.origin !== self.location.origin) { return; }
    if (request.method === "POST" && /\/forget$/.test(address.pathname)) {
      event.waitUntil(self.caches.delete(KEPT));
    } else if (request.method === "GET" && address.pathname === HOME && (IS_LIST || request.mode === "navigate")) {
      event.respondWith(visit(event, name(address)));
    } else if (request.destination === "style" || (IS_LIST && request.destination === "script")) {
      event.respondWith(sheet(request));
    }
  });
}());
