/**
 * Seated by itself, as it was chosen with the booking: the page tells whether somebody is at it, and who was brought to others
 * comes silent and veiled before these can hear or see them.
 */

/** @import { Room } from "./room.js" */

import { monotonic } from "../../lib/clock_sync.js";
import { need, say } from "../../lib/dom.js";
import { tab } from "../../lib/storage.js";

/** A hand on the page is told this often. */
const TELL_MS = 5000;
const HANDS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/** Whether somebody is here, told only while it matters. @param {Room} room */
export function attention({ session, door }) {
  if (door.test) return;
  let touchedAt = monotonic();
  let toldAt = -Infinity;
  const matters = () => session.state?.lounge?.by_itself === true && session.link === "open";

  function tell() {
    if (!matters()) return;
    toldAt = monotonic();
    session.tellAttention(document.visibilityState === "visible", toldAt - touchedAt);
  }
  for (const kind of HANDS) {
    window.addEventListener(kind, () => {
      touchedAt = monotonic();
      if (touchedAt - toldAt > TELL_MS) tell();
    }, { passive: true });
  }
  document.addEventListener("visibilitychange", tell);
  session.on("link", () => {
    toldAt = -Infinity;
  });
  session.on("state", () => {
    if (!matters()) toldAt = -Infinity;
    else if (toldAt === -Infinity) tell();
  });
}

/** Has to listen before the call does. @param {Room} room */
export function arrival({ session, media, door }) {
  if (door.test) return;
  const box = need("#came", HTMLElement);
  const words = need("#came-words", HTMLElement);
  const [arrived, read] = [`arrived.${door.booking}`, `came.${door.booking}`];
  // How the company changed, or who cancelled, if that was not read in the lobby.
  const change = () => session.state?.came ?? session.state?.news ?? null;
  const told = () => `${session.state?.session} ${change()}`;

  session.on("state", () => {
    const { state, me } = session;
    if (!state || !me) return;
    if (!session.seated) {
      if (state.news) tab.write(read, told());
      return;
    }
    if (me.by_itself && tab.read(arrived, 0) !== state.session) {
      tab.write(arrived, state.session);
      media.arrive();
      // They had chosen it, and read in the last seconds where the pictures of three go.
      if (session.company.length >= 2 && session.agreed === null) session.agree(true);
    }
    const sentence = change();
    const open = sentence !== null && !session.over && tab.read(read, "") !== told();
    if (open && (box.hidden || words.textContent !== sentence)) say(sentence);
    box.hidden = !open;
    words.textContent = sentence ?? "";
    need("#came-how", HTMLElement).hidden = !me.by_itself || state.came === null;
  });
  need("#came-close", HTMLButtonElement).addEventListener("click", () => {
    tab.write(read, told());
    box.hidden = true;
  });
}
