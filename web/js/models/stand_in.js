/**
 * The line of the test session: a server and a partner inside the page. It speaks the same protocol as the real line, keeps
 * its own clock, which can be moved on to the next bell, and calls the page through a real connection that never leaves it. After the hello
 * the page's own picture and voice take the partner's place: they go to the server and come back, as they would to a partner.
 */

/** @import { ChatLine, FromPage, Goal, Media, Seat, State, ToPage, Welcome } from "./protocol.js" */
/** @import { Line } from "./session.js" */

import { monotonic } from "../lib/clock_sync.js";
import { Emitter } from "../lib/emitter.js";
import { post } from "../lib/form.js";
import { Call } from "./call.js";
import { StandInPicture } from "./stand_in_picture.js";
import { GOALS_MS } from "./timer.js";

const ME = 1;
const ROBIN = 2;
const LENGTH_S = 25 * 60;
const BREAK_S = 5 * 60;
/** From the seat to the first bell, and to the end of the hello, if nobody skips. */
const START_S = 6;
const HELLO_MS = 40_000;
/** How long Robin is a drawing before my own picture comes back from the server instead. */
const ECHO_AFTER_MS = 9000;
/** What is left of the focus after a skip: enough to hear the bell come. */
const BELL_IN_MS = 6000;

/** @implements {Line} @extends {Emitter<import("./signal.js").SignalEvents>} */
export class StandIn extends Emitter {
  page = crypto.randomUUID();
  /** @type {import("./signal.js").Link} */
  link = "connecting";
  #base;
  #rev = 0;
  #nonces = 0;
  #picture = new StandInPicture();
  /** Robin's end of the call. */
  #call = new Call("stand-in", (_to, data) => this.#tell({ t: "signal", from: ROBIN, data }));
  /** @type {Seat} */
  #me;
  /** @type {Seat} */
  #robin;
  #skippedHello = false;
  /** My own picture and voice come back through the server. */
  #echo = false;
  /** @type {Set<ReturnType<typeof setTimeout>>} */
  #later = new Set();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #pulse;
  #stopped = false;

  /** @param {{name: string, zone: string, nowMs: number, partner: string}} who */
  constructor({ name, zone, nowMs, partner }) {
    super();
    this.#base = nowMs - monotonic();
    const starts = Math.floor(nowMs / 1000) + 9 * 60;
    this.#me = seat(ME, name, zone, starts);
    this.#robin = { ...seat(ROBIN, partner, zone, starts), sessions: 40, here: true, page: "stand-in", begins: true, media: { mic: true, camera: "on", screen: false, trouble: null } };
    this.#me.here = true;
    this.#me.page = this.page;
    this.#call.carry("camera", this.#picture.camera);
  }

