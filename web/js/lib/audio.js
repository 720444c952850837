/**
 * The one AudioContext of a page and what listens through it. It is made at the first gesture, because browsers
 * keep an earlier one silent and complain; who needs it before that waits with `whenAwake`.
 */

/** @type {AudioContext | null} */
let context = null;
/** @type {((context: AudioContext) => void)[]} */
let waiting = [];

/** Whether a gesture has allowed sound on this page, or the browser needs none. */
function allowed() {
  const policy = /** @type {any} */ (navigator).getAutoplayPolicy?.("audiocontext");
  return policy === "allowed" || navigator.userActivation?.hasBeenActive === true;
}

/** Wakes the context; call it inside a click. */
export function wake() {
  if (!window.AudioContext || (!context && !allowed())) return;
  context ??= new AudioContext({ latencyHint: "playback" });
  if (context.state === "running") return rouse();
  // Safari calls it "interrupted" after a phone call; resume is the cure for both.
  context.resume().then(rouse, () => {});
}

function rouse() {
  if (!context || context.state !== "running") return;
  const woken = waiting;
  waiting = [];
  for (const ready of woken) ready(context);
}

/** The context when it can sound, else null. */
export function awake() {
  return context?.state === "running" ? context : null;
}

/** @param {(context: AudioContext) => void} ready called once, as soon as sound is possible */
export function whenAwake(ready) {
  const now = awake();
  if (now) return ready(now);
  waiting.push(ready);
}

/** Wakes the context at the first gesture anywhere on the page. */
export function wakeOnGesture() {
  for (const type of ["pointerup", "keydown", "touchend"]) window.addEventListener(type, wake, { capture: true, passive: true });
  wake();
}

/** Follows how loud a stream is, from 0 to 1. */
export class Level {
  /** @type {AnalyserNode | null} */
  #ear = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  #samples = new Float32Array(512);

  /** @param {MediaStreamTrack | null} track */
  follow(track) {
    this.#source?.disconnect();
    this.#source = null;
    this.#ear = null;
    if (!track) return;
    whenAwake((audio) => {
      if (track.readyState !== "live") return;
      this.#ear = audio.createAnalyser();
      this.#ear.fftSize = 512;
      this.#source = audio.createMediaStreamSource(new MediaStream([track]));
      this.#source.connect(this.#ear);
    });
  }

  value() {
    if (!this.#ear) return 0;
    this.#ear.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const s of this.#samples) sum += s * s;
    // Speech is around 0.05 to 0.2; the root spreads the quiet end so that a whisper moves the lamp.
    return Math.min(1, Math.sqrt(Math.sqrt(sum / this.#samples.length)) * 1.4);
  }
}
