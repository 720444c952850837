/** The test session: the same room on a line that never leaves the page, with a button to the next bell. */

import { answers, need } from "../lib/dom.js";
import { StandIn } from "../models/stand_in.js";
import { openRoom } from "./session/room.js";

/** @type {StandIn | null} */
let line = null;

const { session } = openRoom((root) => {
  const { name, zone, now } = root.dataset;
  const partner = need("#who-name", HTMLElement).textContent ?? "";
  line = new StandIn({ name: name ?? "", zone: zone ?? "UTC", nowMs: Number(now), partner });
  return line;
});

const skip = need("#skip", HTMLButtonElement);
skip.addEventListener("click", () => line?.skip());
const show = () => {
  skip.lastElementChild?.replaceChildren(session.phase === "focus" ? "Skip to the bell" : session.phase === "goals" ? "Skip to the work" : "Begin now");
  need("#trial", HTMLElement).hidden = session.phase === "wrap_up" || session.phase === "closed";
};
session.on("phase", show);
show();
answers();
