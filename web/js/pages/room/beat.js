/** The shared clock: where it stands, the tab's title, a gentle bell at each turn and its visible pulse. */

/** @import { RoomPlace } from "../room.js" */
/** @import { BellKind } from "../../models/timer.js" */

import { make, need, say } from "../../lib/dom.js";
import { countdown } from "../../lib/time.js";
import { beatBells } from "../../models/beat.js";

/** @type {Record<BellKind, string>} */
const PULSES = { start: "Back to work", warning: "", end: "A break" };
const PULSE_MS = 6000;

/** @param {RoomPlace} here */
export function beat({ table, chime }) {
  const place = need("#beat", HTMLElement);
  const left = need("#beat-left", HTMLElement);
  const words = need("#beat-words", HTMLElement);
  const pulse = need("#pulse", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;

  table.on("tick", (now) => {
    if (!table.inside) return;
    const at = table.beat(now);
    place.hidden = at === null;
    const name = table.state?.name ?? "";
    const count = document.hidden || !at ? "" : countdown(Math.ceil((at.endsMs - now) / 1000));
    const title = [at ? countdown(Math.ceil((at.endsMs - now) / 1000)) : "", at ? (at.work ? "Work" : "Break") : "", name].filter(Boolean).join(" · ");
    if (document.title !== title) document.title = title;
    if (!at) return;
    chime.follow(beatBells(at), now);
    if (count && left.textContent !== count) left.textContent = count;
    place.dataset.work = String(at.work);
    const line = at.work ? "Working" : "On a break";
    if (words.textContent !== line) words.textContent = line;
  });

  chime.on("rung", (kind) => {
    if (!table.inside) return;
    pulse.replaceChildren(make("span", { text: PULSES[kind] }));
    pulse.hidden = false;
    say(`${PULSES[kind]}.`);
    clearTimeout(fading);
    fading = setTimeout(() => {
      pulse.hidden = true;
    }, PULSE_MS);
  });
}
