// Keeps the page for when there is no network. What was kept answers; where there is a network, a manifest of another
// version fetches the new files, which are shown the next time the page is opened.
"use strict";

const NAME = "basstab-";
const HERE = new URL("./", self.location).pathname;
const prefix = `${NAME}${HERE}-`;
const at = (path) => new URL(path, new URL("./", self.location)).href;

async function newest() {
  const answer = await fetch(at("manifest.json"), { cache: "no-cache" });
  if (!answer.ok) throw new Error(`manifest.json: ${answer.status}`);
  return { manifest: await answer.clone().json(), answer };
}

/** Fetch all files of a version into a cache of its own; what has not changed is taken from the one before. */
async function keep({ manifest, answer }) {
  const name = `${prefix}${manifest.version}`;
  if (await caches.has(name)) return;
  const cache = await caches.open(`${name}-begun`);
  await Promise.all(
    manifest.files.map(async (path) => {
      const hashed = path.startsWith("parts/") ? await caches.match(at(path)) : null;
      const file = hashed ?? (await fetch(at(path), { cache: "no-cache" }));
      if (!file.ok) throw new Error(`${path}: ${file.status}`);
      await cache.put(at(path), file.clone());
    }),
  );
  const whole = await caches.open(name);
  for (const request of await cache.keys()) await whole.put(request, await cache.match(request));
  await whole.put(at("manifest.json"), answer);
  for (const other of await caches.keys()) if (other.startsWith(prefix) && other !== name) await caches.delete(other);
}

async function kept(request) {
  const found = await caches.match(request, { ignoreSearch: true });
  return found ?? fetch(request);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", () => {});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || !url.pathname.startsWith(HERE)) return;
  const path = url.pathname.slice(HERE.length);
  const wanted = path === "" ? new Request(at("index.html")) : event.request;
  event.respondWith(kept(wanted));
  if (path === "" || path === "index.html") event.waitUntil(newest().then(keep).catch(() => {}));
});
