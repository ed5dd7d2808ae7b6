/* Small comforts of the desk; every page works without them. */
(function () {
  "use strict";
  function isTyping(element) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== "checkbox";
  }
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) { return; }
    var box = document.querySelector("[data-search]") || document.getElementById("search");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-print]");
    if (button) { window.print(); }
    var rest = event.target.closest("[data-rest]");
    if (rest) {
      Array.prototype.forEach.call(rest.form.querySelectorAll("input[type=radio][value='']:checked"), function (open) {
        var pick = rest.form.querySelector("input[name='" + open.name + "'][value='" + rest.getAttribute("data-rest") + "']");
        if (pick) { pick.checked = true; }
      });
    }
    var copier = event.target.closest("[data-copy]");
    if (copier && navigator.clipboard) {
      navigator.clipboard.writeText(document.getElementById(copier.getAttribute("data-copy")).textContent.trim());
    }
  });
  document.addEventListener("change", function (event) {
    var name = event.target.getAttribute("data-all");
    if (name) {
      Array.prototype.forEach.call(event.target.form.elements, function (box) {
        if (box.name === name) { box.checked = event.target.checked; }
      });
    }
    if (event.target.matches("[data-submit]") && event.target !== keyed) { event.target.form.submit(); }
  });
  // with the keys somebody passes the choices before the one that is meant: then Enter sends, as it does in a field
  var keyed = null;
  document.addEventListener("keydown", function (event) {
    if (!event.target.matches || !event.target.matches("select[data-submit]")) { return; }
    if (event.key === "Enter") { event.preventDefault(); event.target.form.submit(); }
    keyed = event.key === "Tab" ? keyed : event.target;
  });
  document.addEventListener("mousedown", function () { keyed = null; });
  // a page kept by the browser's "back" shows yesterday's figures
  window.addEventListener("pageshow", function (event) { if (event.persisted) { window.location.reload(); } });
  var buttons = document.querySelectorAll("[data-print], [data-copy], [data-all], [data-rest]");
  Array.prototype.forEach.call(buttons, function (button) { button.hidden = false; });
})();
