/** The door of a room: who is inside, my devices, what I am on, and the way in. */

/** @import { RoomPlace } from "../room.js" */

import { make, need } from "../../lib/dom.js";
import { clockOf } from "../../lib/time.js";
import { switches } from "../session/switches.js";

/** What is typed is said when the typing rests, in milliseconds. */
const REST_MS = 600;

/** @param {RoomPlace} here */
export function door({ table, media, comeIn, zone }) {
  const enter = need("#come-in", HTMLButtonElement);
  const words = need("#door-words", HTMLElement);
  const list = need("#inside-list", HTMLElement);
  const goal = need("#goal-line", HTMLInputElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;

  switches(media);
  enter.addEventListener("click", () => {
    words.textContent = "";
    comeIn();
  });

  function said() {
    clearTimeout(resting);
    table.setGoal(goal.value.trim());
  }
  goal.addEventListener("input", () => {
    clearTimeout(resting);
    resting = setTimeout(said, REST_MS);
  });
  goal.addEventListener("change", said);
  need("#goal-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    said();
  });

  let known = false;
  table.on("state", () => {
    const people = table.people.filter((person) => person.who !== table.id);
    const full = table.people.length >= (table.state?.capacity ?? 16) && !table.me;
    need("#inside-none", HTMLElement).hidden = people.length > 0;
    list.replaceChildren(...people.map((person) => make("li", {},
      make("span", { class: "face", "aria-hidden": "true", text: person.name[0]?.toUpperCase() ?? "" }),
      make("span", {}, person.name, person.goal === "" ? null : make("span", { class: "soft small", text: ` ${person.goal}` })))));
    enter.disabled = full;
    if (full) words.textContent = `All ${table.state?.capacity} chairs are taken. The way in opens by itself when somebody gets up.`;
    else if (words.dataset.full === "true") words.textContent = "A chair is free.";
    words.dataset.full = String(full);
    // What I was on before a reload stands in the field again.
    const mine = table.me?.goal ?? "";
    if (!known && mine !== "" && goal.value === "") goal.value = mine;
    known ||= table.me !== null;
  });
  table.on("refused", ({ code, sentence }) => {
    if (code === "full") words.textContent = sentence;
  });

  table.on("tick", (now) => {
    const beat = table.beat(now);
    const place = need("#door-beat", HTMLElement);
    const line = beat ? `${beat.work ? "Working" : "On a break"} until ${clockOf(beat.endsMs, zone)}.` : "";
    if (place.textContent !== line) place.textContent = line;
  });
}
