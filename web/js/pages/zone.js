/** Chooses the browser's own time zone where none was chosen yet, and says what time it is there. */

import { $ } from "../lib/dom.js";

const select = $("#zone");
const hint = $("#zone-hint");

if (select instanceof HTMLSelectElement) {
  if (select.dataset.zone === "guess") choose(select, Intl.DateTimeFormat().resolvedOptions().timeZone);
  const said = document.createElement("span");
  hint?.append(" ", said);
  const show = () => { said.textContent = timeThere(select.value); };
  show();
  select.addEventListener("change", show);
  setInterval(show, 15_000);
}

/**
 * Chooses a zone; one that the list does not know by this name is added.
 * @param {HTMLSelectElement} list
 * @param {string | undefined} zone
 */
function choose(list, zone) {
  if (!zone || zone === "Etc/Unknown") return;
  const known = Array.from(list.options).some((option) => option.value === zone);
  if (!known) {
    const place = zone.split("/").pop() ?? zone;
    list.prepend(new Option(place.replaceAll("_", " "), zone));
  }
  list.value = zone;
}

/**
 * @param {string} zone
 * @returns {string} "It's 22:25 there.", or nothing for a zone this browser doesn't know
 */
function timeThere(zone) {
  try {
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "numeric", minute: "2-digit" }).format(new Date());
    return `It's ${clock} there.`;
  } catch {
    return "";
  }
}
