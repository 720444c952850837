/** The controls under the desk: microphone, camera, screen, picture in picture, away; and the offer to mute. */

/** @import { Room } from "./room.js" */

import { $$, need, say } from "../../lib/dom.js";
import { canShareScreen } from "../../models/devices.js";
import { popup } from "./menu.js";
import { arrange, label, ownDevices } from "./own_devices.js";

const AWAY_MINUTES = 5;
/** The offer to mute goes by itself when it is not taken. */
const OFFER_MS = 25_000;

/** @param {Room} room */
export function controls({ session, media, call }) {
  const mic = need("#mic", HTMLButtonElement);
  const share = need("#share", HTMLButtonElement);
  const away = need("#away", HTMLButtonElement);
  const more = popup(need("#more", HTMLButtonElement), need("#more-panel", HTMLElement));

  ownDevices(media);
  mic.addEventListener("click", () => offer(false));
  share.hidden = !canShareScreen();
  share.addEventListener("click", () => {
    more.close();
    if (media.screen) media.stopScreen();
    else media.shareScreen().catch(() => say("The screen could not be shared."));
  });
  away.addEventListener("click", () => {
    more.close();
    session.away(session.me?.away_until_ms == null ? AWAY_MINUTES : null);
  });

  function show() {
    label(share, media.screen ? "Stop sharing" : "Share screen");
    share.classList.toggle("on", media.screen !== null);
  }
  media.on("change", show);
  show();

  session.on("state", () => {
    const gone = session.me?.away_until_ms != null;
    label(away, gone ? "I'm back" : "Back in 5");
    away.classList.toggle("on", gone);
    for (const item of $$("[data-needs-partner]")) item.hidden = session.partner === null;
  });

  pictureInPicture(session, call, more);

  const asked = need("#mute-offer", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let going;
  /** @param {boolean} shown */
  function offer(shown) {
    clearTimeout(going);
    asked.hidden = !shown;
    if (shown) going = setTimeout(() => offer(false), OFFER_MS);
  }
  need("#mute-yes", HTMLButtonElement).addEventListener("click", () => {
    media.setMic(false);
    offer(false);
    mic.focus();
  });
  need("#mute-no", HTMLButtonElement).addEventListener("click", () => {
    offer(false);
    mic.focus();
  });
  session.on("phase", (phase) => offer(phase === "focus" && session.seated && media.told().mic && session.partner?.seated === true));

  arrange();
}

/**
 * The partner's picture in a window of its own.
 * @param {Room["session"]} session
 * @param {Room["call"]} call
 * @param {{close: () => void}} more
 */
function pictureInPicture(session, call, more) {
  const button = need("#pip", HTMLButtonElement);
  button.hidden = !document.pictureInPictureEnabled;
  const video = () => document.querySelector("#partner-video");
  button.addEventListener("click", async () => {
    more.close();
    const shown = video();
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else if (shown instanceof HTMLVideoElement) await shown.requestPictureInPicture();
    } catch {
      say(`${session.partner?.name ?? "Your partner"} sends no picture at the moment.`);
    }
  });
  const enable = () => {
    button.disabled = call.state !== "connected" || (session.partner?.media.camera ?? "off") === "off";
  };
  call.on("state", enable);
  session.on("state", enable);
  enable();
}
