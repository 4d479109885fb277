// Shorthands for elements of the page.

export const $ = (selector, root = document) => root.querySelector(selector);

/** An element with properties and children; `data` fills its dataset. */
export function element(name, { data, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, data);
  made.append(...children);
  return made;
}

/** Give a select its options, [value, label] each, or [label, [[value, label], ...]] for a group; its value stays if it can. */
export function setOptions(select, choices) {
  const { value } = select;
  const option = ([value, label]) => element("option", { value, textContent: label });
  select.replaceChildren(
    ...choices.map(([first, second]) =>
      Array.isArray(second) ? element("optgroup", { label: first }, ...second.map(option)) : option([first, second]),
    ),
  );
  select.value = value;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

/** Whether keys belong to a field in which one writes, with an undo of its own. */
export const isTextField = (target) =>
  target instanceof Element &&
  target.matches("textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=file])");

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
