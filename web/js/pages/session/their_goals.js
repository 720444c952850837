/** What the others mean to do, as it is set and marked: a list for each of them. */

/** @import { Session } from "../../models/session.js" */
/** @import { Goal, Outcome, Seat } from "../../models/protocol.js" */

import { make, need } from "../../lib/dom.js";

/** What became of a goal: its value, its word, its dot. @type {[Outcome, string, string][]} */
export const OUTCOMES = [["done", "Done", "lit"], ["partly", "Partly", "half"], ["not_done", "Not done", "free"]];

/** @param {Outcome | null | undefined} outcome */
export function dotOf(outcome) {
  return OUTCOMES.find(([value]) => value === outcome)?.[2] ?? "free";
}

/** @param {Session} session */
export function theirGoals(session) {
  const first = need("#their-goals", HTMLElement);
  const [partner = null, ...others] = session.company;
  fill(first, session, partner);
  const after = [...first.parentElement?.querySelectorAll("[data-more-goals]") ?? []];
  for (const gone of after.slice(others.length)) gone.remove();
  let last = first;
  others.forEach((seat, n) => {
    const known = after[n];
    const section = known instanceof HTMLElement ? known : copy();
    if (!known) last.after(section);
    fill(section, session, seat);
    last = section;
  });
}

/** Another person's part, as the first one is made. */
function copy() {
  return make("section", { class: "goals theirs", "data-more-goals": "" },
    make("div", { class: "goals-head" }, make("h2", { class: "their-title" })),
    make("ul", { class: "goal-list" }), make("p", { class: "soft their-none" }));
}

/** @param {HTMLElement} section @param {Session} session @param {Seat | null} partner */
function fill(section, session, partner) {
  const list = need("ul", HTMLUListElement, section);
  const none = need(".their-none", HTMLElement, section);
  const goals = partner?.goals ?? [];
  const title = need(".their-title", HTMLElement, section);
  const name = partner ? partner.name : "The other desk";
  if (title.textContent !== name) title.textContent = name;
  list.setAttribute("aria-label", `Goals of ${name}`);
  const shown = JSON.stringify(goals);
  if (list.dataset.shown !== shown) {
    list.dataset.shown = shown;
    list.replaceChildren(...goals.map(row));
  }
  list.hidden = goals.length === 0;
  none.hidden = goals.length > 0 || !partner;
  const words = !partner || partner.left !== null ? "" : session.phase === "focus" || session.phase === "wrap_up" ? "No goal was written down." : `${partner.name}'s goals appear here as they are typed.`;
  if (none.textContent !== words) none.textContent = words;
}

/** @param {Goal} goal */
function row(goal) {
  const word = OUTCOMES.find(([outcome]) => outcome === goal.outcome)?.[1] ?? null;
  return make("li", { class: "goal", "data-outcome": goal.outcome ?? "open" },
    make("span", { class: `dot ${dotOf(goal.outcome)}`, "aria-hidden": "true" }),
    make("p", { class: "goal-text", text: goal.text }),
    word ? make("span", { class: "tag", text: word }) : null);
}
