/** The controls under the table: microphone, camera, hand, wave, screen, and the way out. */

/** @import { RoomPlace } from "../room.js" */

import { need, say } from "../../lib/dom.js";
import { canShareScreen } from "../../models/devices.js";
import { popup } from "../session/menu.js";
import { arrange, label, ownDevices } from "../session/own_devices.js";

/** @param {RoomPlace} here */
export function controls({ table, media, call, leave }) {
  const hand = need("#hand", HTMLButtonElement);
  const wave = need("#wave", HTMLButtonElement);
  const share = need("#share", HTMLButtonElement);
  const quality = need("#quality", HTMLElement);
  const more = popup(need("#more", HTMLButtonElement), need("#more-panel", HTMLElement));

  ownDevices(media);
  hand.addEventListener("click", () => table.hand(hand.getAttribute("aria-pressed") !== "true"));
  wave.addEventListener("click", () => {
    more.close();
    table.wave();
  });
  share.hidden = !canShareScreen();
  share.addEventListener("click", () => {
    more.close();
    if (media.screen) media.stopScreen();
    else media.shareScreen().catch(() => say("The screen could not be shared."));
  });
  need("#leave", HTMLButtonElement).addEventListener("click", () => leave());

  media.on("change", () => {
    label(share, media.screen ? "Stop sharing" : "Share screen");
    share.classList.toggle("on", media.screen !== null);
  });
  table.on("state", () => {
    const up = table.me?.hand === true;
    hand.setAttribute("aria-pressed", String(up));
    hand.classList.toggle("on", up);
    label(hand, up ? "Hand down" : "Hand");
  });

  // What is wrong with the pictures is said once, quietly; goals, clock and chat go on.
  let refusal = "";
  function show() {
    const words = refusal || (call.state === "lost" ? "The pictures are on their way back." : "");
    if (quality.textContent !== words) quality.textContent = words;
    quality.hidden = words === "";
  }
  call.on("refused", (sentence) => {
    refusal = sentence;
    show();
  });
  call.on("state", (state) => {
    if (state === "connected") refusal = "";
    show();
  });
  table.on("muted", () => {
    table.emit("refused", { code: "muted", sentence: "A moderator has muted you. You can unmute yourself when it is quiet again." });
  });
  arrange();
}
