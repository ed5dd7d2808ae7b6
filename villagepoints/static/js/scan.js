/* A code read by the camera: what the browser reads itself, or else jsQR, fetched when the camera is first opened. */
(function () {
  "use strict";
  var form = document.querySelector("[data-scan]");
  if (!form || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { return; }
  var button = form.querySelector("[data-camera]"), view = form.querySelector("[data-view]");
  var says = form.querySelector("[data-scan-says]"), field = form.querySelector("[name=code]");
  var canvas = document.createElement("canvas"), stream = null;

  function detector() {
    if (!window.BarcodeDetector) { return Promise.resolve(null); }
    return window.BarcodeDetector.getSupportedFormats().then(function (formats) {
      return formats.indexOf("qr_code") < 0 ? null : new window.BarcodeDetector({ formats: ["qr_code"] });
    }).catch(function () { return null; });
  }
  function vendored() {
    if (window.jsQR) { return Promise.resolve(); }
    return new Promise(function (done, failed) {
      var script = document.createElement("script");
      script.src = form.getAttribute("data-scan");
      script.onload = done;
      script.onerror = failed;
      document.head.appendChild(script);
    });
  }
  function read(native) {
    if (native) {
      return native.detect(view).then(function (found) { return found.length ? found[0].rawValue : ""; });
    }
    var scale = Math.min(1, 640 / view.videoWidth);
    canvas.width = Math.round(view.videoWidth * scale);
    canvas.height = Math.round(view.videoHeight * scale);
    var pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(view, 0, 0, canvas.width, canvas.height);
    var pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
    var found = window.jsQR(pixels.data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" });
    return Promise.resolve(found ? found.data : "");
  }
  function look(native) {
    if (!stream) { return; }
    var again = function () { window.setTimeout(function () { look(native); }, 150); };
    if (!view.videoWidth) { again(); return; }
    read(native).then(function (text) {
      if (!text) { again(); return; }
      stop();
      field.value = text;
      form.submit();
    }, again);
  }
  function stop() {
    if (stream) { stream.getTracks().forEach(function (track) { track.stop(); }); }
    stream = null;
    view.hidden = true;
  }
  function refuse() {
    stop();
    keep(false);
    says.textContent = form.getAttribute("data-no-camera");
    says.hidden = false;
  }
  function open() {
    says.hidden = true;
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(function (given) {
      stream = given;
      view.srcObject = given;
      view.hidden = false;
      return view.play();
    }).then(detector).then(function (native) {
      return (native ? Promise.resolve() : vendored()).then(function () { look(native); });
    }).catch(refuse);
  }
  function keep(on) { // whoever scanned the last one with the camera scans the next one with it
    try { window.sessionStorage.setItem("camera", on ? "on" : ""); } catch (error) { return; }
  }
  function kept() {
    try { return window.sessionStorage.getItem("camera") === "on"; } catch (error) { return false; }
  }
  button.hidden = false;
  button.addEventListener("click", function () {
    keep(!stream);
    if (stream) { stop(); } else { open(); }
  });
  if (kept()) { open(); }
  window.addEventListener("pagehide", stop);
})();
