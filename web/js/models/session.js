/**
 * A session as this page lives it: what the server last said, by the server's clock, and what I mean to say. Wishes (seat,
 * goals, marks, devices) are repeated on every new line until the server has them; views listen and never ask the network.
 */

/** @import { ChatLine, Goal, IceServer, Outcome, Seat, SignalData, State, ToPage, Welcome } from "./protocol.js" */
/** @import { Phase, Times } from "./timer.js" */

import { monotonic } from "../lib/clock_sync.js";
import { Living } from "./living.js";
import { phaseAt } from "./timer.js";

/**
 * What a session needs of its line; `Signal` is the real one, the stand-in of the test session another.
 * @typedef {object} Line
 * @property {string} page
 * @property {import("./signal.js").Link} link
 * @property {(claim: boolean) => void} start
 * @property {() => void} stop
 * @property {(message: import("./protocol.js").FromPage) => void} say
 * @property {(key: string, message: import("./protocol.js").FromPage) => void} keep
 * @property {(key: string) => void} settle
 * @property {() => void} ask
 * @property {() => void} doubt
 * @property {(message: import("./protocol.js").FromPage) => Promise<boolean>} part
 * @property {import("./signal.js").Signal["on"]} on
 */

/**
 * @typedef {object} SessionEvents
 * @property {null} state something about the seats changed
 * @property {Phase} phase
 * @property {number} tick the server's milliseconds, about four times a second
 * @property {import("./signal.js").Link} link
 * @property {IceServer[]} ice
 * @property {{from: number, data: SignalData}} signal
 * @property {ToPage} engine what the media engine says
 * @property {{line: ChatLine, fresh: boolean}} chat
 * @property {{from: number, both: boolean}} highFive
 * @property {{code: string, sentence: string}} refused
 * @property {{sentence: string, go: string}} over
 * @property {boolean} taken
 * @property {boolean} saved whether all of my goals and marks are safe
 */

/** A tick this late means that the machine slept or the clock was moved: the server is asked before anything is done. */
const GAP_MS = 3000;
const DOUBT_MS = 1500;

/** @extends {Living<SessionEvents>} */
export class Session extends Living {
  /** @type {State | null} */
  state = null;
  /** @type {Phase} */
  phase;
  /** I have taken my seat, in this tab. */
  seated = false;
  /** What I said to a call through the server; null until I was asked. @type {boolean | null} */
  agreed = null;
  /** While the server's relay has no room for this session: what it says. */
  relayFull = "";
  #booking;
  #times;
  #line;
  #run = "";
  #nonce = 0;
  /** @type {Map<number, string>} */
  #unsaved = new Map();
  /** What I last said about being away. */
  #away = false;
  #lastTick = monotonic();
  #doubtUntil = 0;

  /**
   * @param {object} door
   * @param {number} door.booking
   * @param {Times} door.times until the server says more
   * @param {number} door.nowMs
   * @param {Line} door.line
   */
  constructor({ booking, times, nowMs, line }) {
    super(line, nowMs);
    this.#booking = booking;
    this.#times = times;
    this.#line = line;
    this.phase = phaseAt(times, nowMs);
  }

  /** @returns {Times} */
  get times() {
    return this.me ?? this.#times;
  }

