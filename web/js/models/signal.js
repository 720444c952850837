/**
 * The page's line to the server: opened, watched by pings, opened again. What must arrive is kept under a key and said
 * again on each new line until it is settled; everything else is said once. A line counts as open when `welcome` came.
 */

/** @import { FromPage, ToPage, Welcome } from "./protocol.js" */
/** @import { Transport } from "./transport.js" */

import { monotonic } from "../lib/clock_sync.js";
import { Emitter } from "../lib/emitter.js";
import { offNetwork, onNetwork } from "../lib/network.js";
import { post, SocketTransport, StreamTransport } from "./transport.js";

const PING_MS = 2500;
/** The relay's credentials are good for two minutes: with every twentieth ping an open page asks for younger ones. */
const PINGS_PER_ICE = 20;
/** Pings without any answer after which the line is given up. */
const MISSED_MOST = 2;
/** After coming back to the page, or when the call has fallen silent, an open line has this long to prove itself. */
const PROOF_MS = 700;
/** Another network most likely has cut it. */
const CUT_PROOF_MS = 400;
/** A line that opens and is not welcomed is none. */
const WELCOME_MS = 5000;
const BACK_OFF_MS = [0, 200, 400, 600, 800, 1000];
/** Sockets refused before any ever opened, after which the event stream is tried. */
const REFUSED_MOST = 2;

/** @typedef {"connecting" | "open" | "lost"} Link */
/** @typedef {{link: Link, welcome: {message: Welcome, askedAt: number}, message: ToPage, taken: null}} SignalEvents */

/** @extends {Emitter<SignalEvents>} */
export class Signal extends Emitter {
  /** @type {Link} */
  link = "connecting";
  #path;
  /** Drawn once per page load, so that a call outlives its signalling. */
  page = crypto.randomUUID();
  /** @type {Transport | null} */
  #transport = null;
  /** @type {Map<string, FromPage>} */
  #kept = new Map();
  #claim = true;
  #greetedAt = 0;
  #tries = 0;
  #missed = 0;
  #pings = 0;
  #refused = 0;
  /** Whether any socket ever opened: then sockets work here. */
  #socketsWork = false;
  #streaming = false;
  #stopped = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #proof;
  /** When an open line has to have proven itself by. */
  #proofUntil = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #pulse;

  /** @param {string} path of the session, `/session/12` */
  constructor(path) {
    super();
    this.#path = path;
  }

