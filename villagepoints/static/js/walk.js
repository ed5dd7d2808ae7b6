/* The list of an audit as one page that needs no signal: an item opens in place, what was recorded goes to the outbox, and
   the list follows what the village answered. Without scripts every item is a page of its own. */
(function () {
  "use strict";
  const script = document.currentScript;
  const list = document.getElementById("walk"), looking = document.getElementById("looking");
  const told = document.getElementById("told"), locked = document.getElementById("locked"), kept = document.getElementById("kept"), onward = document.getElementById("onward");
  const SCREEN = "item-";

  function each(where, what, act) { Array.prototype.forEach.call(where.querySelectorAll(what), act); }

  function opened() { return window.location.hash.slice(1); }

  function template(id) { return document.getElementById(id + "-kept"); }

  async function unsent(id) {
    const records = await window.outbox.mine();
    return records.filter(function (record) { return record.place === "#" + id; });
  }

  /* What was typed and not recorded yet: a phone short of memory drops the page while its camera is open. */
  function draft(id, fields) {
    const place = document.getElementById("outbox").getAttribute("data-who") + " " + id;
    try {
      if (fields) { window.sessionStorage.setItem(place, JSON.stringify(fields)); }
      if (fields === null) { window.sessionStorage.removeItem(place); }
      return JSON.parse(window.sessionStorage.getItem(place)) || [];
    } catch (error) { return []; }
  }

  function typed(event) {
    const fields = [], form = event.target.form;
    if (!form) { return; }
    new FormData(form).forEach(function (value, name) { if (typeof value === "string") { fields.push([name, value]); } });
    draft(opened(), fields);
  }

  /* What was refused comes back as it was typed. */
  function giveBack(record) {
    record.fields.forEach(function (pair) {
      const field = looking.querySelector('[name="' + pair[0] + '"]');
      if (field && field.type !== "file" && field.tagName !== "BUTTON") { field.value = pair[1]; }
    });
  }

  async function show() {
    told.textContent = "";
    const id = opened(), from = id.indexOf(SCREEN) === 0 ? template(id) : null;
    locked.hidden = kept.hidden = onward.hidden = true;
    looking.hidden = !from;
    list.hidden = Boolean(from);
    looking.textContent = "";
    if (!from) { await marks(); return; }
    looking.appendChild(document.importNode(from.content, true));
    window.scrollTo(0, 0);
    giveBack({fields: draft(id)});
    const waiting = await unsent(id), last = waiting[waiting.length - 1];
    if (opened() !== id) { return; }
    next();
    if (!last) { return; }
    if (last.state === "refused") { giveBack(last); return; }
    say(looking.querySelector("form"), false);
  }

  /* Scores are locked until the village knows them; anything else can be told again. */
  function say(form, hides) {
    const locks = form && form.hasAttribute("data-locks");
    if (form && (locks || hides)) { form.hidden = true; }
    (locks ? locked : kept).hidden = false;
    onward.hidden = false;
  }

  /* What is left on this list, after the one that is open. */
  function next() {
    const rows = Array.prototype.slice.call(list.querySelectorAll("[data-task]"));
    const here = rows.findIndex(function (row) { return SCREEN + row.getAttribute("data-task") === opened(); });
    const left = rows.slice(here + 1).concat(rows.slice(0, Math.max(here, 0))).find(function (row) {
      const from = template(SCREEN + row.getAttribute("data-task"));
      return !row.hasAttribute("data-done") && !row.hasAttribute("data-waits") && from && from.content.querySelector("form");
    });
    const link = onward.querySelector("[data-next]");
    link.hidden = !left;
    if (left) { link.href = "#" + SCREEN + left.getAttribute("data-task"); }
    return left ? link.hash : "#";
  }

  async function marks() {
    const records = await window.outbox.mine();
    each(list, "[data-task]", function (row) {
      const id = "#" + SCREEN + row.getAttribute("data-task");
      const waits = records.some(function (record) { return record.place === id; });
      row.toggleAttribute("data-waits", waits);
      row.querySelector("[data-unsent]").hidden = !waits;
    });
  }

  /* The list as the village has it now; the worker keeps it for when there is no signal. */
  async function refresh() {
    let page;
    try {
      const answer = await fetch(window.location.pathname + window.location.search, {credentials: "same-origin"});
      if (!answer.ok || answer.redirected) { return; }
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch (error) { return; }
    const fresh = page.getElementById("walk"), id = opened(), now = template(id);
    if (!fresh) { return; }
    list.innerHTML = fresh.innerHTML;
    if (now && !template(id)) { list.appendChild(now); } // it is open, and done: not on the list of what is left
    await marks();
  }

  function isMissing(event) {
    const form = event.target, missing = form.querySelector("[data-missing]"), button = event.detail.button;
    const file = form.querySelector("[type=file]"), note = form.querySelector("[name=note]");
    const isBad = Boolean(missing && button && button.value === "differ" && !note.value.trim() && !file.files.length);
    if (missing) { missing.hidden = !isBad; }
    return isBad;
  }

  document.addEventListener("outbox:check", function (event) {
    if (!isMissing(event)) { return; }
    event.preventDefault();
    event.target.querySelector("[name=note]").focus();
  });

  document.addEventListener("outbox:kept", async function (event) {
    const form = event.detail.form;
    draft(event.detail.record.place.slice(1), null);
    await marks();
    if ("#" + opened() !== event.detail.record.place) { return; }
    const differs = event.detail.record.fields.some(function (pair) { return pair[0] === "result" && pair[1] === "differ"; });
    if (differs || form.hasAttribute("data-locks") || form.hasAttribute("data-stays")) { next(); say(form, true); return; } // what differs is raised here
    const forward = next();
    if (forward === "#") { window.location.hash = ""; } else { window.location.replace(forward); }
  });

  document.addEventListener("outbox:sent", function (event) {
    const id = event.detail.record.place.slice(1), from = template(id), html = event.detail.answer.html;
    if (!from || !html) { return; }
    from.innerHTML = html;
    const isHere = opened() === id, answer = event.detail.answer;
    const said = event.detail.record.label + "：" + answer.sentence;
    if (isHere) { show().then(function () { onward.hidden = false; tell(said); }); } else if (answer.matters) { tell(said); }
  });

  function tell(sentence) {
    const said = document.createElement("p");
    said.className = "note";
    said.textContent = sentence;
    told.appendChild(said);
  }

  document.addEventListener("outbox:empty", refresh);
  document.addEventListener("outbox:dropped", show);
  document.addEventListener("outbox:refused", marks);

  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-opens]");
    if (!link || !template(link.getAttribute("data-opens"))) { return; }
    event.preventDefault();
    window.location.hash = link.getAttribute("data-opens");
  });

  each(document, ".band .back", function (back) {
    back.addEventListener("click", function (event) {
      if (looking.hidden) { return; }
      event.preventDefault();
      window.location.hash = "";
    });
  });

  looking.addEventListener("input", typed);
  looking.addEventListener("change", typed);
  window.addEventListener("hashchange", show);
  show();

  /* The list opens again without a signal while the audit goes on; afterwards the phone lets go of it. */
  async function settle() {
    if (!script.hasAttribute("data-over")) {
      await navigator.serviceWorker.register(script.getAttribute("data-worker"), {scope: script.getAttribute("data-scope")});
      return;
    }
    if ((await window.outbox.all()).length) { return; }
    const workers = await navigator.serviceWorker.getRegistrations(), scope = window.location.origin + script.getAttribute("data-scope");
    workers.filter(function (one) { return one.scope === scope; }).forEach(function (one) { one.unregister(); });
    await window.caches.delete("walk");
  }

  if (navigator.serviceWorker) { settle().catch(function () { return null; }); }
}());
