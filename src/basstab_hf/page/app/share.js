// A wish in a link: the form's values behind "#", which browsers send to nobody.

import { tell } from "./messages.js";

/** The link to the form as it is; with the seed of the tab where this form wrote it: then `same` is true. */
export function linkTo(fields, result) {
  const values = fields.values();
  const same = result?.request === JSON.stringify({ ...values, seed: "" }) && result.seed !== null;
  if (same) values.seed = String(result.seed);
  const wished = Object.entries(values).filter(([name, value]) => value !== (fields.defaults[name] ?? ""));
  const link = new URL(location.href);
  link.hash = new URLSearchParams([["wish", "1"], ...wished]);
  return { link: link.href, same };
}

/** Fill the form from the link that opened the page, if it has a wish, now and whenever one is pasted; gives whether. */
export function connectLinks({ fields, work }) {
  const fill = () => {
    const wish = new URLSearchParams(location.hash.slice(1));
    if (!wish.has("wish")) return false;
    fields.fill(Object.fromEntries(wish));
    work.put({ form: fields.values() }, "Opening of a link");
    // The form is kept in the browser from now on: a reload must not overwrite what is changed in it.
    history.replaceState(null, "", location.pathname + location.search);
    tell("The form is filled in from the link, and nothing was sent anywhere. Press Generate.");
    return true;
  };
  addEventListener("hashchange", fill);
  return fill();
}
