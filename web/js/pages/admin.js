/**
 * Admin: find a member by name, whole links selected at a tap, a whole day or hour of focus hours at once, a list read from a file,
 * slips printed.
 */

import { $, $$, on } from "../lib/dom.js";
import { findByName } from "../lib/find.js";
import { LARGEST, TOO_LARGE, textOf } from "../models/listed.js";

findByName();
on(document, "focusin", "input[readonly], textarea[readonly]", (_event, field) => {
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select();
});
on(document, "change", "input[type=file][data-into]", (_event, field) => void readInto(/** @type {HTMLInputElement} */ (field)));
on(document, "click", "[data-print]", () => print());
wholeRows();

/** A chosen file's text goes where it can be read and mended before it is sent. @param {HTMLInputElement} field */
async function readInto(field) {
  const file = field.files?.[0];
  const into = $(field.dataset.into ?? "");
  if (!file || !(into instanceof HTMLTextAreaElement)) return;
  const read = file.size > LARGEST ? { fault: TOO_LARGE } : textOf(new Uint8Array(await file.arrayBuffer()));
  if (read.text !== undefined) into.value = read.text;
  const fault = $("#file-fault");
  if (!fault) return;
  fault.textContent = read.fault ?? "";
  fault.hidden = !read.fault;
}

/** A click on an hour ticks its weekdays, a second one clears the row. */
function wholeRows() {
  const table = $(".focus-table");
  if (!table) return;
  for (const head of $$("tbody th", table)) {
    const row = head.closest("tr");
    if (!row) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "focus-row";
    button.textContent = head.textContent;
    button.setAttribute("aria-label", `${head.textContent}, every weekday`);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const boxes = /** @type {HTMLInputElement[]} */ ($$("input", row));
      const set = !boxes.slice(0, 5).every((box) => box.checked);
      for (const [day, box] of boxes.entries()) if (!set || day < 5) box.checked = set;
    });
  }
}
