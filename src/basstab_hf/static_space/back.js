// The back of the page where there is no server: Python answers in a worker. A worker that breaks is started anew.

const waiting = new Map();
let last = 0;
let worker = startWorker(); // it has much to load
const keeper = registered();
keeper.catch(() => {}); // told to nobody: the page works without it

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

async function registered() {
  if (!("serviceWorker" in navigator && window.isSecureContext)) return null;
  await navigator.serviceWorker.register(new URL("service-worker.js", document.baseURI));
  return navigator.serviceWorker.ready;
}

function startWorker() {
  const started = new Worker(new URL("worker.js", document.baseURI));
  started.onmessage = ({ data }) => {
    if (data.loading) window.BACK.onProgress(data.loading);
    else if (data.whole) keep("keep");
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
  keep("renew");
}

/** Let the page be there without a network, or look for a newer one; without a service worker it works as well. */
async function keep(what) {
  try {
    (await keeper)?.active.postMessage(what);
  } catch {
    // Not on this server, or not in this browser.
  }
}
