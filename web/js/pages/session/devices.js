/** My picture, my microphone's level, the choice of devices, and what is wrong with them. */

/** @import { MyMedia } from "../../models/media_state.js" */

import { awake, Level, wake } from "../../lib/audio.js";
import { make, need } from "../../lib/dom.js";
import { guideAnchor, list, wayOut } from "../../models/devices.js";

const LEVEL_MS = 120;

/** @param {{media: MyMedia, session: {over: boolean}, root: HTMLElement}} place */
export function devices({ media, session, root }) {
  const video = need("#my-video", HTMLVideoElement);
  const tile = need("#me-tile", HTMLElement);
  const meter = need("#mic-level", HTMLMeterElement);
  const words = need("#mic-words", HTMLElement);
  const trouble = need("#device-trouble", HTMLElement);
  const level = new Level();
  /** @type {MediaStreamTrack | null} */
  let heard = null;
  let loudest = 0;

  media.on("preview", (track) => {
    video.srcObject = track ? new MediaStream([track]) : null;
    if (track) video.play().catch(() => {});
  });

  media.on("change", show);
  media.on("devices", choices);

  function show() {
    tile.dataset.picture = media.preview ? "live" : "none";
    tile.dataset.muted = String(!media.told().mic);
    tile.dataset.camera = media.camera;
    if (heard !== media.voice) {
      heard = media.voice;
      loudest = 0;
      level.follow(heard);
    }
    const wrong = (media.camera !== "off" && media.cameraTrouble) || media.micTrouble;
    trouble.hidden = !wrong || !media.asked;
    if (wrong) {
      const { title, way, guide, again } = wayOut(wrong);
      need("#device-trouble-title", HTMLElement).textContent = title;
      need("#device-trouble-way", HTMLElement).textContent = way;
      const link = need("#device-guide", HTMLAnchorElement);
      link.hidden = !guide;
      link.href = guideAnchor();
      need("#device-again", HTMLElement).hidden = !again;
    }
  }

  need("#device-again", HTMLButtonElement).addEventListener("click", () => media.open());

  setInterval(() => {
    const panel = meter.offsetParent !== null;
    if (!panel || document.hidden || session.over) return;
    const value = media.mic ? level.value() : 0;
    meter.value = value;
    loudest = Math.max(loudest, value);
    words.textContent = !media.voice ? (media.asked ? "None" : "") : !media.mic ? "Muted" : !awake() ? "Touch the page to see the level" : loudest > 0.12 ? "It hears you" : "Say a word";
  }, LEVEL_MS);

  const cameras = need("#choose-camera", HTMLSelectElement);
  const voices = need("#choose-mic", HTMLSelectElement);
  cameras.addEventListener("change", () => media.chooseCamera(cameras.value));
  voices.addEventListener("change", () => media.chooseVoice(voices.value));

  async function choices() {
    const all = await list();
    fill(cameras, all.cameras, media.cameraId);
    fill(voices, all.voices, media.voiceId);
    need("#device-choice", HTMLElement).hidden = all.cameras.length < 2 && all.voices.length < 2;
  }

  need("#test-speaker", HTMLButtonElement).addEventListener("click", () => testSpeaker());
  root.dataset.devices = "ready";
}

/** @param {HTMLSelectElement} select @param {MediaDeviceInfo[]} devices @param {string | null} chosen */
function fill(select, devices, chosen) {
  select.replaceChildren(...devices.map((d) => make("option", { value: d.deviceId, selected: d.deviceId === chosen, text: d.label })));
  const field = select.closest(".field");
  if (field instanceof HTMLElement) field.hidden = devices.length < 2;
}

/** Three rising notes and a question. */
function testSpeaker() {
  wake();
  const audio = awake();
  const words = need("#speaker-words", HTMLElement);
  if (!audio) {
    words.textContent = "The sound is not awake yet. Press once more.";
    return;
  }
  [392, 523.25, 659.25].forEach((frequency, n) => {
    const tone = audio.createOscillator();
    const swell = audio.createGain();
    const at = audio.currentTime + n * 0.28;
    tone.frequency.value = frequency;
    swell.gain.setValueAtTime(0, at);
    swell.gain.linearRampToValueAtTime(0.25, at + 0.02);
    swell.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
    tone.connect(swell).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.6);
  });
  words.textContent = "Three notes. If you heard none, look at the loudness of your machine.";
}
