/** Microphone and camera in the row of controls, and where the row's wide buttons go on a narrow screen. */

/** @import { CameraState } from "../../models/protocol.js" */
/** @import { MyMedia } from "../../models/media_state.js" */

import { $$, need } from "../../lib/dom.js";
import { popup } from "./menu.js";

/** @param {MyMedia} media */
export function ownDevices(media) {
  const mic = need("#mic", HTMLButtonElement);
  const camera = need("#camera", HTMLButtonElement);
  const choices = $$("[role=menuitemradio]", need("#camera-menu", HTMLElement));
  const menu = popup(camera, need("#camera-menu", HTMLElement));

  mic.addEventListener("click", () => media.setMic(!media.mic));
  for (const item of choices) {
    item.addEventListener("click", () => {
      media.setCamera(/** @type {CameraState} */ (item.dataset.camera));
      menu.close();
      camera.focus();
    });
  }

  function show() {
    label(mic, media.mic ? "Mute" : "Unmute");
    mic.dataset.muted = String(!media.mic);
    mic.disabled = media.asked && media.voice === null;
    camera.dataset.camera = media.preview ? media.camera : "off";
    for (const item of choices) item.setAttribute("aria-checked", String(item.dataset.camera === media.camera));
  }
  media.on("change", show);
  show();
}

/** What is seldom needed lies in the row on a wide screen and under "More" on a narrow one. */
export function arrange() {
  const wide = window.matchMedia("(min-width: 60em)");
  function place() {
    const group = need("#wide-controls", HTMLElement);
    if (wide.matches) need("#controls", HTMLElement).insertBefore(group, need("#chat-open", HTMLElement));
    else need("#narrow-controls", HTMLElement).append(group);
  }
  wide.addEventListener("change", place);
  place();
}

/** @param {HTMLElement} button @param {string} words */
export function label(button, words) {
  const place = button.querySelector(":scope > span");
  if (place && place.textContent !== words) place.textContent = words;
}
