// The one way to the back, `window.BACK`: an answer is the last event of a question, or a plain line is thrown. What
// takes long is one thing at a time, has its progress shown and can be stopped.

import { $ } from "./dom.js";
import { clear, endProgress, fail, progress, tell } from "./messages.js";

export class StoppedError extends Error {}

/** Ask the back; gives {promise of the last event, cancel()}. */
export function ask(message, onEvent = () => {}) {
  let stopped = false;
  let stop;
  const stopping = new Promise((_, reject) => (stop = reject));
  const asked = window.BACK.ask(message, (event) => stopped || onEvent(event));
  const promise = Promise.race([asked.promise, stopping]).then((event) => {
    if (event?.error) throw new Error(event.error);
    return event;
  });
  const cancel = () => {
    stopped = true;
    stop(new StoppedError("Stopped."));
    asked.cancel();
  };
  return { promise, cancel };
}

/** Ask for a result: a tab with its score. */
export async function askResult(message) {
  return resultOf(await ask(message).promise);
}

export const resultOf = (event) => event.result ?? event;

let running = null;

/** Whether something that takes long goes on. */
export const busy = () => running !== null;

/** Do what takes long: `name` is shown meanwhile. Throws where something goes on already. */
export async function take(name, message, onEvent) {
  if (running) throw new Error("one thing at a time: wait for it, or press Stop");
  clear();
  progress(name);
  running = ask(message, (event) => {
    if (event.waiting) progress(`${name}: ${event.waiting} ${event.waiting === 1 ? "visitor is" : "visitors are"} before you`);
    if (event.progress) progress(`${name}: ${event.progress[0]} of ${event.progress[1]}`, event.progress[0] / event.progress[1]);
    onEvent?.(event);
  });
  showBusy(true);
  try {
    return await running.promise;
  } finally {
    running = null;
    endProgress();
    showBusy(false);
  }
}

/** Stop what takes long, if anything does. */
export const stop = () => running?.cancel();

function showBusy(is) {
  const button = $("#stop-writing");
  if (!is && document.activeElement === button) $("#generate").focus({ preventScroll: true });
  button.disabled = !is;
  $("#generate").setAttribute("aria-disabled", String(is));
  document.body.classList.toggle("busy", is);
}

/** A handler whose errors are told on the page. */
export const kindly = (handler) => async (event) => {
  try {
    await handler(event);
  } catch (error) {
    if (error instanceof StoppedError) tell(error.message);
    else fail(error);
  }
};
