// What the page says: errors, news, and how far something is.

import { $, element } from "./dom.js";

// Milliseconds for which news stay.
const SEEN = 7000;
let fading;

/** Tell what went wrong; it stays until it is closed or something new is begun. With a label, a button offers to act. */
export function fail(error, label, act) {
  const line = String(error?.message ?? error);
  const close = element("button", { type: "button", className: "close", ariaLabel: "Close", textContent: "×" });
  close.addEventListener("click", clear);
  clear();
  $("#message").replaceChildren(element("p", { textContent: sentence(line) }), close);
  if (!label) return;
  const button = element("button", { type: "button", textContent: label });
  button.addEventListener("click", act);
  close.before(button);
}

/** Tell news. */
export function tell(text) {
  clear();
  clearTimeout(fading);
  $("#news").replaceChildren(element("p", { textContent: text }));
  fading = setTimeout(() => $("#news").replaceChildren(), SEEN);
}

/** Take errors and news away. */
export function clear() {
  $("#message").replaceChildren();
  $("#news").replaceChildren();
}

/** Show how far something is: a share from 0 to 1, or null where that cannot be told. */
export function progress(text, share = null) {
  $("#progress-line").hidden = false;
  $("#progress-text").textContent = text;
  if (share === null) $("#progress").removeAttribute("value");
  else $("#progress").value = share;
}

export function endProgress() {
  $("#progress-line").hidden = true;
}

const sentence = (line) => line.slice(0, 1).toUpperCase() + line.slice(1);