  start() {
    this.#stopped = false;
    this.#after(0, () => {
      this.link = "open";
      this.emit("link", "open");
      /** @type {Welcome} */
      const message = { t: "welcome", now_ms: this.#now(), run: "test", you: ME, state: this.#state(), chat: [], ice: [] };
      this.emit("welcome", { message, askedAt: monotonic() });
    });
    this.#pulse ??= setInterval(() => this.#watch(), 500);
  }

  stop() {
    this.#stopped = true;
    clearInterval(this.#pulse);
    for (const timer of this.#later) clearTimeout(timer);
    this.#call.close();
    this.#picture.stop();
  }

  /** @param {FromPage} message */
  say(message) {
    // Nothing arrives in the same breath on a real line either.
    this.#after(0, () => this.#hear(message));
  }

  /** @param {string} _key @param {FromPage} message */
  keep(_key, message) {
    this.say(message);
  }

  settle() {}

  doubt() {}

  ask() {
    const at = monotonic();
    this.#after(0, () => this.emit("message", { t: "pong", at, now_ms: this.#now() }));
  }

  async part() {
    return true;
  }

  /** Moves the clock on to the next thing worth hearing. */
  skip() {
    const now = this.#now();
    const start = this.#me.starts_at * 1000;
    const target = now < start ? start : now < start + GOALS_MS ? start + GOALS_MS : this.#me.ends_at * 1000 - BELL_IN_MS;
    if (target <= now) return;
    this.#base += target - now;
    this.emit("message", { t: "pong", at: monotonic(), now_ms: this.#now() });
  }

  #now() {
    return monotonic() + this.#base;
  }

  /** @returns {State} */
  #state() {
    this.#rev += 1;
    return structuredClone({ session: 1, rev: this.#rev, seats: [this.#me, this.#robin], call: this.#echo ? "server" : "pair", news: null, promised: false, came: null, lounge: null });
  }

  #change() {
    const state = this.#state();
    this.#call.follow(this.#robin, [this.#me]);
    this.#tell({ t: "state", state });
  }

  /** @param {ToPage} message */
  #tell(message) {
    this.#after(0, () => {
      if (message.t !== "taken_over") this.emit("message", message);
    });
  }

  /** @param {number} ms @param {() => void} act */
  #after(ms, act) {
    const timer = setTimeout(() => {
      this.#later.delete(timer);
      if (!this.#stopped) act();
    }, ms);
    this.#later.add(timer);
  }

  /** @param {FromPage} message */
  #hear(message) {
    switch (message.t) {
      case "sit": return this.#sit();
      case "media": return this.#media(message.media);
      case "goals": return this.#goals(message.goals, message.nonce);
      case "mark": return this.#mark(message.goal, message.outcome, message.nonce);
      case "chat": return this.#chat(message.id, message.text);
      case "away":
        this.#me.away_until_ms = message.minutes === null ? null : this.#now() + message.minutes * 60_000;
        return this.#change();
      case "media_offer": return this.#offer(message.n, message.sdp);
      case "signal": return this.#call.hear(ME, message.data);
      case "high_five":
        this.#tell({ t: "high_five", from: ME, both: false });
        this.#picture.mood = "cheer";
        return this.#after(1100, () => this.#tell({ t: "high_five", from: ROBIN, both: true }));
    }
  }

  /** @param {number} starts */
  #begin(starts) {
    for (const one of [this.#me, this.#robin]) Object.assign(one, { starts_at: starts, ends_at: starts + LENGTH_S, closes_at: starts + LENGTH_S + BREAK_S });
    this.#change();
  }

  #sit() {
    if (this.#me.seated) return;
    this.#me.seated = true;
    this.#me.order = 1;
    this.#begin(Math.ceil(this.#now() / 1000) + START_S);
    this.#after(900, () => {
      this.#robin.seated = true;
      this.#robin.order = 2;
      this.#picture.voice((track) => this.#call.carry("voice", track));
      this.#change();
    });
    this.#after(ECHO_AFTER_MS, () => {
      this.#echo = true;
      this.#change();
    });
    this.#after(4000, () => this.#speak(`Hello ${this.#me.name}. I'm ${this.#robin.name}, the stand-in: a drawing inside this page. In a moment you see yourself instead.`));
  }

  /** The one question that leaves the page: whether the server sends back what it gets. @param {number} n @param {string} sdp */
  async #offer(n, sdp) {
    const answer = await post("/test-session/media", { sdp });
    if (this.#stopped) return;
    if (answer.ok) {
      this.#tell({ t: "media_answer", n, sdp: String(answer.sdp) });
      this.#tell({ t: "media_slots", slots: [{ mid: "3", who: ROBIN, kind: "voice" }, { mid: "4", who: ROBIN, kind: "camera" }] });
      return this.#speak("That is you now: your picture and voice have been to the server and back, as a partner would get them.");
    }
    this.#tell({ t: "media_refused", n, sentence: answer.sentence });
    this.#echo = false;
    this.#change();
  }

  /** @param {Media} media */
  #media(media) {
    this.#me.media = media;
    this.#change();
  }

  /** @param {Goal[]} goals @param {number} nonce */
  #goals(goals, nonce) {
    this.#me.goals = goals.filter((goal) => goal.text.trim() !== "");
    this.#tell({ t: "saved", nonce });
    this.#change();
    if (this.#robin.goals.length > 0) return;
    this.#after(1500, () => {
      this.#robin.goals = [{ text: "Water the fern", outcome: null }, { text: "Write three lines of the letter", outcome: null }];
      this.#change();
    });
  }

  /** @param {number} goal @param {Goal["outcome"]} outcome @param {number} nonce */
  #mark(goal, outcome, nonce) {
    const mine = this.#me.goals[goal];
    if (mine) mine.outcome = outcome;
    this.#tell({ t: "saved", nonce });
    this.#change();
  }

  /** @param {string} id @param {string} text */
  #chat(id, text) {
    this.#tell({ t: "chat", line: this.#line(id, this.#me, text) });
    this.#after(1800, () => this.#speak("Got it. With a real partner this stays between the two of you, and is gone when the room closes."));
  }

  /** @param {string} text */
  #speak(text) {
    this.#nonces += 1;
    this.#tell({ t: "chat", line: this.#line(`robin-${this.#nonces}`, this.#robin, text) });
  }

  /** @param {string} id @param {Seat} from @param {string} text @returns {ChatLine} */
  #line(id, from, text) {
    return { id, from: from.booking, name: from.name, text, at_ms: Math.round(this.#now()) };
  }

  /** What the partner does by itself as time goes on. */
  #watch() {
    const now = this.#now();
    const start = this.#me.starts_at * 1000;
    if (!this.#me.seated) {
      // The trial waits for as long as somebody looks around in the lobby.
      if (start - now < 60_000) this.#begin(Math.floor(now / 1000) + 9 * 60);
      return;
    }
    if (!this.#skippedHello && now > start + HELLO_MS && now < start + GOALS_MS) {
      this.#skippedHello = true;
      return this.skip();
    }
    const ended = now > this.#me.ends_at * 1000;
    if (this.#picture.mood !== "cheer") this.#picture.mood = now > start + GOALS_MS && !ended ? "work" : "hello";
    if (ended && this.#robin.goals.every((goal) => goal.outcome === null) && this.#robin.goals.length > 0) {
      this.#robin.goals = this.#robin.goals.map((goal, n) => ({ ...goal, outcome: n === 0 ? "done" : "partly" }));
      this.#change();
    }
  }
}

/** @param {number} booking @param {string} name @param {string} zone @param {number} starts @returns {Seat} */
function seat(booking, name, zone, starts) {
  return {
    booking, name, zone, sessions: 0, starts_at: starts, ends_at: starts + LENGTH_S, closes_at: starts + LENGTH_S + BREAK_S, minutes: LENGTH_S / 60,
    task: "anything", quiet: false, camera_off_ok: false, mic_muted: false, sharing: false, title: "", here: false, seated: false, sat: false, page: "", order: 0,
    goals: [], media: { mic: false, camera: "off", screen: false, trouble: null }, away_until_ms: null, late_minutes: null, left: null, no_show: false,
    begins: false, met_before: false, agreed: true, joins: false, by_itself: false,
  };
}
