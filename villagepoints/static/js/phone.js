/* Nothing here is needed: every page works without. It keeps what was typed, sends nothing twice, freshens a page that
   came back from memory, reads aloud, and lets the last seen home page be read without a signal. */
(function () {
  "use strict";
  var script = document.currentScript;
  var household = script.getAttribute("data-household");
  var STORE = "drafts", HOUR = 3600000;

  /* Drafts: by the address of a form what was typed into it and what was sent from it, for one household and one tab. */

  function read() {
    try {
      var kept = JSON.parse(window.sessionStorage.getItem(STORE)) || {};
      return kept.household === household ? kept.forms : {};
    } catch (error) { return {}; }
  }

  function write(forms) {
    try { window.sessionStorage.setItem(STORE, JSON.stringify({household: household, forms: forms})); } catch (error) { return; }
  }

  function address(form) {
    var parts = document.createElement("a");
    parts.href = form.action;
    return parts.pathname + parts.search;
  }

  function each(list, act) { Array.prototype.forEach.call(list, act); }

  function isTyped(field) { // what the browser itself may not remember (a PIN, a code), nobody here remembers either
    return field.name && field.autocomplete !== "off" && !/^(hidden|password|file|submit|button)$/.test(field.type);
  }

  function typed(form) {
    var values = {};
    each(form.elements, function (field) {
      if (!isTyped(field)) { return; }
      values[field.name] = values[field.name] || [];
      if (!/^(checkbox|radio)$/.test(field.type) || field.checked) { values[field.name].push(field.value); }
    });
    return values;
  }

  function content(form) { // what makes two posts the same; a PIN that goes along from page to page is not kept either
    var values = [];
    each(form.elements, function (field) {
      if (field.type === "hidden" && !/^(csrf_token|key|old|code)$|pin$|^again|password/.test(field.name)) { values.push([field.name, field.value]); }
    });
    return JSON.stringify([values, typed(form), form.getAttribute("data-pressed")]);
  }

  function giveBack(form, values) {
    each(form.elements, function (field) {
      if (!isTyped(field) || !values[field.name]) { return; }
      if (/^(checkbox|radio)$/.test(field.type)) {
        field.checked = values[field.name].indexOf(field.value) >= 0;
      } else if (values[field.name].length) {
        field.value = values[field.name][0];
      }
    });
  }

  function newKey() {
    return Array.prototype.map.call(window.crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  /* The same content again has the same key, so the village does it once: where no answer came back, and on the way back
     to a form that was answered. Other content after an answer is a new matter, even on a page out of the browser's memory. */
  function chooseKey(form, earlier, said) {
    var entry = window.history.state, now = Date.now();
    if (!earlier || !earlier.key) { return form.elements.key.value; }
    if (earlier.content === said) {
      var isUnanswered = !earlier.isDone && now - earlier.at < HOUR;
      return isUnanswered || (entry && entry.key === earlier.key) ? earlier.key : form.elements.key.value;
    }
    return earlier.isDone && form.elements.key.value === earlier.key ? newKey() : form.elements.key.value;
  }

  function settle() { // the village says in a cookie which form arrived
    var answered = /(?:^|; )arrived=([\w-]+)/.exec(document.cookie);
    if (!answered) { return; }
    var forms = read();
    Object.keys(forms).forEach(function (place) {
      if (forms[place].key === answered[1]) { forms[place].isDone = true; delete forms[place].typed; }
    });
    write(forms);
    document.cookie = "arrived=; path=/; max-age=0; samesite=lax";
  }

  function ours(form) { return household && form && form.method === "post" && form.elements.key; }

  function remember(event) {
    var form = event.target.form, forms = read();
    if (!ours(form) || !isTyped(event.target)) { return; }
    forms[address(form)] = Object.assign({}, forms[address(form)], {typed: typed(form)});
    write(forms);
  }

  function restore() {
    var forms = read();
    each(document.forms, function (form) {
      var draft = ours(form) && forms[address(form)];
      if (draft && draft.typed) { giveBack(form, draft.typed); }
    });
  }

  document.addEventListener("input", remember);
  document.addEventListener("change", remember);

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (button && button.form) { button.form.setAttribute("data-pressed", button.name + "=" + button.value); }
  });

  /* Without a signal a form stays where it is and says so: the browser's own page would say nothing of what was typed. */
  function stay(form) {
    var note = form.querySelector("[data-no-signal]") || form.appendChild(document.createElement("p"));
    note.className = "note note-red";
    note.setAttribute("data-no-signal", "");
    note.setAttribute("role", "alert");
    note.textContent = script.getAttribute("data-offline");
    note.scrollIntoView({block: "center"});
  }

  window.addEventListener("online", function () {
    each(document.querySelectorAll("[data-no-signal]"), function (note) { note.parentNode.removeChild(note); });
  });

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (window.navigator.onLine === false) { event.preventDefault(); stay(form); return; }
    if (form.method !== "post") { return; }
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "yes");
    window.setTimeout(function () { form.removeAttribute("data-sent"); }, 8000);
    if (!ours(form)) { return; }
    var forms = read(), said = content(form);
    form.elements.key.value = chooseKey(form, forms[address(form)], said);
    forms[address(form)] = {typed: typed(form), content: said, key: form.elements.key.value, at: Date.now(), isDone: false};
    write(forms);
    window.history.replaceState({key: form.elements.key.value}, "");
  });

  window.addEventListener("pageshow", function (event) {
    settle();
    if (!event.persisted && window.performance.navigation.type !== 2) { return; } // 2: back or forward
    each(document.forms, function (form) { form.removeAttribute("data-sent"); });
    var forms = read();
    var isHalfFilled = Array.prototype.some.call(document.forms, function (form) {
      var draft = ours(form) && forms[address(form)];
      return draft && draft.typed; // a reload would lose the photos that were chosen
    });
    if (!isHalfFilled) { window.location.reload(); }
  });

  settle();
  restore();

  if (script.getAttribute("data-worker") && navigator.serviceWorker) {
    navigator.serviceWorker.register(script.getAttribute("data-worker"), {scope: script.getAttribute("data-scope")})
      .catch(function () { return null; });
  }

  if (window.speechSynthesis && window.SpeechSynthesisUtterance) {
    each(document.querySelectorAll("[data-say]"), function (say) { say.hidden = false; });
    document.addEventListener("click", function (event) {
      var say = event.target.closest("[data-say]");
      if (!say) { return; }
      var words = new SpeechSynthesisUtterance(say.getAttribute("data-say"));
      words.lang = document.documentElement.lang || "zh-CN";
      words.rate = 0.8;
      window.speechSynthesis.cancel();
      window.speechSynthesis.speak(words);
    });
  }
}());
