/**
 * Notices what a short cut of the network leaves behind. A picture that stands still although its packets arrive: a browser
 * may wait seconds before it asks again for the key frame that it lost, so the page asks by itself. And the first sound or
 * picture after a silence: what went the other way meanwhile was most likely lost as well, so my own picture begins anew
 * without being asked.
 */

/** How often it looks: seldom while pictures come, often once packets stayed away. */
const CALM_MS = 1000;
const ALERT_MS = 200;
/** A partner without camera sends nothing either: after so long of looking often it is calm again. */
const ALERT_MOST_MS = 60_000;
/** Packets without a picture for this long mean that the key frame was lost. */
const STILL_MS = 400;
const ASK_EVERY_MS = 1000;
/** Asked so often in vain, it is something else: padding without a picture, say. */
const ASKS_MOST = 5;

/** Nothing at all, not even sound, for this long is a cut. */
const SILENCE_MS = 400;

/** What came on one stream; `gap`: nothing came for a while; `since`: packets come again, and still no picture. */
/** @typedef {{packets: number, frames: number, gap: boolean, since: number | null}} Came */

export class StallWatch {
  #pc;
  #ask;
  #again;
  #total = 0;
  /** @type {number | null} */
  #silentSince = null;
  /** @type {Map<string, Came>} */
  #known = new Map();
  #alertSince = 0;
  #asked = 0;
  #asks = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {RTCPeerConnection} pc
   * @param {() => void} ask asks the other side for a key frame
   * @param {() => void} again something comes again after a silence
   */
  constructor(pc, ask, again) {
    this.#pc = pc;
    this.#ask = ask;
    this.#again = again;
  }

  start() {
    if (this.#timer === undefined) this.#later(CALM_MS);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {number} ms */
  #later(ms) {
    this.#timer = setTimeout(() => this.#look().catch(() => {}), ms);
  }

  async #look() {
    const now = performance.now();
    let quiet = false;
    let still = false;
    let total = 0;
    for (const entry of (await this.#pc.getStats()).values()) {
      if (entry.type !== "inbound-rtp") continue;
      total += entry.packetsReceived ?? 0;
      if (entry.kind !== "video") continue;
      const last = this.#known.get(entry.id);
      const [packets, frames] = [entry.packetsReceived ?? 0, entry.framesDecoded ?? 0];
      const stands = last !== undefined && frames === last.frames;
      const moving = last !== undefined && packets > last.packets;
      const gap = stands && (last.gap || !moving);
      const since = gap && (moving || last.since !== null) ? (last.since ?? now) : null;
      this.#known.set(entry.id, { packets, frames, gap, since });
      quiet ||= stands && frames > 0;
      still ||= since !== null && moving && now - since >= STILL_MS;
    }
    if (this.#timer === undefined) return;
    this.#listen(now, total);
    quiet ||= this.#silentSince !== null;
    if (!quiet) this.#asks = 0;
    if (still && this.#asks < ASKS_MOST && now - this.#asked >= ASK_EVERY_MS) {
      this.#asked = now;
      this.#asks += 1;
      this.#ask();
    }
    if (!quiet) this.#alertSince = now;
    this.#later(quiet && now - this.#alertSince < ALERT_MOST_MS ? ALERT_MS : CALM_MS);
  }

  /** @param {number} now @param {number} total packets of all streams so far */
  #listen(now, total) {
    if (total === this.#total) {
      this.#silentSince ??= now;
      return;
    }
    if (this.#silentSince !== null && now - this.#silentSince >= SILENCE_MS) this.#again();
    this.#total = total;
    this.#silentSince = null;
  }
}
