/** A third at the desk: who works is asked before the pictures go through the server, and is told where they go. */

/** @import { Room } from "./room.js" */

import { need, say } from "../../lib/dom.js";

/** @param {Room} room */
export function third({ session, call, media, door }) {
  if (door.test) return;
  const sheet = need("#third-sheet", HTMLDialogElement);
  const through = need("#through-server", HTMLElement);
  let asked = "";
  /** @type {import("../../models/protocol.js").CallWay} */
  let before = "pair";

  /** Who would come to two that sit. */
  const newcomer = () => [...session.partners].filter((partner) => partner.left === null).sort((a, b) => b.order - a.order)[0] ?? null;

  session.on("state", () => {
    need("#trio-words", HTMLElement).hidden = session.seated || session.partners.length < 2;
    const open = session.seated && session.way === "asked" && session.agreed === null;
    const name = newcomer()?.name ?? "Somebody";
    if (open && !sheet.open && asked !== name) {
      asked = name;
      need("#third-name", HTMLElement).textContent = name;
      sheet.showModal();
    }
    if (!open && sheet.open) sheet.close();
    if (session.way === "pair") asked = "";
    const alone = before !== "pair" && session.way === "pair";
    before = session.way;
    if (alone) session.forgetAgreement();
  });
  need("#third-yes", HTMLButtonElement).addEventListener("click", () => {
    session.agree(true);
    sheet.close();
  });
  need("#third-no", HTMLButtonElement).addEventListener("click", () => {
    session.agree(false);
    sheet.close();
  });
  // Closed without a word is "not now".
  sheet.addEventListener("close", () => {
    if (session.way === "asked" && session.agreed === null) session.agree(false);
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
