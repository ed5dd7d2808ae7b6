/* The desk's lists by keyboard, and a warning before something typed is left behind; every page works without them. */
(function () {
  "use strict";
  var last = null; // the box that was ticked before, for Shift
  var isUnsent = false;

  function rows() { return Array.prototype.slice.call(document.querySelectorAll("[data-rows] tbody tr")); }
  function opener(row) { return row.querySelector("[data-open]") || row.querySelector("a"); }
  function boxOf(row) { return row.querySelector("input[name=row]"); }
  function rowOf(element) { return element.closest ? element.closest("[data-rows] tbody tr") : null; }

  function count() {
    var said = document.querySelector("[data-count]");
    if (!said) { return; }
    var ticked = document.querySelectorAll("[data-rows] input[name=row]:checked").length;
    said.hidden = !ticked;
    if (!said.pattern) { said.pattern = said.textContent; }
    said.textContent = said.pattern.replace("{n}", ticked);
  }

  function tick(box, isOn) {
    box.checked = isOn;
    last = box;
    count();
  }

  function walk(event) {
    var all = rows();
    if (!all.length) { return; }
    var here = all.indexOf(rowOf(event.target));
    var next = event.key === "ArrowDown" ? here + 1 : here - 1;
    if (here < 0) { next = 0; }
    if (next < 0 || next >= all.length) { return; }
    var link = opener(all[next]);
    if (!link) { return; }
    event.preventDefault();
    link.focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  function leave(event) {
    var box = event.target;
    if (box.hasAttribute("data-search") && box.value) {
      box.value = "";
      box.dispatchEvent(new Event("input", { bubbles: true }));
      event.preventDefault();
    } else if (box.hasAttribute("data-search") || rowOf(box)) {
      box.blur();
    }
  }

  document.addEventListener("keydown", function (event) {
    var target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !document.querySelector("[data-search], [data-rows]")) { return; }
    if (event.key === "Escape") { leave(event); return; }
    var isSearch = target.hasAttribute && target.hasAttribute("data-search");
    var isField = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";
    if (isField && !(isSearch && event.key === "ArrowDown")) { return; }
    if (document.querySelector("dialog[open]")) { return; }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { walk(event); return; }
    if (event.key === "?") { showKeys(); return; }
    var row = rowOf(target);
    if (!row || !boxOf(row)) { return; }
    if (event.key === "x" || (event.key === " " && target.tagName === "A")) {
      event.preventDefault();
      tick(boxOf(row), !boxOf(row).checked);
    }
  });

  function showKeys() {
    var keys = document.getElementById("keys");
    if (keys && keys.showModal) { keys.showModal(); }
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-keys]")) { showKeys(); }
    var box = event.target;
    if (box.name !== "row" || box.type !== "checkbox") { return; }
    var boxes = rows().map(boxOf).filter(Boolean);
    var from = boxes.indexOf(last), to = boxes.indexOf(box);
    if (event.shiftKey && from >= 0) {
      boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(function (one) { one.checked = box.checked; });
    }
    tick(box, box.checked);
  });

  function offer() {
    Array.prototype.forEach.call(document.querySelectorAll("[data-keys], [data-all]"), function (one) { one.hidden = false; });
    count();
  }
  document.addEventListener("change", function (event) { if (event.target.hasAttribute("data-all")) { count(); } });
  document.addEventListener("htmx:afterSwap", offer);
  offer();

  // what was typed and not sent; ticks of a list and its search are no loss
  function typed(event) {
    var form = event.target.form;
    if (form && form.method === "post" && !form.hasAttribute("data-chosen")) { isUnsent = true; }
  }
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("submit", function (event) { if (!event.defaultPrevented) { isUnsent = false; } });
  window.addEventListener("beforeunload", function (event) {
    if (isUnsent) { event.preventDefault(); event.returnValue = ""; }
  });
})();
