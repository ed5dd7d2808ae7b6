/* Nothing here is needed: it freshens a page that came back from memory, ignores a second tap, and reads aloud. */
(function () {
  "use strict";

  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { window.location.reload(); }
  });

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post") { return; }
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "yes");
    window.setTimeout(function () { form.removeAttribute("data-sent"); }, 8000);
  });

  var say = document.querySelector("[data-say]");
  if (say && window.speechSynthesis && window.SpeechSynthesisUtterance) {
    say.hidden = false;
    say.addEventListener("click", function () {
      var words = new SpeechSynthesisUtterance(say.getAttribute("data-say"));
      words.lang = document.documentElement.lang || "zh-CN";
      words.rate = 0.8;
      window.speechSynthesis.cancel();
      window.speechSynthesis.speak(words);
    });
  }
}());
