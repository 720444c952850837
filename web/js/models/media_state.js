/**
 * My own devices: what is open, what is sent, what is wrong. A camera that is off is closed, so that its light goes out; a
 * muted microphone stays open and silent; what the partner is told and what is sent never differ.
 */

/** @import { CameraState, Media } from "./protocol.js" */
/** @import { Lanes } from "./peer.js" */
/** @import { Trouble } from "./devices.js" */

import { Emitter } from "../lib/emitter.js";
import { kept } from "../lib/storage.js";
import { ask, askScreen, ground } from "./devices.js";
import { Veil } from "./veil.js";

/** @typedef {{change: null, lane: {lane: keyof Lanes, track: MediaStreamTrack | null}, preview: MediaStreamTrack | null, devices: null}} MediaEvents */

/** @extends {Emitter<MediaEvents>} */
export class MyMedia extends Emitter {
  /** What I want, whether or not it works. @type {CameraState} */
  camera = "on";
  mic = true;
  /** @type {Trouble | null} */
  cameraTrouble = null;
  /** @type {Trouble | null} */
  micTrouble = null;
  /** The first answer of the browser is there. */
  asked = false;
  /** @type {MediaStreamTrack | null} */
  #picture = null;
  /** @type {MediaStreamTrack | null} */
  voice = null;
  /** @type {MediaStreamTrack | null} */
  screen = null;
  /** @type {Veil | null} */
  #veil = null;
  #stopped = false;
  #resting = false;
  /** Each camera wish overtakes the one before. */
  #wish = 0;

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#devicesChanged);
  }

  /** The open camera's id, for the choice of devices. */
  get cameraId() {
    return this.#picture?.getSettings().deviceId ?? null;
  }

  get voiceId() {
    return this.voice?.getSettings().deviceId ?? null;
  }

  /** What I see of myself: the picture as it is sent. */
  get preview() {
    return this.camera === "off" ? null : this.camera === "veiled" ? (this.#veil?.track ?? null) : this.#picture;
  }

  /** What the partner's page is told. @returns {Media} */
  told() {
    return {
      mic: this.mic && this.voice !== null,
      camera: this.preview ? this.camera : "off",
      screen: this.screen !== null,
      trouble: ground() ?? (this.camera === "off" ? null : this.cameraTrouble) ?? this.micTrouble,
    };
  }

  /** What the browser hands over after the page has let go is closed at once. */
  get #gone() {
    return this.#stopped || this.#resting;
  }

  /** Asks the browser for what is wanted and not yet open. */
  async open() {
    if (this.#stopped) return;
    this.#resting = false;
    const camera = this.camera !== "off" && !this.#picture ? kept.read("camera", /** @type {string | null} */ (null)) : false;
    const voice = this.voice ? false : kept.read("voice", /** @type {string | null} */ (null));
    let got = await ask({ camera, voice });
    // A remembered device may be at home: any other will do.
    if ((camera && got.camera.trouble === "no_camera") || (voice && got.voice.trouble === "no_mic")) got = await ask({ camera: camera && null, voice: voice && null });
    if (this.#gone) {
      got.camera.track?.stop();
      got.voice.track?.stop();
      return;
    }
    if (camera !== false) this.#takePicture(got.camera.track, got.camera.trouble);
    if (voice !== false) this.#takeVoice(got.voice.track, got.voice.trouble);
    this.asked = true;
    this.emit("change", null);
    this.emit("devices", null);
  }

  /** @param {boolean} on */
  setMic(on) {
    this.mic = on;
    if (this.voice) this.voice.enabled = on;
    this.emit("change", null);
  }

  /** @param {CameraState} camera */
  async setCamera(camera) {
    const wish = ++this.#wish;
    this.camera = camera;
    if (camera === "off") {
      this.#closePicture();
    } else if (!this.#picture) {
      this.emit("change", null);
      const got = await ask({ camera: kept.read("camera", /** @type {string | null} */ (null)), voice: false });
      if (this.#gone || wish !== this.#wish) return got.camera.track?.stop();
      this.#takePicture(got.camera.track, got.camera.trouble);
    }
    this.#send();
    this.emit("change", null);
  }

  /** @param {string} id */
  async chooseCamera(id) {
    kept.write("camera", id);
    if (this.camera === "off") return;
    const wish = ++this.#wish;
    // Some machines open one camera at a time, so the old one is closed first.
    this.#picture?.stop();
    const got = await ask({ camera: id, voice: false });
    if (this.#gone || wish !== this.#wish) return got.camera.track?.stop();
    this.#takePicture(got.camera.track, got.camera.trouble);
    this.emit("change", null);
  }

  /** @param {string} id */
  async chooseVoice(id) {
    kept.write("voice", id);
    this.voice?.stop();
    const got = await ask({ camera: false, voice: id });
    if (this.#gone) return got.voice.track?.stop();
    this.#takeVoice(got.voice.track, got.voice.trouble);
    this.emit("change", null);
  }

  async shareScreen() {
    const track = await askScreen();
    if (!track) return;
    if (this.#gone) return track.stop();
    this.screen?.stop();
    this.screen = track;
    // The browser's own bar ends it too.
    track.addEventListener("ended", () => {
      if (this.screen === track) this.stopScreen();
    });
    this.emit("lane", { lane: "screen", track });
    this.emit("change", null);
  }

  stopScreen() {
    this.screen?.stop();
    this.screen = null;
    this.emit("lane", { lane: "screen", track: null });
    this.emit("change", null);
  }

  /** Silent and veiled, and no screen: until a tap says otherwise. */
  arrive() {
    this.setMic(false);
    if (this.camera === "on") this.setCamera("veiled");
    if (this.screen) this.stopScreen();
  }

  /** Lets go of every device; `open` takes them up again, the screen excepted. */
  rest() {
    this.#wish += 1;
    this.#resting = true;
    this.#closePicture();
    this.voice?.stop();
    this.voice = null;
    this.screen?.stop();
    this.screen = null;
    for (const lane of /** @type {const} */ (["voice", "camera", "screen"])) this.emit("lane", { lane, track: null });
    this.emit("preview", null);
  }

  /** Lets go of every device for good. */
  stop() {
    this.#stopped = true;
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#devicesChanged);
    this.rest();
  }

  /** @param {MediaStreamTrack | null} track @param {Trouble | null} trouble */
  #takePicture(track, trouble) {
    this.#closePicture();
    this.cameraTrouble = trouble;
    this.#picture = track;
    if (track && "contentHint" in track) track.contentHint = "motion";
    track?.addEventListener("ended", () => {
      if (this.#picture !== track) return;
      this.#closePicture();
      this.cameraTrouble = "no_camera";
      this.#send();
      this.emit("change", null);
    });
    this.#send();
  }

  /** @param {MediaStreamTrack | null} track @param {Trouble | null} trouble */
  #takeVoice(track, trouble) {
    this.voice = track;
    this.micTrouble = trouble;
    if (track) track.enabled = this.mic;
    track?.addEventListener("ended", () => {
      if (this.voice !== track) return;
      this.#takeVoice(null, "no_mic");
      this.emit("change", null);
    });
    this.emit("lane", { lane: "voice", track });
  }

  #closePicture() {
    this.#veil?.stop();
    this.#veil = null;
    this.#picture?.stop();
    this.#picture = null;
  }

  /** Puts on the lane what the wish says. */
  #send() {
    const picture = this.#picture;
    if (this.camera === "veiled" && picture) this.#veil ??= new Veil(picture);
    else {
      this.#veil?.stop();
      this.#veil = null;
    }
    this.emit("lane", { lane: "camera", track: this.preview });
    this.emit("preview", this.preview);
  }

  /** A device that was plugged in ends the trouble by itself. */
  #devicesChanged = () => {
    this.emit("devices", null);
    const missing = this.cameraTrouble === "no_camera" || this.micTrouble === "no_mic";
    if (this.asked && missing && !this.#gone) this.open();
  };
}
