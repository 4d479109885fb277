// How far the back is loaded, where it has to be: a bar with megabytes and seconds. The page is usable meanwhile.

import { $ } from "./dom.js";

export function connectLoading() {
  const began = performance.now();
  let last = null;
  const ticking = setInterval(() => last && show(last), 1000);

  function show({ loaded, total, text, done }) {
    const seconds = Math.round((performance.now() - began) / 1000);
    const size = total ? `: ${megabytes(loaded)} of ${megabytes(total)} MB` : "";
    $("#loading-text").textContent = `${text || "Loading the model"}${size}, ${seconds} s`;
    if (total) $("#loading-bar").value = loaded / total;
    else $("#loading-bar").removeAttribute("value");
    $("#loading").hidden = Boolean(done);
    if (done) clearInterval(ticking);
  }

  window.BACK.onProgress = (event) => {
    last = event;
    show(event);
  };
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
