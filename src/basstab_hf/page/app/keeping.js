// Form and tab as they are, kept in the browser's storage for the next visit.

const KEY = "basstab.now";
// Milliseconds between a change and its keeping.
const PAUSE = 300;

/** Keep the work from now on, whenever it changes and when the page goes. */
export function keepWork({ work, fields }) {
  let pause;
  const keep = () => {
    clearTimeout(pause);
    const { text, result } = work.now;
    const { play, song, ...light } = result ?? {};
    try {
      localStorage.setItem(KEY, JSON.stringify({ form: fields.values(), text, result: result && light }));
    } catch {
      // Without storage the page works, and begins anew the next time; the list of tabs tells so.
    }
  };
  const soon = () => {
    clearTimeout(pause);
    pause = setTimeout(keep, PAUSE);
  };
  work.addEventListener("change", soon);
  addEventListener("pagehide", keep);
}

/** What was kept: {form, text, result}, or null. */
export function keptWork() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return typeof kept?.text === "string" && typeof kept.form === "object" ? kept : null;
  } catch {
    return null;
  }
}
