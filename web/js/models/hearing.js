/**
 * Notices within a second that nothing comes in by a connection any more, which a browser admits only after five or more: whoever
 * sends hears at least what the other side has to say about it. First the page's line is doubted, which may have been cut as
 * well; then another way is asked for, at once when the line is back or the browser tells of another network, and else
 * after a while. Asked seldom, and only so often: what stays silent is mended by the connection's own clock.
 */

import { offNetwork, onNetwork } from "../lib/network.js";

const LOOK_MS = 250;
/** So long without a packet of any kind makes the line doubtful. */
const QUIET_MS = 700;
/** A line that is back, or another network, makes so much silence suspicious. */
const SUSPECT_MS = 300;
/** Nothing told of a change, and still nothing comes. */
const UNHEARD_MS = 2200;
/** A browser tells of another network a moment before it knows the address that it has there. */
const SETTLE_MS = 150;
/**
 * What a search for a way may take before it is begun once more: Chromium learns of its address in another network two and a half seconds
 * late, and adds it to a search that is under way.
 */
const AGAIN_MS = [3000, 4000, 5000];
/** What a search that has just begun finds out, another would not find out better. */
const JUST_MS = 500;

export class Hearing {
  #pc;
  #doubt;
  #renew;
  /** By how much this side lets the other begin, in milliseconds. */
  #after;
  /** Bytes that came by each pair of addresses. @type {Map<string, number>} */
  #came = new Map();
  /** When something last came; `null` before anything did. @type {number | null} */
  #heardAt = null;
  #doubted = false;
  #tries = 0;
  #triedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;

  /**
   * @param {RTCPeerConnection} pc
   * @param {object} with_
   * @param {() => void} with_.doubt the line may be cut as well
   * @param {() => boolean} with_.renew looks for another way; says whether it could
   * @param {number} [with_.after] by how much the other side may begin before this one, in milliseconds
   */
  constructor(pc, { doubt, renew, after = 0 }) {
    this.#pc = pc;
    this.#doubt = doubt;
    this.#renew = renew;
    this.#after = after;
  }

  start() {
    if (this.#timer !== undefined) return;
    onNetwork(this.#moved);
    this.#later();
  }

  stop() {
    offNetwork(this.#moved);
    clearTimeout(this.#timer);
    clearTimeout(this.#soon);
    this.#timer = undefined;
  }

  /** The line is there again: if nothing comes in, another way is looked for at once. */
  lineIsBack() {
    this.#renewIn(this.#after);
  }

  /** A search for a way has begun, on whichever side. */
  searching() {
    clearTimeout(this.#soon);
    this.#triedAt = performance.now();
  }

  #later() {
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }

  /** The addresses may be others now, and what was looked for before had those from before. */
  #moved = () => this.#renewIn(SETTLE_MS);

  /** @param {number} ms */
  #renewIn(ms) {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(async () => {
      await this.#listen().catch(() => {});
      if (this.#silence() >= SUSPECT_MS && performance.now() - this.#triedAt >= JUST_MS) this.#try();
    }, ms);
  }

  async #look() {
    // A browser that can't answer for once is asked again.
    await this.#listen().catch(() => {});
    if (this.#timer === undefined) return;
    this.#later();
    const silence = this.#silence();
    if (silence >= QUIET_MS && !this.#doubted) {
      this.#doubted = true;
      this.#doubt();
    }
    const pause = AGAIN_MS[this.#tries];
    if (pause === undefined || silence < UNHEARD_MS + this.#after || performance.now() - this.#triedAt < pause + this.#after) return;
    this.#try();
  }

  #try() {
    if (this.#timer === undefined || !this.#renew()) return;
    this.#tries += 1;
    this.searching();
  }

  /** For how long nothing has come, in milliseconds. */
  #silence() {
    return this.#heardAt === null ? 0 : performance.now() - this.#heardAt;
  }

  async #listen() {
    let more = false;
    for (const entry of (await this.#pc.getStats()).values()) {
      if (entry.type !== "candidate-pair") continue;
      const bytes = entry.bytesReceived ?? 0;
      more ||= bytes > (this.#came.get(entry.id) ?? 0);
      this.#came.set(entry.id, bytes);
    }
    if (!more) return;
    this.#heardAt = performance.now();
    this.#doubted = false;
    this.#tries = 0;
  }
}
