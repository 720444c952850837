/**
 * Notices a picture that stands still although its packets arrive: after a short cut a browser may wait seconds before it
 * asks again for the key frame that it lost, so the page asks for it by itself.
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

/** What came on one stream; `gap`: nothing came for a while; `since`: packets come again, and still no picture. */
/** @typedef {{packets: number, frames: number, gap: boolean, since: number | null}} Came */

export class StallWatch {
  #pc;
  #ask;
  /** @type {Map<string, Came>} */
  #known = new Map();
  #alertSince = 0;
  #asked = 0;
  #asks = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {RTCPeerConnection} pc @param {() => void} ask asks the other side for a key frame */
  constructor(pc, ask) {
    this.#pc = pc;
    this.#ask = ask;
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
    for (const entry of (await this.#pc.getStats()).values()) {
      if (entry.type !== "inbound-rtp" || entry.kind !== "video") continue;
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
    if (!quiet) this.#asks = 0;
    if (still && this.#asks < ASKS_MOST && now - this.#asked >= ASK_EVERY_MS) {
      this.#asked = now;
      this.#asks += 1;
      this.#ask();
    }
    if (!quiet) this.#alertSince = now;
    this.#later(quiet && now - this.#alertSince < ALERT_MOST_MS ? ALERT_MS : CALM_MS);
  }
}
