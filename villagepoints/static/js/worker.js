/* Keeps the home page as it was last seen, to be read where there is no signal: that page and its style sheets, nothing
   else, and never in place of one that can be had. It goes when the phone is forgotten, here or from another phone. */
(function () {
  "use strict";
  const HOME = new URL(self.registration.scope).pathname;
  const KEPT = "home";
  const SHEET = /<link rel="stylesheet" href="([^"]+)"/g;

  function sheets(page) {
    return (page.match(SHEET) || []).map(function (link) { return link.split('"')[3]; });
  }

  async function keep(answer) {
    const seen = answer.headers.get("Date") || new Date().toUTCString();
    const headers = {"Content-Type": "text/html; charset=utf-8", "Date": seen};
    headers["Content-Security-Policy"] = answer.headers.get("Content-Security-Policy");
    const page = await answer.text();
    const wanted = sheets(page);
    const kept = await self.caches.open(KEPT);
    for (const old of await kept.keys()) {
      const address = new URL(old.url);
      if (wanted.indexOf(address.pathname + address.search) < 0) { await kept.delete(old); }
    }
    await kept.put(HOME, new Response(page, {headers: headers}));
    await kept.addAll(wanted);
  }

  async function lastSeen() {
    const kept = await self.caches.open(KEPT);
    const answer = await kept.match(HOME);
    if (!answer) { return Response.error(); }
    const page = await answer.text();
    const language = (/<html lang="([^"]+)"/.exec(page) || ["", "zh-CN"])[1];
    const hour = {timeZone: "Asia/Shanghai", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false};
    const when = new Date(answer.headers.get("Date")).toLocaleString(language, hour);
    const dated = page.replace('id="last-seen" hidden', 'id="last-seen"').replace("<time></time>", when);
    return new Response(dated, {headers: answer.headers});
  }

  async function visit(event) {
    try {
      const answer = await fetch(event.request);
      if (answer.status === 200) {
        event.waitUntil(keep(answer.clone()));
      } else if (answer.status === 403 || answer.type === "opaqueredirect") {
        event.waitUntil(self.caches.delete(KEPT)); // this phone is not at home here any more
      }
      return answer;
    } catch (error) {
      return lastSeen();
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
      return answer.status === 200 ? keep(answer) : null;
    }));
  });

  self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });

  self.addEventListener("fetch", function (event) {
    const request = event.request;
    const address = new URL(request.url);
    if (address.origin !== self.location.origin) { return; }
    if (request.method === "POST" && /\/forget$/.test(address.pathname)) {
      event.waitUntil(self.caches.delete(KEPT));
    } else if (request.method === "GET" && request.mode === "navigate" && address.pathname === HOME) {
      event.respondWith(visit(event));
    } else if (request.destination === "style") {
      event.respondWith(sheet(request));
    }
  });
}());