  /** My own seat, once the server has told it. @returns {Seat | null} */
  get me() {
    return this.state?.seats.find((seat) => seat.booking === this.#booking) ?? null;
  }

  /** @returns {Seat[]} */
  get partners() {
    return this.state?.seats.filter((seat) => seat.booking !== this.#booking) ?? [];
  }

  /** Who is to come back while I am offered company: away for a moment, or at a page beside an empty chair. @returns {Seat[]} */
  get awaited() {
    return this.state?.lounge ? this.partners.filter((seat) => seat.left === null && seat.here) : [];
  }

  /** The one partner that the words on the page are about. @returns {Seat | null} */
  get partner() {
    const all = this.partners;
    return all.find((seat) => seat.left === null) ?? all[0] ?? null;
  }

  /** Who is still of the session, or the one who was. @returns {Seat[]} */
  get company() {
    const present = this.partners.filter((seat) => seat.left === null);
    return present.length > 0 ? present : this.partners.slice(0, 1);
  }

  sit() {
    this.seated = true;
    // Who sits down beside two has read in the lobby where the pictures go.
    if (this.company.length >= 2) this.agree(true);
    this.#line.keep("sit", { t: "sit" });
    this.emit("state", null);
  }

  /** @param {Goal[]} goals */
  setGoals(goals) {
    const nonce = this.#next("goals");
    this.#line.keep("goals", { t: "goals", goals, nonce });
  }

  /** @param {number} goal @param {Outcome | null} outcome */
  mark(goal, outcome) {
    const nonce = this.#next(`mark ${goal}`);
    this.#line.keep(`mark ${goal}`, { t: "mark", goal, outcome, nonce });
  }

  /** @param {number | null} minutes */
  away(minutes) {
    this.#away = minutes !== null;
    this.#line.keep("away", { t: "away", minutes });
  }

  /** @param {number} minutes */
  late(minutes) {
    this.#line.keep("late", { t: "late", minutes });
  }

  /** Which way the call goes. */
  get way() {
    return this.state?.call ?? "pair";
  }

  /** A call of three goes through the server: whether I agree. @param {boolean} yes */
  agree(yes) {
    this.agreed = yes;
    this.#line.keep("agree", { t: "agree", yes });
    this.emit("state", null);
  }

  /** The call is between two again: a third would be a new question. */
  forgetAgreement() {
    this.agreed = null;
    this.#line.keep("agree", { t: "agree", yes: null });
  }

  /** Yes to the company I was offered. @param {import("./protocol.js").Offer} offer */
  sitWith({ n, kind }) {
    // The offer of a free chair says where the pictures of three go.
    if (kind === "joins") this.agreed = true;
    this.#line.say({ t: "sit_with", offer: n });
  }

  /** @param {boolean} yes */
  stayAlone(yes) {
    this.#line.keep("alone", { t: "stay_alone", yes });
  }

  /** Whether somebody is at this page: told only while company may be taken by itself. @param {boolean} visible @param {number} idleMs */
  tellAttention(visible, idleMs) {
    this.#line.say({ t: "attention", visible, idle_ms: Math.round(idleMs) });
  }

  /** Asks for fresh credentials of the relay. */
  askIce() {
    this.#line.say({ t: "ice" });
  }

  highFive() {
    this.#line.say({ t: "high_five" });
  }

  /** @param {number} to @param {SignalData} data */
  signal(to, data) {
    this.#line.say({ t: "signal", to, data });
  }

  /** @param {string} note */
  async leave(note) {
    this.over = true;
    await this.#line.part({ t: "leave", note });
  }

  /** @param {string} key */
  #next(key) {
    this.#nonce += 1;
    for (const [nonce, other] of this.#unsaved) if (other === key) this.#unsaved.delete(nonce);
    this.#unsaved.set(this.#nonce, key);
    this.emit("saved", false);
    return this.#nonce;
  }

  get writer() {
    return { id: this.#booking, name: this.me?.name ?? "" };
  }

  /** @param {Welcome} welcome */
  welcomed(welcome) {
    this.#booking = welcome.you;
    const restarted = this.#run !== "" && this.#run !== welcome.run;
    this.#run = welcome.run;
    // The server counts its changes anew after a restart.
    if (restarted || (this.state && this.state.session !== welcome.state.session)) this.state = null;
    this.addLines(welcome.chat);
    if (restarted) {
      const lines = this.chat.mine(welcome.you);
      if (lines.length > 0) this.#line.say({ t: "give_back", lines });
    }
    this.emit("ice", welcome.ice);
    this.#take(welcome.state, true);
    // The media engine went with the server: a connection to it is made anew at once, once I sit again.
    if (restarted) setTimeout(() => this.emit("engine", { t: "media_gone" }), 0);
  }

  /** @param {ToPage} message */
  heard(message) {
    switch (message.t) {
      case "state":
        return this.#take(message.state, false);
      case "ice":
        this.relayFull = message.full ?? "";
        return this.emit("ice", message.ice);
      case "pong":
        this.#doubtUntil = 0;
        if (this.clock.sample(message.at, message.now_ms)) this.tick();
        return;
      case "saved":
        return this.#settle(message.nonce);
      case "signal":
        return this.emit("signal", { from: message.from, data: message.data });
      case "media_answer":
      case "media_refused":
      case "media_gone":
      case "media_slots":
      case "speaking":
      case "quality":
        return this.emit("engine", message);
      case "chat":
        return this.addLines([message.line]);
      case "chat_all":
        return this.addLines(message.chat);
      case "high_five":
        return this.emit("highFive", message);
      case "refused":
        if (message.nonce !== null) this.#settle(message.nonce);
        this.#forget(message.code);
        return this.emit("refused", message);
      case "over":
        this.over = true;
        return this.emit("over", message);
    }
  }

  /** A refused wish is not repeated on the next line. @param {string} code */
  #forget(code) {
    for (const key of ["late", "away"]) if (code === key) this.#line.settle(key);
  }

  /** @param {number} nonce */
  #settle(nonce) {
    const key = this.#unsaved.get(nonce);
    if (!key) return;
    this.#unsaved.delete(nonce);
    this.#line.settle(key);
    if (this.#unsaved.size === 0) this.emit("saved", true);
  }

  /** @param {State} state @param {boolean} anew */
  #take(state, anew) {
    if (this.state && (anew ? state.rev < this.state.rev : state.rev <= this.state.rev)) return;
    this.state = state;
    const me = this.me;
    if (me?.late_minutes != null) this.#line.settle("late");
    if (me && (me.away_until_ms !== null) === this.#away) this.#line.settle("away");
    this.emit("state", null);
    this.tick();
  }

  tick() {
    const monotonicNow = monotonic();
    const gap = monotonicNow - this.#lastTick;
    this.#lastTick = monotonicNow;
    if (gap > GAP_MS && this.#line.link === "open") {
      this.#doubtUntil = monotonicNow + DOUBT_MS;
      this.#line.ask();
    }
    if (monotonicNow < this.#doubtUntil) return;
    const now = this.now();
    const phase = phaseAt(this.times, now);
    if (phase !== this.phase) {
      this.phase = phase;
      this.emit("phase", phase);
    }
    super.tick();
  }
}
