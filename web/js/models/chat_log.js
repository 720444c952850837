/** The lines of the chat, each once, in the order of the server's times. They live in the open pages only. */

/** @import { ChatLine, GivenLine } from "./protocol.js" */

export class ChatLog {
  /** @type {Map<string, ChatLine>} */
  #lines = new Map();

  /** @param {ChatLine} line @returns {boolean} whether it is new */
  add(line) {
    const known = this.#lines.get(line.id);
    this.#lines.set(line.id, line);
    return !known;
  }

  lines() {
    return [...this.#lines.values()].sort((a, b) => a.at_ms - b.at_ms);
  }

  /** What a page gives back to a restarted server: what that has told on, and to whom. @param {number} me @returns {GivenLine[]} */
  mine(me) {
    return this.lines().flatMap(({ id, from, text, at_ms, to }) => (from === me && to ? [{ id, text, at_ms, to }] : []));
  }
}
