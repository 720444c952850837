/** The way in: while the authority is asked, or the way is looked at, what is said of it is fetched anew until it is settled. */

import { $ } from "../lib/dom.js";
import { morph } from "../lib/morph.js";

/** How long between two looks, and how many there are before only a reload counts. */
const AGAIN_MS = 2000;
const LOOKS = 150;

let looks = 0;

async function look() {
  const state = $("#way-state");
  if (!state?.hasAttribute("data-pending") || looks >= LOOKS) return;
  looks += 1;
  if (!document.hidden) {
    const answer = await fetch("/admin/way-in/part", { cache: "no-store" }).catch(() => null);
    if (answer?.ok) {
      const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#way-state");
      if (told) morph(state, told);
    }
  }
  setTimeout(look, AGAIN_MS);
}

setTimeout(look, AGAIN_MS);
