/** The timer, its ring, the tab's title, the bells and their visible pulse, and who is missing. */

/** @import { Room } from "./room.js" */
/** @import { BellKind, Phase } from "../../models/timer.js" */

import { make, need, put, say } from "../../lib/dom.js";
import { countdown } from "../../lib/time.js";
import { bells, GOALS_MS, MISSING_MS, untilNext } from "../../models/timer.js";
import { minutes, names } from "./words.js";

/** @type {Record<Phase, string>} */
export const NAMES = { ahead: "Before the start", lobby: "Before the start", goals: "Hello", focus: "Focus", wrap_up: "Wrap-up", closed: "Closed" };
/** @type {Record<BellKind, string>} */
const PULSES = { start: "It begins", warning: "Five minutes left", end: "That's the bell" };
const PULSE_MS = 6000;

/** @param {Room} room */
export function clock({ session, chime, root }) {
  const timer = need("#timer", HTMLElement);
  const ring = need("#ring", SVGCircleElement);
  const line = need("#phase-line", HTMLElement);
  const hint = need("#hint", HTMLElement);
  const pulse = need("#pulse", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;

  session.on("tick", (now) => {
    if (session.over || session.taken) return;
    if (session.seated) chime.follow(bells(session.times), now);
    const { leftMs, share } = untilNext(session.times, now);
    const left = countdown(Math.ceil(leftMs / 1000));
    if (timer.textContent !== left) timer.textContent = left;
    ring.style.strokeDashoffset = String(100 * (1 - share));
    line.textContent = session.phase === "lobby" ? "Starts in" : NAMES[session.phase];
    hint.textContent = hintOf(now);
    alone(now);
    if (session.seated) document.title = [left, NAMES[session.phase], names(session.company)].filter(Boolean).join(" · ");
  });

  /** @param {number} now */
  function hintOf(now) {
    const start = session.times.starts_at * 1000;
    const beside = session.company.some((p) => p.seated && p.here);
    if (session.phase === "lobby") return beside ? "You can already talk." : "";
    if (session.phase === "goals") return `${beside ? "Say" : "Write"} what you'll do. Work begins in ${countdown(Math.ceil((start + GOALS_MS - now) / 1000))}.`;
    if (session.phase === "wrap_up") return "until the room closes";
    return "";
  }

  /** @param {number} now */
  function alone(now) {
    const box = need("#alone", HTMLElement);
    // Who is missing matters only when nobody else is there.
    const partner = session.company.find((p) => p.seated || p.here) ?? session.partner;
    const into = now - session.times.starts_at * 1000;
    const working = session.phase === "goals" || session.phase === "focus";
    const state = need("#their-state", HTMLElement);
    const notes = session.partners.filter((p) => p.left).map((p) => (session.partners.length > 1 ? `${p.name}: “${p.left}”` : `“${p.left}”`));
    state.hidden = notes.length === 0;
    state.textContent = notes.join(" ");
    let title = "";
    let words = "";
    if (partner?.left != null) {
      title = `${partner.name} had to go.`;
      words = session.phase === "wrap_up" ? "" : "The rest of the time is yours. Timer and bell go on.";
    } else if (!partner && into < 0) {
      title = session.state?.promised ? "Company is on its way." : "Nobody sits beside you yet.";
      words = session.state?.promised ? "We'll tell you with whom just before the start." : "We look for company for you; the door stays open.";
    } else if (!partner) {
      title = "Nobody sits beside you this time.";
      words = "Timer, goals and bell are yours, and the door stays open. It doesn't count against you.";
    } else if (partner && !partner.seated && !partner.here && working && into > MISSING_MS) {
      const late = partner.late_minutes !== null && into < (partner.late_minutes + 1) * 60_000;
      title = late ? `${partner.name} is about ${minutes(partner.late_minutes ?? 3)} late.` : `${partner.name} hasn't come.`;
      // What can be done about it is said below, where company is looked for.
      const looked = session.state?.lounge ? "" : " Go on with timer and goals; the door stays open.";
      words = late ? "Start when you like; the door stays open." : `It doesn't count against you.${looked}`;
    }
    // Whoever reads with whom they sat until a moment ago need not read that nobody is there.
    const told = !partner && Boolean(session.state?.came) && !need("#came", HTMLElement).hidden;
    if (box.hidden && !told && title !== "" && session.seated) say(`${title} ${words}`);
    box.hidden = title === "" || told;
    put("#alone-title", title);
    put("#alone-words", words);
    root.dataset.alone = String(title !== "");
  }

  chime.on("rung", (kind) => {
    if (!session.seated) return;
    // Start and end are said with the phase that they begin.
    if (kind === "warning") say(`${PULSES.warning}.`);
    pulse.replaceChildren(make("span", { text: PULSES[kind] }));
    pulse.hidden = false;
    clearTimeout(fading);
    fading = setTimeout(() => {
      pulse.hidden = true;
    }, PULSE_MS);
  });
}
