// Keeps the page for when there is no network. What was kept answers; a page that has loaded all of itself says "keep":
// then the files of the newest version are fetched, and shown the next time the page is opened.
"use strict";

const HOME = new URL("./", self.location);
const at = (path) => new URL(path, HOME).href;
const PREFIX = `basstab-${HOME.pathname}-`;
const MANIFEST = at("manifest.json");
const isOurs = (name) => name.startsWith(PREFIX) && /^[0-9a-f]{16}$/.test(name.slice(PREFIX.length));

/** The caches of all versions, also of those that a closed tab or a lost network left in the middle. */
const versions = async () => (await caches.keys()).filter(isOurs);

/** The cache of a version that is there as a whole: its manifest comes last. */
async function whole() {
  for (const name of await versions()) {
    const cache = await caches.open(name);
    if (await cache.match(MANIFEST)) return cache;
  }
  return null;
}

/** Fetch what is not yet there of the newest version, then forget all others. */
async function keep() {
  const manifest = await fetched("manifest.json", "no-cache");
  const { version, files } = await manifest.clone().json();
  const name = PREFIX + version;
  const cache = await caches.open(name);
  if (!(await cache.match(MANIFEST))) {
    await Promise.all(files.map((path) => add(cache, path)));
    await cache.put(MANIFEST, manifest);
  }
  for (const other of await versions()) if (other !== name) await caches.delete(other);
}

async function add(cache, path) {
  // The name of a part has its hash: any that is there will do, in another version or where the browser keeps files.
  const isPart = path.startsWith("parts/");
  const there = isPart ? await caches.match(at(path)) : await cache.match(at(path));
  await cache.put(at(path), there ?? (await fetched(path, isPart ? "force-cache" : "no-cache")));
}

async function fetched(path, cache) {
  const answer = await fetch(at(path), { cache });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  // Some servers redirect index.html, and browsers refuse to open what they know to be redirected.
  return new Response(answer.body, { headers: answer.headers });
}

async function answered(request, path) {
  const cache = await whole();
  return (await cache?.match(at(path || "index.html"))) ?? fetch(request);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  const wanted = event.data === "keep" ? Promise.resolve(true) : whole(); // "renew": another version may be better
  event.waitUntil(wanted.then((is) => is && keep()).catch(() => {})); // the next visit tries again
});
self.addEventListener("fetch", (event) => {
  const { method, cache, url } = event.request;
  const { origin, pathname } = new URL(url);
  // "reload" asks past whatever is kept.
  if (method !== "GET" || cache === "reload" || origin !== HOME.origin || !pathname.startsWith(HOME.pathname)) return;
  event.respondWith(answered(event.request, pathname.slice(HOME.pathname.length)));
});
