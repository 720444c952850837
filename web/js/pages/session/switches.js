/** The switches of my devices before I am seen: microphone, and camera on, veiled or off. */

/** @import { CameraState } from "../../models/protocol.js" */
/** @import { MyMedia } from "../../models/media_state.js" */

import { $$, need } from "../../lib/dom.js";

/** @param {MyMedia} media */
export function switches(media) {
  const mic = need("#lobby-mic", HTMLButtonElement);
  const camera = need("#lobby-camera", HTMLElement);
  mic.addEventListener("click", () => media.setMic(!media.mic));
  camera.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement) media.setCamera(/** @type {CameraState} */ (event.target.value));
  });

  function show() {
    const muted = !media.mic;
    mic.dataset.muted = String(muted);
    mic.setAttribute("aria-pressed", String(muted));
    mic.lastElementChild?.replaceChildren(muted ? "Microphone muted" : "Microphone on");
    for (const radio of $$("input", camera)) {
      if (radio instanceof HTMLInputElement) radio.checked = radio.value === media.camera;
    }
  }
  media.on("change", show);
  show();
}
