/* The counting sheet: Enter and the arrows go to the next shelf instead of sending the form; paper order, one hand. */
(function () {
  "use strict";
  var form = document.querySelector("[data-counting]");
  if (!form) { return; }
  var fields = Array.prototype.slice.call(form.querySelectorAll("table input"));
  var step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };
  var unsaved = false;
  form.addEventListener("keydown", function (event) {
    var at = fields.indexOf(event.target);
    if (at < 0 || !step[event.key] || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) { return; }
    var next = fields[at + (event.shiftKey ? -1 : step[event.key])];
    event.preventDefault();
    if (next) { next.focus(); next.select(); return; }
    if (event.key === "Enter") { form.querySelector(".btn-main").focus(); }
  });
  form.addEventListener("input", function () { unsaved = true; });
  form.addEventListener("submit", function () { unsaved = false; });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved) { event.preventDefault(); event.returnValue = ""; }
  });
})();
