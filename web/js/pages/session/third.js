/** A third at the desk: who works is asked before the pictures go through the server, and everybody is told how it stands. */

/** @import { Room } from "./room.js" */

import { need, say } from "../../lib/dom.js";
import { names } from "./words.js";

/** Hands that were busy rest when nothing was typed for so long. */
const REST_MS = 1500;

/** @param {Room} room */
export function third({ session, call, media, door }) {
  if (door.test) return;
  const sheet = need("#third-sheet", HTMLDialogElement);
  const through = need("#through-server", HTMLElement);
  const line = need("#third-line", HTMLElement);
  const state = need("#third-state", HTMLElement);
  const again = need("#third-again", HTMLButtonElement);
  let asked = "";
  /** The server has no room for three just now. */
  let full = false;
  let typedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  const open = () => session.seated && !session.over && session.way === "asked" && session.agreed === null;

  /** Who would come to two that sit; without a mark, who sat down last. */
  const newcomer = () => session.company.find((partner) => partner.joins) ?? [...session.company].sort((a, b) => b.order - a.order)[0] ?? null;

  session.on("state", () => {
    need("#trio-words", HTMLElement).hidden = session.seated || session.company.length < 2;
    if (open() && !sheet.open) whenHandsRest();
    if (!open() && sheet.open) sheet.close();
    if (session.way === "pair") asked = "";
    // What was said to one third, maybe before this page was loaded anew, is no word to the next.
    if (session.state && session.way === "pair" && session.company.length < 2 && session.agreed !== null && !session.state.lounge?.offer?.yes) session.forgetAgreement();
    tellHow();
  });

  /** A sheet that comes by itself takes the keys: it waits until nobody is in the middle of a word. */
  function whenHandsRest() {
    const left = typedAt + REST_MS - performance.now();
    clearTimeout(later);
    if (left <= 0) ask();
    else later = setTimeout(() => { if (open() && !sheet.open) whenHandsRest(); }, left);
  }
  document.addEventListener("input", () => { typedAt = performance.now(); });

  function ask() {
    const joins = session.me?.joins === true;
    const name = joins ? names(session.company) : (newcomer()?.name ?? "Somebody");
    if (asked === name) return;
    asked = name;
    need("#third-words", HTMLElement).textContent = joins ? `Sit with ${name}?` : `${name} has no partner. Room for a third?`;
    need("#third-keeps", HTMLElement).hidden = joins;
    const itself = !joins && newcomer()?.by_itself === true;
    need("#third-itself", HTMLElement).hidden = !itself;
    need("#third-itself", HTMLElement).textContent = itself ? `${name} chose with the booking to be seated like this, and comes muted, the picture veiled.` : "";
    sheet.showModal();
    // On the question, so that no key that was meant for something else answers it.
    need("#third-title", HTMLElement).focus();
  }

  /** While not all have agreed: who waits, for whom, and the way to say yes after all. Nobody is told who said no. */
  function tellHow() {
    const shown = session.seated && session.way === "asked" && session.agreed !== null;
    line.hidden = !shown;
    if (!shown) return;
    const me = session.me;
    const no = session.company.some((partner) => partner.agreed === false);
    const third = me?.joins ? null : newcomer();
    again.hidden = session.agreed === true && !full;
    const words = me?.joins
      ? no ? `${names(session.company)} go on as two this time. Timer, goals and bell are yours.` : `${names(session.company)} are asked. They are in the middle of their work, so it can take a moment.`
      : session.agreed === false ? `${third?.name ?? "Somebody"} would still sit with you.` : no ? "You go on as you are." : "One of you is still being asked.";
    if (state.textContent !== words) state.textContent = words;
  }

  need("#third-yes", HTMLButtonElement).addEventListener("click", () => answer(true));
  need("#third-no", HTMLButtonElement).addEventListener("click", () => answer(false));
  again.addEventListener("click", () => answer(true));
  /** @param {boolean} yes */
  function answer(yes) {
    full = false;
    session.agree(yes);
    sheet.close();
  }
  session.on("refused", ({ code }) => {
    if (code !== "full") return;
    full = true;
    tellHow();
  });
  // Closed without a word is "not now".
  sheet.addEventListener("close", () => {
    if (session.way === "asked" && session.agreed === null && !session.over && !session.taken) session.agree(false);
  });

  call.on("way", (way) => {
    const server = way === "server";
    through.hidden = !server;
    if (server) {
      say("The pictures pass through this server from here on.");
      // What was shown to one is shown to two only when it is shared again.
      if (media.screen) media.stopScreen();
    }
  });
  call.on("trouble", (sentence) => session.emit("refused", { code: "media", sentence }));
}
