/**
 * Notices a call through the server that has brought no picture for long although somebody is to be seen: the connection says
 * that it holds, sound and reports may even come, and still every picture stands. First what is wished is said anew, which makes the
 * server begin with a whole picture; then the connection is made anew, by another way from the ground up. Seldom and only so often, each
 * page at its own moment: it may be the other side that sends nothing, which no connection of mine mends.
 */

const LOOK_MS = 1000;
/** A busy browser, a slow line or a change of layers lets a picture stand for less. */
const WISH_MS = 5000;
/** After so long it is made anew, and after so long again, up to half as much later. */
const ANEW_MS = [8000, 20_000, 60_000];
/** Pictures that came for so long after it was mended make what comes then another case. */
const WELL_MS = 30_000;

export class Standing {
  #due;
  #wish;
  #anew;
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  #frames = 0;
  /** Since when there is to be a picture and none has come. */
  #since = 0;
  #wished = false;
  #tries = 0;
  #mendedAt = 0;
  /** How long this stand may last. */
  #patience = Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} with_
   * @param {() => number} with_.due how many times the usual patience a picture deserves that is to come; 0: none is
   * @param {() => void} with_.wish says anew what is wished
   * @param {() => void} with_.anew makes the connection anew
   */
  constructor({ due, wish, anew }) {
    this.#due = due;
    this.#wish = wish;
    this.#anew = anew;
  }

  /** Watches that connection from here on. @param {RTCPeerConnection} pc */
  watch(pc) {
    if (this.#pc === pc) return;
    this.#pc = pc;
    this.#frames = 0;
    this.#calm();
    this.#later();
  }

  /** Watches none, until the next. */
  rest() {
    clearTimeout(this.#timer);
    this.#pc = null;
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }

  /** From now on it may stand for a while again. */
  #calm() {
    this.#since = performance.now();
    this.#wished = false;
    const pause = ANEW_MS[this.#tries];
    this.#patience = pause === undefined ? Infinity : pause * (1 + Math.random() / 2);
  }

  async #look() {
    const pc = this.#pc;
    if (!pc) return;
    const frames = await decoded(pc).catch(() => null);
    if (this.#pc !== pc) return;
    this.#later();
    const moves = frames !== null && frames !== this.#frames;
    this.#frames = frames ?? this.#frames;
    const now = performance.now();
    if (moves && this.#tries > 0 && now - this.#mendedAt >= WELL_MS) this.#tries = 0;
    const due = this.#due();
    if (moves || due === 0) return this.#calm();
    const stood = (now - this.#since) / due;
    if (stood >= WISH_MS && !this.#wished) {
      this.#wished = true;
      this.#wish();
    }
    if (stood < this.#patience) return;
    this.#tries += 1;
    this.#mendedAt = now;
    this.#anew();
  }
}

/** Pictures that have come in so far. @param {RTCPeerConnection} pc */
async function decoded(pc) {
  let frames = 0;
  for (const entry of (await pc.getStats()).values()) if (entry.type === "inbound-rtp" && entry.kind === "video") frames += entry.framesDecoded ?? 0;
  return frames;
}
