/**
 * The bells: two soft notes at the start, a low one before the end, a bowl at the end. They are synthesized, and handed to
 * the audio clock ahead of time, so that a tab in the background, whose timers are slowed, rings to the second. A bell
 * that time has jumped over rings at once if it is not long past; each bell rings once.
 */

/** @import { Bell, BellKind } from "./timer.js" */

import { awake } from "../lib/audio.js";
import { Emitter } from "../lib/emitter.js";
import { kept } from "../lib/storage.js";

/** @typedef {"bowl" | "wood" | "glass"} Sound */
/** @typedef {{sound: Sound, volume: number, silent: boolean}} ChimeSettings */

/** Background timers may sleep for a minute: what is due before they wake twice is scheduled now. */
const AHEAD_MS = 150_000;
/** A bell that was missed by no more than this still rings. */
const LATE_MS = 90_000;
/** Clocks that differ less than this are left in peace. */
const DRIFT_MS = 60;

/** Partials of each voice: frequency ratio, loudness, seconds to fade. @type {Record<Sound, [number, number, number][]>} */
const VOICES = {
  bowl: [[1, 0.6, 3.4], [2.71, 0.24, 2.2], [5.15, 0.1, 1.2], [1.004, 0.3, 3.6]],
  wood: [[1, 0.9, 0.5], [2.4, 0.2, 0.18], [4.1, 0.08, 0.09]],
  glass: [[1, 0.55, 1.8], [2.0, 0.22, 1.3], [3.01, 0.14, 0.9], [4.2, 0.05, 0.5]],
};

/** Notes of each bell: frequency, seconds after the first, loudness, stretch of the fading. @type {Record<BellKind, [number, number, number, number][]>} */
const SCORES = {
  start: [[523.25, 0, 0.7, 0.7], [783.99, 0.42, 0.7, 1]],
  warning: [[440, 0, 0.45, 0.6]],
  end: [[261.63, 0, 1, 1.7], [392, 0.9, 0.5, 1.5], [523.25, 1.8, 0.5, 1.8]],
};

/** @extends {Emitter<{rung: BellKind}>} */
export class Chime extends Emitter {
  /** @type {ChimeSettings} */
  settings = { sound: "bowl", volume: 0.6, silent: false, ...kept.read("chime", {}) };
  /** @type {Map<string, {gain: GainNode, at: number}>} */
  #planned = new Map();
  /** @type {Set<string>} */
  #rung = new Set();
  /** @type {number | null} */
  #before = null;

  /** @param {Partial<ChimeSettings>} change */
  set(change) {
    this.settings = { ...this.settings, ...change };
    kept.write("chime", this.settings);
    this.#forgetPlans();
  }

  /**
   * Called at every tick and whenever clock or times change.
   * @param {Bell[]} bells
   * @param {number} now the server's milliseconds
   */
  follow(bells, now) {
    const before = this.#before ?? now;
    this.#before = now;
    const wanted = new Set(bells.map(key));
    for (const [name] of this.#planned) if (!wanted.has(name)) this.#unplan(name);
    for (const bell of bells) this.#attend(bell, before, now);
  }

  /** Rings a bell for the ear to judge. @param {BellKind} kind */
  sample(kind) {
    const audio = awake();
    if (audio) this.#play(audio, kind, audio.currentTime + 0.02);
  }

  /** @param {Bell} bell @param {number} before @param {number} now */
  #attend(bell, before, now) {
    const name = key(bell);
    if (this.#rung.has(name)) return;
    if (bell.at <= now) {
      const sounded = this.#sounded(name);
      this.#rung.add(name);
      // A page that was opened after the bell has not missed it.
      if (before >= bell.at || now - bell.at > LATE_MS) return this.#unplan(name);
      if (!sounded) {
        this.#unplan(name);
        this.#now(bell.kind);
      } else this.#planned.delete(name);
      this.emit("rung", bell.kind);
    } else if (bell.at - now <= AHEAD_MS) this.#plan(bell, now);
    else this.#unplan(name);
  }

  /** Whether the audio clock has already begun this bell. @param {string} name */
  #sounded(name) {
    const plan = this.#planned.get(name);
    const audio = awake();
    return Boolean(plan && audio && audio.currentTime >= plan.at - DRIFT_MS / 1000);
  }

  /** @param {BellKind} kind */
  #now(kind) {
    const audio = awake();
    if (audio && !this.settings.silent) this.#play(audio, kind, audio.currentTime + 0.02);
  }

  /** @param {Bell} bell @param {number} now */
  #plan(bell, now) {
    const audio = awake();
    if (!audio || this.settings.silent) return;
    const name = key(bell);
    const at = audio.currentTime + (bell.at - now) / 1000;
    const plan = this.#planned.get(name);
    if (plan && Math.abs(plan.at - at) * 1000 < DRIFT_MS) return;
    this.#unplan(name);
    this.#planned.set(name, { gain: this.#play(audio, bell.kind, at), at });
  }

  #forgetPlans() {
    for (const [name] of [...this.#planned]) this.#unplan(name);
  }

  /** @param {string} name */
  #unplan(name) {
    this.#planned.get(name)?.gain.disconnect();
    this.#planned.delete(name);
  }

  /** @param {AudioContext} audio @param {BellKind} kind @param {number} at @returns {GainNode} */
  #play(audio, kind, at) {
    const out = audio.createGain();
    out.gain.value = this.settings.volume * this.settings.volume;
    out.connect(audio.destination);
    const voice = VOICES[this.settings.sound] ?? VOICES.bowl;
    for (const [frequency, after, loudness, stretch] of SCORES[kind]) {
      for (const [ratio, share, fade] of voice) {
        const seconds = fade * stretch;
        const tone = audio.createOscillator();
        const swell = audio.createGain();
        tone.frequency.value = frequency * ratio;
        swell.gain.setValueAtTime(0, at + after);
        swell.gain.linearRampToValueAtTime(loudness * share * 0.6, at + after + 0.012);
        swell.gain.exponentialRampToValueAtTime(0.0001, at + after + 0.012 + seconds);
        tone.connect(swell).connect(out);
        tone.start(at + after);
        tone.stop(at + after + seconds + 0.1);
      }
    }
    return out;
  }
}

/** @param {Bell} bell */
function key(bell) {
  return `${bell.kind}@${bell.at}`;
}
