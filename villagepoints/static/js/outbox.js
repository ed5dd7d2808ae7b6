/* Forms marked data-outbox are kept on the phone with their photos and a key of their own, then sent one at a time, when
   there is a signal. A page that has none goes on; a lost answer is asked for again under the same key, so nothing is
   done twice. Without scripts the forms are sent as any other. Used by pages that hold an element #outbox. */
window.outbox = (function () {
  "use strict";
  const box = document.getElementById("outbox");
  const STORE = "records", SPARE = "outbox", WAIT = 30000, TOO_LONG = 60000, LONGEST = 1600;
  const words = box ? box.dataset : {};
  const who = words.who;
  let running = null, isAsked = false, isSpare = false, timer = 0, pressed = null;

  /* ---- where it is kept: IndexedDB; where that fails localStorage, which holds no photos */

  function open() {
    return new Promise(function (resolve, reject) {
      const asked = window.indexedDB.open("outbox", 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore(STORE, {keyPath: "key"}); };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = asked.onblocked = function () { reject(asked.error); };
    });
  }

  async function ask(mode, act) {
    const base = await open();
    try {
      return await new Promise(function (resolve, reject) {
        const change = base.transaction(STORE, mode);
        const asked = act(change.objectStore(STORE));
        change.oncomplete = function () { resolve(asked.result); };
        change.onerror = change.onabort = function () { reject(change.error); };
      });
    } finally { base.close(); }
  }

  function spare() {
    try { return JSON.parse(window.localStorage.getItem(SPARE)) || {}; } catch (error) { return {}; }
  }

  function keepSpare(records) { window.localStorage.setItem(SPARE, JSON.stringify(records)); }

  async function put(record) {
    if (!isSpare) {
      try { return await ask("readwrite", function (store) { return store.put(record); }); } catch (error) { isSpare = true; }
    }
    const records = spare();
    records[record.key] = Object.assign({}, record, {files: [], lost: record.files.length || record.lost || 0});
    keepSpare(records);
    return record.key;
  }

  async function remove(key) {
    const records = spare();
    if (records[key]) { delete records[key]; keepSpare(records); }
    try { await ask("readwrite", function (store) { return store.delete(key); }); } catch (error) { isSpare = true; }
  }

  async function all() {
    const records = spare();
    let found = Object.keys(records).map(function (key) { return records[key]; });
    try {
      found = found.concat(await ask("readonly", function (store) { return store.getAll(); }));
    } catch (error) { isSpare = true; }
    return found.sort(function (one, other) { return one.at < other.at ? -1 : one.at > other.at ? 1 : one.no - other.no; });
  }

  async function mine() {
    return (await all()).filter(function (record) { return record.who === who; });
  }

  /* ---- taking a form in */

  function newKey() {
    return Array.prototype.map.call(window.crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  function bytes(blob) {
    return new Promise(function (resolve, reject) {
      const reader = new FileReader();
      reader.onload = function () { resolve(reader.result); };
      reader.onerror = function () { reject(reader.error); };
      reader.readAsArrayBuffer(blob);
    });
  }

  function picture(file) {
    return new Promise(function (resolve, reject) {
      const image = new Image(), address = URL.createObjectURL(file);
      image.onload = function () { URL.revokeObjectURL(address); resolve(image); };
      image.onerror = function () { URL.revokeObjectURL(address); reject(new Error("no picture")); };
      image.src = address;
    });
  }

  /* Only browsers that turn a photo upright by themselves draw it upright; the others send it as it is. */
  async function small(file) {
    if (!/^image\//.test(file.type) || !window.CSS || !CSS.supports("image-orientation", "from-image")) { return file; }
    try {
      const image = await picture(file), longest = Math.max(image.naturalWidth, image.naturalHeight);
      if (longest <= LONGEST) { return file; }
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.naturalWidth * LONGEST / longest);
      canvas.height = Math.round(image.naturalHeight * LONGEST / longest);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const drawn = await new Promise(function (resolve) { canvas.toBlob(resolve, "image/jpeg", 0.82); });
      return drawn && drawn.size < file.size ? drawn : file;
    } catch (error) { return file; }
  }

  function content(form, button) {
    const fields = [], files = [];
    new FormData(form).forEach(function (value, name) {
      if (typeof value !== "string") { if (value.size) { files.push([name, value]); } return; }
      if (name !== "csrf_token" && name !== "key") { fields.push([name, value]); }
    });
    if (button && button.name) { fields.push([button.name, button.value]); }
    return {fields: fields, files: files};
  }

  async function add(form, button) {
    const told = content(form, button), at = new Date().toISOString(), before = await mine();
    const refused = before.filter(function (one) { return one.state === "refused" && one.action === form.action; });
    const record = {key: newKey(), who: who, action: form.action, label: form.getAttribute("data-outbox"), at: at, no: before.length,
      page: window.location.pathname + window.location.search, place: form.getAttribute("data-place") || "", state: "waiting",
      fields: told.fields.concat([["looked_at", at]]), files: []};
    for (const pair of told.files) {
      const photo = await small(pair[1]);
      record.files.push({name: pair[0], file: pair[1].name || "photo.jpg", type: photo.type, data: await bytes(photo)});
    }
    if (!record.files.length && refused.length) { record.files = refused[refused.length - 1].files; }
    await put(record);
    for (const old of refused) { await remove(old.key); }
    return record;
  }

  async function take(form, button) {
    if (form.getAttribute("data-taken")) { return; }
    form.setAttribute("data-taken", "yes");
    try {
      const record = await add(form, button);
      if (isSpare && content(form, button).files.length) { window.alert(words.noPhotos); }
      tell("outbox:kept", {record: record, form: form});
    } catch (error) {
      window.alert(words.full);
    }
    form.removeAttribute("data-taken");
    await show();
    flush();
  }

  function tell(name, detail) { document.dispatchEvent(new CustomEvent(name, {detail: detail})); }

  /* ---- sending */

  async function fetched(address, options) {
    const stop = window.AbortController ? new AbortController() : null;
    const late = window.setTimeout(function () { if (stop) { stop.abort(); } }, TOO_LONG);
    const asked = Object.assign({credentials: "same-origin", signal: stop ? stop.signal : undefined}, options);
    try { return await fetch(address, asked); } finally { window.clearTimeout(late); }
  }

  function body(record, token) {
    const data = new FormData();
    data.append("csrf_token", token);
    data.append("key", record.key);
    record.fields.forEach(function (pair) { data.append(pair[0], pair[1]); });
    record.files.forEach(function (photo) { data.append(photo.name, new Blob([photo.data], {type: photo.type}), photo.file); });
    return data;
  }

  /* "sent", "refused" or why it has to wait; whoever throws has no signal. */
  async function send(record, token) {
    const options = {method: "POST", body: body(record, token), headers: {Accept: "application/json"}, redirect: "manual"};
    const answer = await fetched(record.action, options);
    const isOurs = /^application\/json/.test(answer.headers.get("Content-Type") || "");
    if (answer.type === "opaqueredirect" || answer.status === 401) { return "signedOut"; }
    if (answer.status === 429 || answer.status >= 500 || (answer.status === 400 && !isOurs)) { return "busy"; }
    const said = isOurs ? await answer.json() : {};
    if (answer.ok && isOurs) {
      await remove(record.key);
      tell("outbox:sent", {record: record, answer: said});
      return "sent";
    }
    await put(Object.assign(record, {state: "refused", said: said.sentence || words.refused}));
    tell("outbox:refused", {record: record});
    return "refused";
  }

  async function run() {
    let waiting = (await mine()).filter(function (record) { return record.state === "waiting"; });
    if (!waiting.length) { return ""; }
    try {
      const state = await (await fetched(words.state, {cache: "no-store"})).json();
      if (state.who !== who) { return "signedOut"; }
      while (waiting.length) {
        await show("sending", waiting.length);
        const outcome = await send(waiting[0], state.token);
        if (outcome !== "sent" && outcome !== "refused") { return outcome; }
        waiting = (await mine()).filter(function (record) { return record.state === "waiting"; });
      }
      return "";
    } catch (error) {
      return "unreachable";
    }
  }

  /* One at a time, in this tab and, where the browser can, in all of them. */
  function flush() {
    if (!box) { return Promise.resolve(); }
    if (running) { isAsked = true; return running; }
    window.clearTimeout(timer);
    const locked = window.navigator.locks ? function () { return window.navigator.locks.request("outbox", run); } : run;
    running = locked().then(async function (why) {
      running = null;
      await show(why);
      const isWanted = isAsked && why !== "signedOut";
      isAsked = false;
      if (isWanted) { return flush(); }
      if (why && why !== "signedOut") { timer = window.setTimeout(flush, WAIT); }
      if (!why) { tell("outbox:empty", {}); }
      return null;
    });
    return running;
  }

  /* ---- what the page says of it */

  function counted(sentence, number) { return sentence.replace("#", number); }

  function row(record) {
    const item = box.querySelector("[data-refused-row]").content.cloneNode(true).firstElementChild;
    item.querySelector("[data-label]").textContent = record.label;
    item.querySelector("[data-sentence]").textContent = record.said;
    item.querySelector("[data-open]").href = record.page + record.place;
    item.querySelector("[data-again]").addEventListener("click", async function () {
      await put(Object.assign(record, {state: "waiting"}));
      await show();
      flush();
    });
    item.querySelector("[data-drop]").addEventListener("click", async function (event) {
      const sure = event.target.getAttribute("data-sure");
      if (sure) { event.target.textContent = sure; event.target.removeAttribute("data-sure"); return; }
      await remove(record.key);
      tell("outbox:dropped", {record: record});
      await show();
    });
    return item;
  }

  async function show(why, left) {
    const records = await all(), own = records.filter(function (record) { return record.who === who; });
    const waiting = own.filter(function (record) { return record.state === "waiting"; }).length;
    const refused = own.filter(function (record) { return record.state === "refused"; });
    const others = records.length - own.length, unsent = own.length + others;
    const list = box.querySelector("[data-refused-list]");
    let says = unsent ? counted(words.unsent, unsent) : words.allSent;
    if (why === "sending") { says = counted(words.sending, left); } else if (why && waiting) { says += "：" + words[why]; }
    if (others) { says += "。" + counted(words.others, others); }
    box.hidden = false;
    box.classList.toggle("outbox-full", unsent > 0);
    box.querySelector("[data-says]").textContent = says;
    box.querySelector("[data-send]").hidden = !waiting || why === "signedOut" || why === "sending";
    box.querySelector("[data-sign-in-link]").href = words.signIn;
    box.querySelector("[data-sign-in-link]").hidden = why !== "signedOut" && !others;
    const listed = refused.map(function (record) { return record.key + record.said; }).join();
    if (list.getAttribute("data-listed") === listed) { return; } // somebody may be about to press something in it
    list.setAttribute("data-listed", listed);
    while (list.firstChild) { list.removeChild(list.firstChild); }
    refused.forEach(function (record) { list.appendChild(row(record)); });
  }

  /* ---- where it hears of things */

  if (box) {
    document.addEventListener("click", function (event) {
      const button = event.target.closest("button");
      pressed = button && button.form ? button : null;
    }, true);
    // first, before anybody else may send the form or say that there is no signal
    document.addEventListener("submit", function (event) {
      if (!event.target.hasAttribute("data-outbox")) { return; }
      event.preventDefault();
      event.stopPropagation();
      const button = pressed && pressed.form === event.target ? pressed : null;
      if (event.target.dispatchEvent(new CustomEvent("outbox:check", {bubbles: true, cancelable: true, detail: {button: button}}))) {
        take(event.target, button);
      }
    }, true);
    box.querySelector("[data-send]").addEventListener("click", flush);
    window.addEventListener("online", flush);
    document.addEventListener("visibilitychange", function () { if (!document.hidden) { flush(); } });
    show().then(flush);
  }

  /* Whoever signs out leaves nothing behind; what was not sent is said first, and goes at the second press. */
  document.addEventListener("submit", async function (event) {
    const form = event.target;
    if (!form.hasAttribute("data-outbox-ends")) { return; }
    event.preventDefault();
    const records = (await all()).filter(function (record) { return record.who === form.getAttribute("data-who"); });
    if (records.length && !form.hasAttribute("data-sure")) {
      const said = form.insertBefore(document.createElement("p"), form.firstChild);
      said.className = "said wrong";
      said.setAttribute("role", "alert");
      said.textContent = counted(form.getAttribute("data-outbox-ends"), records.length);
      form.setAttribute("data-sure", "");
      return;
    }
    for (const record of records) { await remove(record.key); }
    if (window.caches) { await window.caches.delete("walk"); }
    form.submit();
  });

  return {add: add, all: all, mine: mine, flush: flush, remove: remove};
}());
