/**
 * What a session and a room have in common where they are lived: a line that comes back by itself, the server's clock, one tab of
 * several that is in it, the chat, and the words to the media engine. What is kept by the line is repeated on every new one.
 */

/** @import { ChatLine, Media } from "./protocol.js" */
/** @import { Wish } from "./room_protocol.js" */
/** @import { Link } from "./signal.js" */

import { ClockSync } from "../lib/clock_sync.js";
import { Emitter } from "../lib/emitter.js";
import { ChatLog } from "./chat_log.js";

/**
 * What both need of a line.
 * @typedef {object} AnyLine
 * @property {string} page
 * @property {Link} link
 * @property {(claim: boolean) => void} start
 * @property {() => void} stop
 * @property {(message: any) => void} say
 * @property {(key: string, message: any) => void} keep
 * @property {(key: string) => void} settle
 * @property {() => void} ask
 * @property {(type: any, ear: (value: any) => void) => unknown} on
 */

/**
 * @typedef {object} LivingEvents
 * @property {Link} link
 * @property {number} tick the server's milliseconds, about four times a second
 * @property {{line: ChatLine, fresh: boolean}} chat
 * @property {boolean} taken whether another tab is in it
 */

const TICK_MS = 250;

/**
 * @template {Record<string, any>} Events
 * @extends {Emitter<Events>}
 */
export class Living extends Emitter {
  taken = false;
  over = false;
  chat = new ChatLog();
  clock;
  #line;
  /** What is said of both, to ears of either. */
  #both = /** @type {Emitter<LivingEvents>} */ (/** @type {unknown} */ (this));
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {AnyLine} line @param {number} nowMs */
  constructor(line, nowMs) {
    super();
    this.#line = line;
    this.clock = new ClockSync(nowMs);
    line.on("link", (link) => this.#both.emit("link", link));
    line.on("welcome", ({ message, askedAt }) => {
      this.clock.sample(askedAt, message.now_ms);
      this.welcomed(message);
    });
    line.on("message", (message) => this.heard(message));
    line.on("taken", () => {
      this.taken = true;
      this.turnedAway();
      this.#both.emit("taken", true);
    });
  }

  /** The line is open, and the server has said how it stands. @param {any} _welcome */
  welcomed(_welcome) {}

  /** @param {any} _message */
  heard(_message) {}

  /** Another tab is in it from here on. */
  turnedAway() {}

  /** About four times a second, and whenever the clock has been set right. */
  tick() {
    this.#both.emit("tick", this.now());
  }

  /** @param {boolean} claim */
  start(claim) {
    this.#line.start(claim);
    this.#timer ??= setInterval(() => this.tick(), TICK_MS);
    document.addEventListener("visibilitychange", this.#lookAgain);
    window.addEventListener("pageshow", this.#lookAgain);
  }

  /** Takes the seat or chair back from another tab. */
  useHere() {
    this.taken = false;
    this.#both.emit("taken", false);
    this.#line.start(true);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    document.removeEventListener("visibilitychange", this.#lookAgain);
    window.removeEventListener("pageshow", this.#lookAgain);
    this.#line.stop();
  }

  get page() {
    return this.#line.page;
  }

  get link() {
    return this.#line.link;
  }

  now() {
    return this.clock.now();
  }

  /** Asks for the server's time and goes by it at once. */
  resync() {
    this.#line.ask();
    this.tick();
  }

  #lookAgain = () => {
    if (document.visibilityState === "visible") this.resync();
  };

  /** Who I am in the chat. @returns {{id: number, name: string}} */
  get writer() {
    return { id: 0, name: "" };
  }

  /** @param {string} text */
  say(text) {
    const id = crypto.randomUUID();
    const { id: from, name } = this.writer;
    const line = { id, from, name, text, at_ms: Math.round(this.now()) };
    this.chat.add(line);
    this.#line.keep(`chat ${id}`, { t: "chat", id, text });
    this.#both.emit("chat", { line, fresh: true });
  }

  /** @param {ChatLine[]} lines */
  addLines(lines) {
    for (const line of lines) {
      const fresh = this.chat.add(line);
      this.#line.settle(`chat ${line.id}`);
      this.#both.emit("chat", { line, fresh });
    }
  }

  /** @param {Media} media */
  tellMedia(media) {
    this.#line.keep("media", { t: "media", media });
  }

  /** @param {number} n @param {string} sdp @param {boolean} anew */
  offer(n, sdp, anew) {
    this.#line.say({ t: "media_offer", n, sdp, anew });
  }

  /** @param {Wish[]} wishes */
  wish(wishes) {
    this.#line.say({ t: "media_wish", wishes });
  }
}
