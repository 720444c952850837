/** The shelf view: a clock to be read from across the room, with the screen kept awake. */

/** @import { Room } from "./room.js" */

import { need, put } from "../../lib/dom.js";
import { countdown } from "../../lib/time.js";
import { untilNext } from "../../models/timer.js";
import { NAMES } from "./clock.js";
import { names } from "./words.js";

/** @param {Room} room */
export function shelf({ session }) {
  const view = need("#shelf", HTMLElement);
  const open = need("#shelf-open", HTMLButtonElement);
  const close = need("#shelf-close", HTMLButtonElement);
  const stage = need("#stage", HTMLElement);
  const timer = need("#shelf-timer", HTMLElement);
  /** @type {WakeLockSentinel | null} */
  let lock = null;

  async function keepAwake() {
    if (view.hidden || document.hidden || !navigator.wakeLock) return;
    try {
      const got = await navigator.wakeLock.request("screen");
      if (view.hidden) await got.release();
      else lock = got;
    } catch {
      // A browser on its last battery refuses; the clock runs all the same.
    }
  }

  /** @param {boolean} shown */
  function show(shown) {
    if (view.hidden === !shown) return;
    view.hidden = !shown;
    stage.inert = shown;
    if (shown) {
      keepAwake();
      document.documentElement.requestFullscreen?.().catch(() => {});
      close.focus();
    } else {
      lock?.release().catch(() => {});
      lock = null;
      if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
      (open.offsetParent ? open : need("#more", HTMLElement)).focus();
    }
  }

  open.addEventListener("click", () => show(true));
  close.addEventListener("click", () => show(false));
  view.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(false);
    // The one button is all there is to reach.
    if (event.key === "Tab") event.preventDefault();
  });
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) show(false);
  });
  document.addEventListener("visibilitychange", keepAwake);

  /** What the desk asks about company: from across the room it would be missed. */
  function company() {
    const lounge = session.state?.lounge;
    return lounge?.offer && !lounge.offer.yes && !lounge.alone ? need("#lounge-words", HTMLElement).textContent : "";
  }

  session.on("tick", (now) => {
    if (view.hidden) return;
    const left = countdown(Math.ceil(untilNext(session.times, now).leftMs / 1000));
    if (timer.textContent !== left) timer.textContent = left;
    const beside = session.company.filter((partner) => partner.seated);
    const phase = session.phase === "lobby" || session.phase === "ahead" ? "Starts in" : NAMES[session.phase];
    put("#shelf-line", beside.length > 0 ? `${phase}, with ${names(beside)}` : phase);
    put("#shelf-goal", company() || (session.me?.goals.find((goal) => goal.outcome === null)?.text ?? ""));
  });
  session.on("phase", (phase) => {
    if (phase === "wrap_up" || phase === "closed") show(false);
  });
  session.on("taken", () => show(false));
}
