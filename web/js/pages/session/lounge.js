/** Company for who sits alone: what there is, one tap to sit with them, and "stay alone", which holds until it is taken back. */

/** @import { Room } from "./room.js" */
/** @import { Offer } from "../../models/protocol.js" */

import { need, say } from "../../lib/dom.js";

/** @param {Room} room */
export function lounge({ session, door }) {
  if (door.test) return;
  const box = need("#lounge", HTMLElement);
  const words = need("#lounge-words", HTMLElement);
  const how = need("#lounge-how", HTMLElement);
  const yes = need("#lounge-yes", HTMLButtonElement);
  const alone = need("#lounge-alone", HTMLButtonElement);
  const look = need("#lounge-look", HTMLButtonElement);
  let said = 0;

  session.on("state", () => {
    const { lounge } = session.state ?? { lounge: null };
    box.hidden = !lounge || !session.seated;
    if (!lounge) return;
    const { offer } = lounge;
    words.textContent = lounge.alone ? "You sit alone, as you asked." : offer ? wordsOf(offer) : "We look for company for you. The door stays open.";
    how.hidden = offer?.kind !== "joins" || lounge.alone;
    yes.hidden = !offer || offer.yes || lounge.alone;
    yes.textContent = offer?.kind === "together" ? "Sit together" : "Sit with them";
    alone.hidden = lounge.alone;
    look.hidden = !lounge.alone;
    if (offer && offer.n !== said) {
      said = offer.n;
      say(wordsOf(offer));
    }
  });
  yes.addEventListener("click", () => {
    const offer = session.state?.lounge?.offer;
    if (offer) session.sitWith(offer);
  });
  alone.addEventListener("click", () => session.stayAlone(true));
  look.addEventListener("click", () => session.stayAlone(false));
}

/** @param {Offer} offer */
function wordsOf({ kind, names, yes, asked }) {
  const who = names.join(" and ");
  if (kind === "joins") return yes ? `${who}: a chair is pulled up.` : `${who} have a free chair. Sit with them?`;
  if (yes) return `We ask ${who}.`;
  return asked ? `${who} is alone too, and would like to sit with you.` : `${who} is alone too. Sit together?`;
}
