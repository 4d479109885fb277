// Loads parts for the worker, which Python keeps busy: fetched one after the other, unpacked, checked.
// In: {id, about}, a part of manifest.json. Out: {id, loaded} for bytes on the way, then {id, content} or {id, error}.
"use strict";

// Bytes before the end of a file at which the next one is asked for: a slow network brings them while the server answers.
const ALMOST = 40_000;
let network = Promise.resolve();

self.onmessage = ({ data: { id, about } }) => {
  part(id, about).then(
    (content) => postMessage({ id, content }, [content.buffer]),
    (error) => postMessage({ id, error: error.message }),
  );
};

/** A part; one that is not right may be an old one that the browser kept: it is asked for anew. */
async function part(id, about) {
  for (const cache of ["default", "reload"]) {
    const content = unpacked(await packed(id, about, cache), about);
    if (await isRight(content, about.sha256)) return content;
  }
  throw new Error(`${about.url} is not the file that was written: load the page again`);
}

/** What a server sends: one file after the other, so that each has all of a slow network. */
async function packed(id, { url, bytes }, cache) {
  const before = network;
  let goOn;
  network = new Promise((resolve) => (goOn = resolve));
  await before;
  let left = bytes;
  const counted = new TransformStream({
    transform(chunk, out) {
      left -= chunk.length;
      if (left < ALMOST) goOn();
      if (cache === "default") postMessage({ id, loaded: chunk.length });
      out.enqueue(chunk);
    },
  });
  try {
    const answer = await fetch(url, { cache }).catch(() => {
      throw new Error(`${url} cannot be loaded: look whether there is a network, and try again`);
    });
    if (!answer.ok) throw new Error(`${url} cannot be loaded, the server answers ${answer.status}: try again later`);
    return new Uint8Array(await new Response(answer.body.pipeThrough(counted)).arrayBuffer());
  } finally {
    goOn();
  }
}

/** Of numbers as float16 the lower bytes come as they are, then the higher ones, packed. */
function unpacked(content, { size, float16 }) {
  if (!float16) return unpack(content, size);
  const numbers = new Uint8Array(size);
  const higher = unpack(content.subarray(size / 2), size / 2);
  higher.forEach((byte, place) => {
    numbers[2 * place] = content[place];
    numbers[2 * place + 1] = byte;
  });
  return numbers;
}

async function isRight(content, sha256) {
  if (!self.crypto?.subtle) return content.length > 0; // not on plain http
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}
