/**
 * Company for who sits alone: what there is, one tap to sit with them, and a way to stay, which holds until it is taken back.
 * Who chose it with the booking is moved by itself: that is said ten seconds ahead.
 */

/** @import { Room } from "./room.js" */
/** @import { Offer, Seat } from "../../models/protocol.js" */

import { need, say } from "../../lib/dom.js";
import { names } from "./words.js";

/** @param {Room} room */
export function lounge({ session, door }) {
  if (door.test) return;
  const box = need("#lounge", HTMLElement);
  const words = need("#lounge-words", HTMLElement);
  const how = need("#lounge-how", HTMLElement);
  const soon = need("#lounge-soon", HTMLElement);
  const yes = need("#lounge-yes", HTMLButtonElement);
  const alone = need("#lounge-alone", HTMLButtonElement);
  const look = need("#lounge-look", HTMLButtonElement);
  const rooms = need("#lounge-rooms", HTMLAnchorElement);
  let said = "";

  session.on("state", () => {
    const lounge = session.state?.lounge ?? null;
    box.hidden = !lounge || !session.seated;
    if (!lounge) return;
    const { offer } = lounge;
    const away = session.awaited;
    const sentence = lounge.alone ? stays(away) : offer?.moves_at_ms ? moves(offer, missing()) : offer ? wordsOf(offer, away) : looks(away);
    if (words.textContent !== sentence) words.textContent = sentence;
    how.hidden = offer?.kind !== "joins" || lounge.alone;
    yes.hidden = !offer || offer.yes || lounge.alone;
    yes.textContent = offer?.moves_at_ms ? "Go now" : offer?.kind === "together" ? "Sit together" : "Sit with them";
    alone.hidden = lounge.alone;
    alone.textContent = away.length > 0 ? `Wait for ${names(away)}` : "Stay alone";
    look.hidden = !lounge.alone;
    rooms.hidden = Boolean(offer) || lounge.alone;
    count();
    if (!box.hidden && sentence !== said) {
      said = sentence;
      say(sentence);
    }
  });
  session.on("tick", count);

  /** The seconds until it is taken by itself: seen, and not read out one by one. */
  function count() {
    const at = session.state?.lounge?.offer?.moves_at_ms ?? null;
    soon.hidden = at === null;
    box.toggleAttribute("data-soon", at !== null);
    const left = at === null ? "" : String(Math.max(0, Math.ceil((at - session.now()) / 1000)));
    if (soon.textContent !== left) soon.textContent = left;
  }

  /** Who was to be here. */
  function missing() {
    const [one] = session.partners;
    return one ? (one.left === null ? `${one.name} isn't here.` : `${one.name} had to go.`) : "";
  }

  yes.addEventListener("click", () => {
    const offer = session.state?.lounge?.offer;
    if (offer) session.sitWith(offer);
  });
  alone.addEventListener("click", () => session.stayAlone(true));
  look.addEventListener("click", () => session.stayAlone(false));
}

/** @param {Seat[]} away */
function stays(away) {
  return away.length > 0 ? `You wait for ${names(away)}.` : "You sit alone, as you asked.";
}

/** @param {Seat[]} away */
function looks(away) {
  const [one] = away;
  return one ? `${gone(one)} We look for company for you meanwhile.` : "We look for company for you. The door stays open.";
}

/** @param {Seat} seat */
function gone({ name, seated }) {
  return seated ? `${name} is away for a moment.` : `${name}'s page is open, and the chair is empty.`;
}

/** @param {Offer} offer @param {string} why */
function moves({ names, kind }, why) {
  const who = names.join(" and ");
  return `${why} In ten seconds you ${kind === "joins" ? "join" : "sit with"} ${who}.`.trim();
}

/** @param {Offer} offer @param {Seat[]} away */
function wordsOf({ kind, names: found, yes, asked }, [away]) {
  const who = found.join(" and ");
  if (kind === "joins" && yes) return `${who}: a chair is pulled up.`;
  if (yes) return `We ask ${who}.`;
  const meanwhile = away ? `${gone(away)} ` : "";
  if (kind === "joins") return `${meanwhile}${who} have a free chair. Sit with them?`;
  return asked ? `${who} is alone too, and would like to sit with you.` : `${meanwhile}${who} is alone too. Sit together?`;
}
