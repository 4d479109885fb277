// The back of the page where there is no server: Python answers in a worker. A worker that breaks is started anew.

const waiting = new Map();
let last = 0;
let worker = null;

window.BACK = {
  prepared: "prepared.json",
  onProgress: () => {},
  ask(message, onEvent = () => {}) {
    const id = ++last;
    const promise = new Promise((resolve) => waiting.set(id, { resolve, onEvent }));
    worker ??= startWorker();
    worker.postMessage({ id, message });
    return { promise, cancel: () => cancel(id) };
  },
};

function startWorker() {
  const started = new Worker(new URL("worker.js", document.baseURI));
  started.onmessage = ({ data }) => {
    if (data.loading) window.BACK.onProgress(data.loading);
    else if (data.failed) fail(data.failed);
    else answer(data);
  };
  started.onerror = (event) => {
    event.preventDefault();
    fail(`Python broke off: ${event.message || "the browser does not say why"}. It starts anew.`);
  };
  return started;
}

function answer({ id, event }) {
  const asked = waiting.get(id);
  if (!asked) return;
  if (!event.done && !event.error) {
    asked.onEvent(event);
    return;
  }
  waiting.delete(id);
  asked.resolve(event);
}

function cancel(id) {
  waiting.get(id)?.resolve({ error: "stopped" });
  waiting.delete(id);
  worker?.postMessage({ cancel: id });
}

function fail(error) {
  worker?.terminate();
  worker = null;
  window.BACK.onProgress({ done: true });
  for (const { resolve } of waiting.values()) resolve({ error });
  waiting.clear();
}

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register(new URL("service-worker.js", document.baseURI)).catch(() => {}); // works without
}
