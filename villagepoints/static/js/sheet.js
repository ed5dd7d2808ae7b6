/* The score sheet as a spreadsheet: keys, pasting, totals. Without it the sheet is a form to type into and save. */
(function () {
  "use strict";
  var form = document.querySelector("[data-sheet]");
  if (!form) { return; }
  var heads = form.querySelectorAll("thead th[data-full]");
  var says = form.querySelector("[data-sheet-says]");
  var rows = [];  // of each household: its cells; a cell that is only shown has no input
  Array.prototype.forEach.call(form.querySelectorAll("tbody tr:not(.row-said)"), function (line) {
    var cells = Array.prototype.slice.call(line.querySelectorAll("td")).slice(0, heads.length);
    rows.push({ total: line.querySelector("[data-total]"), cells: cells.map(function (cell) {
      return { cell: cell, input: cell.querySelector("input") };
    }) });
  });
  var unsaved = form.querySelector("[aria-invalid]") !== null;

  function narrow(text) {
    return text.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); })
      .replace(/[\s\u3000]/g, "");
  }
  function points(one) {
    var text = one.input ? narrow(one.input.value) : one.cell.getAttribute("data-points");
    return /^\d{1,4}$/.test(text) ? Number(text) : 0;
  }
  function thousands(number) { return String(number).replace(/\B(?=(\d{3})+$)/g, ","); }
  function count() {
    var sums = form.querySelectorAll("tfoot [data-sum]"), all = 0, columns = [];
    rows.forEach(function (row) {
      var total = 0;
      row.cells.forEach(function (one, at) {
        var held = points(one);
        total += held;
        columns[at] = (columns[at] || 0) + held;
        if (one.input) {
          one.cell.classList.toggle("less", narrow(one.input.value) !== heads[at].getAttribute("data-full"));
          one.cell.classList.toggle("beyond", held > Number(heads[at].getAttribute("data-full")));
        }
      });
      row.total.textContent = total;
      all += total;
    });
    Array.prototype.forEach.call(sums, function (sum, at) { sum.textContent = thousands(at < columns.length ? columns[at] : all); });
  }
  function changed(text) {
    unsaved = true;
    says.textContent = text || form.getAttribute("data-unsaved");
    count();
  }
  function place(input) {
    for (var at = 0; at < rows.length; at += 1) {
      for (var column = 0; column < rows[at].cells.length; column += 1) {
        if (rows[at].cells[column].input === input) { return { row: at, column: column }; }
      }
    }
    return null;
  }
  function go(from, down, right) {
    var row = from.row + down, column = from.column + right;
    while (rows[row] && rows[row].cells[column]) {
      var input = rows[row].cells[column].input;
      if (input) { input.focus(); return true; }
      row += down;
      column += right;
    }
    return false;
  }
  function atEdge(input, right) {
    var whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    return whole || (input.selectionStart === input.selectionEnd && input.selectionStart === (right < 0 ? 0 : input.value.length));
  }

  var moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [1, 0] };
  form.addEventListener("keydown", function (event) {
    var from = event.target.matches("td input") ? place(event.target) : null;
    var move = moves[event.key];
    if (!from || !move || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) { return; }
    if (move[1] && (event.shiftKey || !atEdge(event.target, move[1]))) { return; }
    event.preventDefault();
    go(from, event.shiftKey ? -move[0] : move[0], move[1]);
  });
  form.addEventListener("focusin", function (event) {
    if (event.target.matches("td input")) { event.target.select(); }
  });
  form.addEventListener("input", function (event) {
    if (event.target.matches("td input")) { changed(); }
  });
  form.addEventListener("paste", function (event) {
    var from = event.target.matches("td input") ? place(event.target) : null;
    var text = event.clipboardData ? event.clipboardData.getData("text") : "";
    if (!from || !/[\t\r\n]/.test(text)) { return; }
    event.preventDefault();
    var beyond = false;
    text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").forEach(function (line, down) {
      line.split("\t").forEach(function (value, right) {
        var row = rows[from.row + down], one = row && row.cells[from.column + right];
        if (!one) { beyond = true; } else if (one.input) { one.input.value = narrow(value).slice(0, 8); }
      });
    });
    changed(beyond ? form.getAttribute("data-beyond") : "");
  });
  form.addEventListener("submit", function () { unsaved = false; });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved) { event.preventDefault(); event.returnValue = ""; }
  });
  count();
  var wrong = form.querySelector("[aria-invalid]");
  if (wrong) { wrong.focus(); }
})();
