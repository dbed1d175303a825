/** Choosing cameras for one clock: found by a word, and no more than fit. */

import { fold } from "./fold.js";

const list = /** @type {HTMLElement} */ (document.getElementById("choice"));
const find = /** @type {HTMLInputElement} */ (document.getElementById("choice-find"));
const count = /** @type {HTMLElement} */ (document.getElementById("choice-count"));
const boxes = /** @type {HTMLInputElement[]} */ ([...list.querySelectorAll("input")]);
const most = Number(list.dataset.most);

function tell() {
  const chosen = boxes.filter((box) => box.checked).length;
  count.textContent = `${chosen}/${most}`;
  for (const box of boxes) box.disabled = !box.checked && chosen >= most;
}

find.addEventListener("input", () => {
  const wanted = fold(find.value).split(/\s+/);
  for (const row of list.children) {
    const text = fold(row.textContent ?? "") + /** @type {HTMLElement} */ (row).dataset.find;
    /** @type {HTMLElement} */ (row).hidden = !wanted.every((word) => text.includes(word));
  }
});
find.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // it seeks; it does not leave the page
});
list.addEventListener("change", tell);
tell();
