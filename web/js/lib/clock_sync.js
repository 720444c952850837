/**
 * The server's clock as this page knows it: an offset from the page's monotonic clock, taken from answered pings.
 * Each answer bounds the offset to half its round trip; the tightest bound wins, and bounds that exclude each other
 * mean that a clock has jumped (sleep, a corrected server): then the newest one counts alone.
 */

/** How much two honest bounds may miss each other before a jump is assumed, in milliseconds. */
const SLACK_MS = 40;
/** Bounds older than this many answers are forgotten, so that drift cannot build up. */
const SAMPLES = 24;

/** Milliseconds that only ever grow, whatever the wall clock does. */
export function monotonic() {
  return performance.now();
}

export class ClockSync {
  /** @type {{offset: number, slack: number}[]} */
  #samples = [];
  #offset;

  /** @param {number} guessMs the server's time when the page was made, good enough until the first answer */
  constructor(guessMs) {
    this.#offset = guessMs - monotonic();
  }

  /** Whether an answer of the server has been heard. */
  get sure() {
    return this.#samples.length > 0;
  }

  /** The server's milliseconds since 1970. */
  now() {
    return monotonic() + this.#offset;
  }

  /**
   * Takes in an answer.
   * @param {number} askedAt monotonic milliseconds when the page asked
   * @param {number} serverMs the server's clock when it answered
   * @returns {boolean} true when the clock jumped
   */
  sample(askedAt, serverMs) {
    const heardAt = monotonic();
    const slack = Math.max(0, (heardAt - askedAt) / 2);
    const offset = serverMs - (askedAt + heardAt) / 2;
    const agrees = this.#samples.every((s) => Math.abs(s.offset - offset) <= s.slack + slack + SLACK_MS);
    const first = this.#samples.length === 0;
    if (!agrees) this.#samples = [];
    this.#samples.push({ offset, slack });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    const best = this.#samples.reduce((a, b) => (b.slack < a.slack ? b : a));
    const moved = Math.abs(best.offset - this.#offset);
    this.#offset = best.offset;
    return !agrees || (first && moved > 1000);
  }
}
