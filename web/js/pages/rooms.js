/** The list of rooms: renewed whenever somebody comes or goes, and when the shared clocks turn. */

import { need } from "../lib/dom.js";
import { listen } from "../lib/live.js";
import { morph } from "../lib/morph.js";
import { Calm } from "../models/calendar.js";

/** Clocks turn on the minute; the list is looked at again a little after. */
const TURN_MS = 60_000;

const calm = new Calm(async () => {
  try {
    const answer = await fetch("/rooms/part");
    if (!answer.ok || answer.redirected) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = parsed.querySelector("#rooms");
    if (fresh) morph(need("#rooms", HTMLElement), document.importNode(fresh, true));
  } catch {
    // The next hint tries again.
  }
});

listen("/rooms/live", { rooms: () => calm.ask() });
setInterval(() => {
  if (!document.hidden) calm.ask();
}, TURN_MS);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) calm.ask();
});
