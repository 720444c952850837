/**
 * A room as this page lives it: who is inside by the server's word, the shared clock, and what I mean to say. Wishes (to
 * be inside, my goal, my devices, my hand) are repeated on every new line; after a restart of the server that is what brings
 * the room back. Views listen and never ask the network.
 */

/** @import { ChatLine, IceServer } from "./protocol.js" */
/** @import { Person, RoomLine, RoomState, RoomTells, RoomWelcome } from "./room_protocol.js" */
/** @import { Beat, Rhythm } from "./beat.js" */

import { beatAt } from "./beat.js";
import { Living } from "./living.js";

/**
 * @typedef {object} TableEvents
 * @property {null} state
 * @property {boolean} inside I have come in, or am out again
 * @property {number} tick the server's milliseconds, about four times a second
 * @property {import("./signal.js").Link} link
 * @property {IceServer[]} ice
 * @property {RoomTells} media what the media engine says
 * @property {{line: ChatLine, fresh: boolean}} chat
 * @property {number} wave
 * @property {null} muted a moderator muted me
 * @property {{code: string, sentence: string}} refused
 * @property {{sentence: string, go: string}} over
 * @property {boolean} taken
 */

/** @extends {Living<TableEvents>} */
export class Table extends Living {
  /** @type {RoomState | null} */
  state = null;
  /** I am inside, by this page. */
  inside = false;
  #me;
  #line;
  #align;
  /** @type {Rhythm} */
  #rhythm;
  #run = "";
  #wanted = false;
  #goalKept = false;

  /** @param {{me: number, nowMs: number, rhythm: Rhythm, alignS: number, line: RoomLine}} door */
  constructor({ me, nowMs, rhythm, alignS, line }) {
    super(line, nowMs);
    this.#me = me;
    this.#line = line;
    this.#rhythm = rhythm;
    this.#align = alignS;
  }

  get id() {
    return this.#me;
  }

  /** @returns {Person | null} */
  get me() {
    return this.people.find((person) => person.who === this.#me) ?? null;
  }

  /** @returns {Person[]} */
  get people() {
    return this.state?.people ?? [];
  }

  /** @param {number} who */
  person(who) {
    return this.people.find((person) => person.who === who) ?? null;
  }

  /** Where the shared clock stands. @returns {Beat | null} */
  beat(now = this.now()) {
    return beatAt(this.state?.rhythm ?? this.#rhythm, this.#align, now);
  }

  comeIn() {
    this.#wanted = true;
    this.#line.keep("come", { t: "come" });
  }

  /** @param {string} text */
  setGoal(text) {
    this.#goalKept = true;
    this.#line.keep("goal", { t: "goal", text });
  }

  /** @param {boolean} up */
  hand(up) {
    this.#line.keep("hand", { t: "hand", up });
  }

  wave() {
    this.#line.say({ t: "wave" });
  }

  async leave() {
    this.over = true;
    this.#wanted = false;
    this.#line.settle("come");
    await this.#line.part({ t: "leave" });
  }

  get writer() {
    return { id: this.#me, name: this.me?.name ?? "" };
  }

  turnedAway() {
    this.#become(false);
  }

  /** @param {RoomWelcome} welcome */
  welcomed(welcome) {
    const restarted = this.#run !== "" && this.#run !== welcome.run;
    this.#run = welcome.run;
    if (restarted) this.state = null;
    this.addLines(welcome.chat);
    this.emit("ice", welcome.ice);
    this.#take(welcome.state, true);
    // A room that has just been made anew knows nobody yet; the wish to be inside is on its way again.
    if (!restarted) return;
    this.#giveBack();
    // The media engine went with the server: its connection is made anew at once, once I am inside again.
    setTimeout(() => this.emit("media", { t: "media_gone" }), 0);
  }

  #giveBack() {
    const lines = this.chat.mine(this.#me);
    if (this.#wanted && lines.length > 0) setTimeout(() => this.#line.say({ t: "give_back", lines }), 0);
  }

  /** @param {RoomTells} message */
  heard(message) {
    switch (message.t) {
      case "state":
        return this.#take(message.state, false);
      case "ice":
        return this.emit("ice", message.ice);
      case "pong":
        if (this.clock.sample(message.at, message.now_ms)) this.tick();
        return;
      case "chat":
        return this.addLines([message.line]);
      case "chat_all":
        return this.addLines(message.chat);
      case "wave":
        return this.emit("wave", message.from);
      case "muted":
        return this.emit("muted", null);
      case "media_answer":
      case "media_refused":
      case "media_gone":
      case "media_slots":
      case "speaking":
      case "quality":
        return this.emit("media", message);
      case "refused":
        if (message.code === "full") {
          this.#wanted = false;
          this.#line.settle("come");
          this.#become(false);
        }
        return this.emit("refused", message);
      case "over":
        this.over = true;
        this.#become(false);
        return this.emit("over", message);
    }
  }

  /** @param {RoomState} state @param {boolean} anew */
  #take(state, anew) {
    if (this.state && (anew ? state.rev < this.state.rev : state.rev <= this.state.rev)) return;
    this.state = state;
    const me = this.me;
    if (me?.page === this.page) {
      if (!this.#wanted) this.comeIn();
      // A goal of the page before a reload is this page's to repeat from here on.
      if (!this.#goalKept && me.goal) this.setGoal(me.goal);
      this.#become(true);
    }
    this.emit("state", null);
  }

  /** @param {boolean} inside */
  #become(inside) {
    if (this.inside === inside) return;
    this.inside = inside;
    this.emit("inside", inside);
  }
}
