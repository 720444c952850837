/** The controls under the desk: microphone, camera, screen, picture in picture, away; and the offer to mute. */

/** @import { Room } from "./room.js" */
/** @import { CameraState } from "../../models/protocol.js" */

import { $$, need, say } from "../../lib/dom.js";
import { canShareScreen } from "../../models/devices.js";
import { popup } from "./menu.js";

const AWAY_MINUTES = 5;
/** The offer to mute goes by itself when it is not taken. */
const OFFER_MS = 25_000;

/** @param {Room} room */
export function controls({ session, media, call }) {
  const mic = need("#mic", HTMLButtonElement);
  const camera = need("#camera", HTMLButtonElement);
  const share = need("#share", HTMLButtonElement);
  const away = need("#away", HTMLButtonElement);
  const menu = popup(camera, need("#camera-menu", HTMLElement));
  const more = popup(need("#more", HTMLButtonElement), need("#more-panel", HTMLElement));

  mic.addEventListener("click", () => {
    media.setMic(!media.mic);
    offer(false);
  });
  for (const item of $$("[role=menuitemradio]", need("#camera-menu", HTMLElement))) {
    item.addEventListener("click", () => {
      media.setCamera(/** @type {CameraState} */ (item.dataset.camera));
      menu.close();
      camera.focus();
    });
  }
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
    label(mic, media.mic ? "Mute" : "Unmute");
    mic.dataset.muted = String(!media.mic);
    mic.disabled = media.asked && media.voice === null;
    camera.dataset.camera = media.preview ? media.camera : "off";
    for (const item of $$("[role=menuitemradio]", need("#camera-menu", HTMLElement))) item.setAttribute("aria-checked", String(item.dataset.camera === media.camera));
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

  const wide = window.matchMedia("(min-width: 960px)");
  function arrange() {
    const group = need("#wide-controls", HTMLElement);
    if (wide.matches) need("#controls", HTMLElement).insertBefore(group, need("#chat-open", HTMLElement));
    else need("#narrow-controls", HTMLElement).append(group);
  }
  wide.addEventListener("change", arrange);
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

/** @param {HTMLElement} button @param {string} words */
function label(button, words) {
  const place = button.querySelector(":scope > span");
  if (place && place.textContent !== words) place.textContent = words;
}
