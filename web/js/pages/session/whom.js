/** Of whom a sheet speaks: with one partner there is nothing to choose, with more the sheet asks. */

/** @import { Session } from "../../models/session.js" */

import { $$, make } from "../../lib/dom.js";

/**
 * Keeps a sheet's choice of people true; who has left may be meant as well.
 * @param {HTMLElement} sheet with a `fieldset[data-whom]` and, where a name stands, `[data-whom-name]`
 * @param {Session} session
 * @returns {() => number | null} the seat that is meant
 */
export function whom(sheet, session) {
  const field = /** @type {HTMLFieldSetElement} */ (sheet.querySelector("[data-whom]"));
  const group = `whom-${sheet.id}`;
  /** @type {number | null} */
  let chosen = null;
  let drawn = "";

  function name() {
    const seat = session.partners.find((partner) => partner.booking === chosen);
    for (const spot of $$("[data-whom-name]", sheet)) spot.textContent = seat?.name ?? "your partner";
  }
  session.on("state", () => {
    const all = session.partners;
    if (!all.some((partner) => partner.booking === chosen)) chosen = session.partner?.booking ?? null;
    const shown = JSON.stringify(all.map(({ booking, name: called }) => [booking, called]));
    field.hidden = all.length < 2;
    if (shown !== drawn) {
      drawn = shown;
      field.replaceChildren(field.firstElementChild ?? "", ...all.map((partner) =>
        make("label", {}, make("input", { type: "radio", name: group, value: partner.booking, checked: partner.booking === chosen }), make("span", { text: partner.name }))));
    }
    name();
  });
  field.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement) chosen = Number(event.target.value);
    name();
  });
  return () => chosen;
}
