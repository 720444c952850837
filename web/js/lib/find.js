/** A field that shows only the cards whose name holds what is typed. */

import { $, $$, say } from "./dom.js";

/** Wires `#find` to the cards of `#people`, where they are all in the page; the field is hidden where no script runs. */
export function findByName() {
  const field = $("#find");
  const nobody = $("#nobody");
  if (!(field instanceof HTMLInputElement) || field.dataset.here === undefined) return;
  field.closest(".field")?.removeAttribute("hidden");
  field.addEventListener("input", () => {
    const typed = field.value.trim().toLowerCase();
    let shown = 0;
    for (const card of $$("#people > [data-name]")) {
      card.hidden = !(card.dataset.name ?? "").includes(typed);
      if (!card.hidden) shown += 1;
    }
    if (nobody) nobody.hidden = shown > 0;
    if (typed) say(shown === 1 ? "1 person" : `${shown} people`);
  });
}
