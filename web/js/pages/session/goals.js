/** My goals: typed, kept and marked. */

/** @import { Room } from "./room.js" */
/** @import { Goal, Outcome } from "../../models/protocol.js" */

import { make, need, on } from "../../lib/dom.js";
import { dotOf, OUTCOMES, theirGoals } from "./their_goals.js";

const MOST = 12;
const CHARS = 200;
/** Typing rests this long before it is saved. */
const REST_MS = 500;

/** @param {Room} room */
export function goals({ session, door, root }) {
  const list = need("#goal-list", HTMLOListElement);
  const saved = need("#goals-saved", HTMLElement);
  const add = need("#add-goal", HTMLButtonElement);
  /** What stands in the lines. @type {Goal[]} */
  let rows = door.goals.length > 0 ? structuredClone(door.goals) : [{ text: "", outcome: null }];
  /** What the server was last told. */
  let told = JSON.stringify(door.goals);
  let pending = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;

  const written = () => rows.filter((row) => row.text.trim() !== "");

  function save() {
    clearTimeout(resting);
    resting = undefined;
    const now = JSON.stringify(written().map((row) => ({ ...row, text: row.text.trim() })));
    if (now === told) return;
    told = now;
    pending = true;
    saved.textContent = "Saving";
    session.setGoals(JSON.parse(now));
  }

  function soon() {
    clearTimeout(resting);
    resting = setTimeout(save, REST_MS);
  }

  /** Draws the lines anew; only where their number or marks changed, so that typing is never disturbed. */
  function draw() {
    list.replaceChildren(...rows.map((row, n) => line(row, n)));
    tellAdd();
    const carried = document.querySelector("#carried");
    if (carried instanceof HTMLElement) carried.hidden = !carried.querySelector("button") || session.phase === "wrap_up" || session.phase === "focus";
    need("#partly-words", HTMLElement).hidden = session.phase !== "wrap_up" || !rows.some((row) => row.outcome === "partly" || row.outcome === "not_done");
    if (session.phase === "wrap_up" && written().length === 0) list.replaceChildren(make("li", { class: "soft", text: "No goal was written down. That is fine too." }));
  }

  /** One empty line is enough to write on. */
  function tellAdd() {
    add.hidden = rows.length >= MOST || session.phase === "wrap_up" || rows.at(-1)?.text.trim() === "";
  }

  /** @param {Goal} row @param {number} n */
  function line(row, n) {
    const wrapping = session.phase === "wrap_up";
    const label = `My goal ${n + 1}`;
    const item = make("li", { class: "goal", "data-outcome": row.outcome ?? "open", "data-row": n });
    if (wrapping) {
      if (row.text.trim() === "") item.hidden = true;
      item.append(make("span", { class: `dot ${dotOf(row.outcome)}`, "aria-hidden": "true" }), make("p", { class: "goal-text", text: row.text }), outcomes(row, n));
      return item;
    }
    const marking = session.seated && session.phase === "focus";
    const lamp = marking
      ? make("button", { type: "button", class: "goal-lamp", "data-do": "done", "aria-pressed": String(row.outcome === "done"), "aria-label": `Goal ${n + 1} is done` }, make("span", { class: `dot ${dotOf(row.outcome)}` }))
      : make("span", { class: "goal-lamp", "aria-hidden": "true" }, make("span", { class: `dot ${dotOf(row.outcome)}` }));
    const input = make("textarea", { rows: 1, maxlength: CHARS, "aria-label": label, placeholder: n === 0 ? "The first page of the report" : "And then", autocomplete: "off", enterkeyhint: "next" });
    input.value = row.text;
    requestAnimationFrame(() => fit(input));
    item.append(lamp, input);
    if (rows.length > 1) item.append(make("button", { type: "button", class: "icon-button goal-remove", "data-do": "remove", "aria-label": `Remove goal ${n + 1}` }, "×"));
    return item;
  }

  /** @param {Goal} row @param {number} n */
  function outcomes(row, n) {
    const group = make("div", { class: "outcomes", role: "group", "aria-label": `How did goal ${n + 1} go?` });
    for (const [outcome, word, dot] of OUTCOMES) {
      group.append(make("button", { type: "button", class: "outcome", "data-outcome": outcome, "aria-pressed": String(row.outcome === outcome) },
        make("span", { class: `dot ${dot}`, "aria-hidden": "true" }), word));
    }
    return group;
  }

  /** @param {HTMLElement} element */
  function rowOf(element) {
    return Number(element.closest("[data-row]")?.getAttribute("data-row") ?? -1);
  }

  /** @param {number} n @param {Outcome | null} outcome */
  function mark(n, outcome) {
    const row = rows[n];
    if (!row || row.text.trim() === "") return;
    save();
    row.outcome = outcome;
    const index = written().indexOf(row);
    told = JSON.stringify(written().map((r) => ({ ...r, text: r.text.trim() })));
    pending = true;
    session.mark(index, outcome);
  }

  /** @param {string} text */
  function append(text) {
    const last = rows.at(-1);
    if (last && last.text.trim() === "") last.text = text;
    else if (rows.length < MOST) rows.push({ text, outcome: null });
    draw();
  }

  list.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLTextAreaElement)) return;
    const row = rows[rowOf(event.target)];
    if (!row) return;
    // A goal is one line that may be shown on several.
    if (event.target.value.includes("\n")) event.target.value = event.target.value.replaceAll("\n", " ");
    row.text = event.target.value;
    fit(event.target);
    tellAdd();
    soon();
  });
  list.addEventListener("focusout", () => {
    if (resting !== undefined) save();
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !(event.target instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    const n = rowOf(event.target);
    save();
    if (event.target.value.trim() !== "" && n === rows.length - 1 && rows.length < MOST) {
      rows.push({ text: "", outcome: null });
      draw();
    }
    list.querySelectorAll("textarea")[n + 1]?.focus();
  });
  on(list, "click", "[data-do=remove]", (_event, button) => {
    const n = rowOf(button);
    rows.splice(n, 1);
    draw();
    list.querySelectorAll("textarea")[Math.max(0, n - 1)]?.focus();
    save();
  });
  on(list, "click", "[data-do=done]", (_event, button) => {
    const n = rowOf(button);
    mark(n, rows[n]?.outcome === "done" ? null : "done");
    draw();
    const again = list.querySelector(`[data-row="${n}"] [data-do=done]`);
    if (again instanceof HTMLElement) again.focus();
  });
  on(list, "click", ".outcome", (_event, button) => {
    const n = rowOf(button);
    const outcome = /** @type {Outcome} */ (button.dataset.outcome);
    mark(n, rows[n]?.outcome === outcome ? null : outcome);
    draw();
    const again = list.querySelector(`[data-row="${n}"] .outcome[data-outcome="${outcome}"]`);
    if (again instanceof HTMLElement) again.focus();
  });
  add.addEventListener("click", () => {
    append("");
    list.querySelectorAll("textarea")[rows.length - 1]?.focus();
  });
  on(need("#goals", HTMLElement), "click", "[data-carry]", (_event, button) => {
    append(button.dataset.carry ?? "");
    button.remove();
    draw();
    save();
  });

  session.on("saved", (all) => {
    pending = !all;
    if (all) saved.textContent = written().length > 0 ? "Saved" : "";
  });
  session.on("refused", () => {
    if (saved.textContent === "Saving") saved.textContent = "";
  });

  session.on("state", () => {
    theirGoals(session);
    const mine = session.me?.goals;
    if (!mine || pending || resting !== undefined) return;
    const now = JSON.stringify(mine.map(({ text, outcome }) => ({ text, outcome: outcome ?? null })));
    const same = now === JSON.stringify(written().map(({ text, outcome }) => ({ text: text.trim(), outcome: outcome ?? null })));
    told = now;
    if (same || list.contains(document.activeElement)) return;
    rows = mine.length > 0 ? structuredClone(mine) : [{ text: "", outcome: null }];
    draw();
  });
  let mode = "";
  const modal = () => {
    const next = `${session.phase === "wrap_up"} ${session.phase === "focus" && session.seated}`;
    if (next === mode) return;
    mode = next;
    draw();
  };
  session.on("phase", () => {
    save();
    modal();
    theirGoals(session);
  });
  session.on("state", modal);
  window.addEventListener("pagehide", save);
  root.addEventListener("leave-room", save);
  draw();
}

/** As high as its words, where the browser doesn't do it by itself. @param {HTMLTextAreaElement} input */
function fit(input) {
  if (CSS.supports("field-sizing", "content") || input.offsetParent === null) return;
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + 3}px`;
}
