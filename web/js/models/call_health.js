/**
 * Looks at a call every few seconds: which way it goes and whether the way is too narrow. On a relay it has the direct way
 * tried again every few minutes, and at once when the machine's network changes; the call goes on by the relay meanwhile.
 */

/** @import { CallState } from "./call.js" */
/** @import { Figures } from "./figures.js" */

import { monotonic } from "../lib/clock_sync.js";
import { Emitter } from "../lib/emitter.js";
import { offNetwork, onNetwork } from "../lib/network.js";

/** @typedef {"direct" | "relay" | "server"} Kind */
/** @typedef {{kind: Kind, transport: "udp" | "tcp" | "tls"}} Way */
/** @typedef {{change: null}} HealthEvents */
/**
 * A call that can be looked at.
 * @typedef {object} Looked
 * @property {CallState} state
 * @property {"pair" | "server"} way
 * @property {() => Promise<Figures>} figures
 * @property {() => void} tryDirect
 * @property {(type: "state" | "way" | "reduced", ear: (value: any) => void) => unknown} on
 */

const LOOK_MS = 3000;
/** The direct way is tried again after so long on a relay, in milliseconds. */
const AGAIN_MS = 3 * 60_000;
/** A network that changes says so several times. */
const REST_MS = 2000;
/** A word that takes this long makes a talk halting, in milliseconds. */
const SLOW_MS = 700;
const LOSS = 0.08;
/** So many bad looks in a row are a weak connection, and so many good ones are none: every call begins small. */
const LOOKS = 3;

/** @extends {Emitter<HealthEvents>} */
export class CallHealth extends Emitter {
  /** @type {Way | null} */
  way = null;
  weak = false;
  #call;
  #first;
  /** @type {ReturnType<typeof setInterval>} */
  #timer;
  /** @type {Figures | null} */
  #last = null;
  #looks = 0;
  #reduced = false;
  #triedAt = monotonic();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #moving;

  /** @param {Looked} call @param {() => boolean} first whether it is on this page to try again from time to time */
  constructor(call, first) {
    super();
    this.#call = call;
    this.#first = first;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    call.on("state", () => this.#look());
    call.on("way", () => {
      this.#last = null;
      this.#reduced = false;
      this.#look();
    });
    call.on("reduced", (reduced) => {
      this.#reduced = reduced;
      this.#look();
    });
    onNetwork(this.#moved);
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#moving);
    offNetwork(this.#moved);
  }

  async #look() {
    if (this.#call.state !== "connected") return this.#say(null, false);
    const figures = await this.#call.figures();
    const { path } = figures;
    if (!path || this.#call.state !== "connected") return;
    const kind = this.#call.way === "server" ? "server" : path.relayed ? "relay" : "direct";
    const before = this.#last;
    this.#last = figures;
    const came = before ? figures.received - before.received : 0;
    const lost = before ? figures.lost - before.lost : 0;
    const bad = this.#reduced || figures.starved || (figures.rttMs ?? 0) > SLOW_MS || (came + lost > 50 && lost / (came + lost) > LOSS);
    this.#looks = bad === this.weak ? 0 : this.#looks + 1;
    const weak = this.#looks >= LOOKS ? bad : this.weak;
    if (this.way?.kind !== kind) this.#triedAt = monotonic();
    this.#say({ kind, transport: path.transport }, weak);
    if (kind === "relay" && this.#first() && monotonic() - this.#triedAt > AGAIN_MS) this.#again();
  }

  #again() {
    this.#triedAt = monotonic();
    this.#call.tryDirect();
  }

  /** The machine may have another address by now: what was impossible before may work. */
  #moved = () => {
    clearTimeout(this.#moving);
    this.#moving = setTimeout(() => {
      if (navigator.onLine && this.way?.kind === "relay") this.#again();
    }, REST_MS);
  };

  /** @param {Way | null} way @param {boolean} weak */
  #say(way, weak) {
    const same = way?.kind === this.way?.kind && way?.transport === this.way?.transport && weak === this.weak;
    this.way = way;
    this.weak = weak;
    if (!same) this.emit("change", null);
  }
}