  /** Opens the line. @param {boolean} claim whether this tab asks for the seat */
  start(claim) {
    this.#claim = claim;
    if (!this.#stopped) return;
    this.#stopped = false;
    onNetwork(this.#moved);
    document.addEventListener("visibilitychange", this.#hurry);
    window.addEventListener("pageshow", this.#shown);
    this.#pulse = setInterval(() => this.#ping(), PING_MS);
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    offNetwork(this.#moved);
    document.removeEventListener("visibilitychange", this.#hurry);
    window.removeEventListener("pageshow", this.#shown);
    clearInterval(this.#pulse);
    clearTimeout(this.#retry);
    clearTimeout(this.#proof);
    this.#transport?.close();
    this.#transport = null;
  }

  /** Says something once; lost when the line is. @param {FromPage} message */
  say(message) {
    if (this.link === "open") this.#transport?.send(message);
  }

  /**
   * Says something until it is settled; a newer message under the same key replaces it.
   * @param {string} key
   * @param {FromPage} message
   */
  keep(key, message) {
    this.#kept.delete(key);
    this.#kept.set(key, message);
    this.say(message);
  }

  /** @param {string} key */
  settle(key) {
    this.#kept.delete(key);
  }

  /** Asks for the server's time at once. */
  ask() {
    if (this.link === "open") this.#transport?.send({ t: "ping", at: monotonic() });
  }

  /** The last words of a page, by whatever road is open. @param {FromPage} message */
  async part(message) {
    return post(this.#path, this.page, [message]);
  }

  #connect() {
    clearTimeout(this.#retry);
    clearTimeout(this.#proof);
    this.#proofUntil = 0;
    if (this.#stopped) return;
    this.#transport?.close();
    this.#missed = 0;
    let opened = false;
    const streaming = this.#streaming;
    const ears = {
      opened: () => {
        opened = true;
        if (!streaming) this.#socketsWork = true;
        if (!this.#transport?.greets) {
          this.#greetedAt = monotonic();
          this.#transport?.send({ t: "hello", page: this.page, claim: this.#claim });
        }
        this.#proof = setTimeout(() => this.#drop(), WELCOME_MS);
      },
      heard: (/** @type {ToPage} */ message) => this.#heard(message),
      closed: () => {
        this.#transport = null;
        if (!opened) this.#turnedAway(streaming);
        this.#lost();
      },
    };
    this.#greetedAt = monotonic();
    this.#transport = streaming ? new StreamTransport(this.#path, this.page, this.#claim, ears) : new SocketTransport(this.#path, ears);
  }

  /** @param {boolean} streaming */
  #turnedAway(streaming) {
    if (this.#socketsWork) return;
    this.#refused += 1;
    // Neither road has ever opened: they take turns, because it may be the server that is away.
    if (!streaming && this.#refused >= REFUSED_MOST) this.#streaming = true;
    else if (streaming && this.#refused >= REFUSED_MOST + 2) {
      this.#streaming = false;
      this.#refused = 0;
    }
  }

  /** @param {ToPage} message */
  #heard(message) {
    this.#missed = 0;
    this.#proofUntil = 0;
    if (message.t === "welcome") {
      clearTimeout(this.#proof);
      this.#claim = false;
      this.#tries = 0;
      if (this.#streaming) this.#refused = 0;
      this.#become("open");
      this.emit("welcome", { message, askedAt: this.#greetedAt });
      for (const kept of [...this.#kept.values()]) this.say(kept);
      return;
    }
    clearTimeout(this.#proof);
    if (message.t === "taken_over") {
      this.stop();
      this.#become("lost");
      this.emit("taken", null);
      return;
    }
    this.emit("message", message);
  }

  #ping() {
    if (this.link !== "open") return;
    if (this.#missed >= MISSED_MOST) return this.#drop();
    this.#missed += 1;
    this.ask();
    this.#pings += 1;
    if (this.#pings % PINGS_PER_ICE === 0) this.say({ t: "ice" });
  }

  /** Gives the line up and opens another at once. */
  #drop() {
    this.#transport?.close();
    this.#transport = null;
    this.#lost();
  }

  #lost() {
    if (this.#stopped) return;
    clearTimeout(this.#proof);
    this.#become(this.link === "connecting" ? "connecting" : "lost");
    const wait = BACK_OFF_MS[Math.min(this.#tries, BACK_OFF_MS.length - 1)] ?? 1000;
    this.#tries += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), wait * (0.6 + Math.random() * 0.4));
  }

  /** Something else has broken off: an open line has to prove itself, because one that is dead would be noticed only after some pulses. */
  doubt(proofMs = PROOF_MS) {
    if (this.#stopped || this.link !== "open") return;
    const now = monotonic();
    // Whoever doubts a line that is doubted already gives it no more time.
    if (this.#proofUntil > now && this.#proofUntil <= now + proofMs) return;
    this.#proofUntil = now + proofMs;
    this.ask();
    this.#missed += 1;
    const before = this.#missed;
    clearTimeout(this.#proof);
    this.#proof = setTimeout(() => {
      if (this.#missed >= before) this.#drop();
    }, proofMs);
  }

  /** The person came back: no waiting for the next pulse. */
  #hurry = () => this.#look(PROOF_MS);

  /** The network is another. */
  #moved = () => this.#look(CUT_PROOF_MS);

  /** @param {number} proofMs */
  #look(proofMs) {
    if (this.#stopped || document.visibilityState === "hidden") return;
    if (this.link === "open") this.doubt(proofMs);
    else if (navigator.onLine && !this.#transport) {
      this.#tries = 0;
      this.#connect();
    }
  }

  /** A page out of the browser's back-and-forward store has lost its line. @param {PageTransitionEvent} event */
  #shown = (event) => {
    if (event.persisted) this.#hurry();
  };

  /** @param {Link} link */
  #become(link) {
    if (this.link === link) return;
    this.link = link;
    this.emit("link", link);
  }
}
