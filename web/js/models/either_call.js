/**
 * The call of a session, whichever way it goes: from browser to browser, or through the server when three sit together. A
 * change of way is made before it is broken: the call before is shown until the next one has a picture of that person on
 * the way, and is given up only then.
 */

/** @import { IceServer, Seat, SignalData, ToPage } from "./protocol.js" */
/** @import { CallEvents, CallState } from "./call.js" */
/** @import { Lanes, Streams } from "./peer.js" */
/** @import { Wish } from "./room_protocol.js" */

import { Emitter } from "../lib/emitter.js";
import { Call } from "./call.js";
import { whenShown } from "./first_frame.js";
import { SfuCall } from "./sfu_call.js";

/** @typedef {"pair" | "asked" | "server"} Way */
/** @typedef {CallEvents & {way: "pair" | "server", trouble: string, reduced: boolean}} EitherEvents */

/** @extends {Emitter<EitherEvents>} */
export class EitherCall extends Emitter {
  /** @type {CallState} */
  state = "idle";
  #pair;
  /** @type {SfuCall | null} */
  #server = null;
  #offers;
  #shape;
  /** @type {"pair" | "server"} */
  #way = "pair";
  /** Which call each person is shown from. @type {Map<number, "pair" | "server">} */
  #from = new Map();
  /** @type {Map<number, () => void>} */
  #waiting = new Map();
  /** @type {RTCIceServer[]} */
  #ice = [];
  /** @type {Lanes} */
  #lanes = { voice: null, camera: null, screen: null };
  #line = true;
  /** @type {number[]} */
  #others = [];
  /** @type {number[]} */
  #met = [];

  /**
   * @param {string} page my page word
   * @param {(to: number, data: SignalData) => void} send
   * @param {{offer: (n: number, sdp: string, anew: boolean) => void, wish: (wishes: Wish[]) => void}} offers
   * @param {import("./sfu_offer.js").Shape} shape of the call through the server
   */
  constructor(page, send, offers, shape) {
    super();
    this.#offers = offers;
    this.#shape = shape;
    this.#pair = new Call(page, send);
    this.#pair.on("streams", ({ seat }) => this.#arrived(seat, "pair"));
    this.#pair.on("link", ({ seat, link }) => {
      if (this.#shown(seat) === "pair") this.emit("link", { seat, link });
      if (link === "connected") this.#arrived(seat, "pair");
    });
    this.#pair.on("code", (code) => this.emit("code", code));
    this.#pair.on("state", () => this.#tell());
  }

  /** @param {IceServer[]} ice */
  servers(ice) {
    this.#ice = ice;
    this.#pair.servers(ice);
    this.#server?.servers(ice);
  }

  /** @param {keyof Lanes} lane @param {MediaStreamTrack | null} track */
  carry(lane, track) {
    this.#lanes[lane] = track;
    this.#pair.carry(lane, track);
    this.#server?.carry(lane, track);
  }

  /** @param {"near" | "far"} closeness */
  closeness(closeness) {
    this.#pair.closeness(closeness);
  }

  /** @param {boolean} up */
  line(up) {
    this.#line = up;
    this.#pair.line(up);
    this.#server?.line(up);
  }

  /** @param {Seat | null} me @param {Seat[]} partners @param {Way} way */
  follow(me, partners, way) {
    const present = partners.filter((partner) => partner.left === null);
    this.#others = present.map((partner) => partner.booking);
    // While they are asked, the two go on as they were and the third waits; a page that is asked again stays where it is.
    const next = way === "asked" ? this.#way : way;
    if (next !== this.#way) this.#turn(next);
    if (this.#way === "pair") {
      const theirs = way === "asked" ? partners.filter((partner) => this.#met.includes(partner.booking)) : partners;
      if (way === "pair") this.#met = this.#others;
      this.#pair.follow(me, theirs);
    } else {
      if (me?.seated) this.#server?.open();
      // The call before is kept for whom it still shows.
      this.#pair.follow(me, partners.filter((partner) => this.#from.get(partner.booking) === "pair"));
    }
    for (const seat of [...this.#from.keys()]) if (!this.#others.includes(seat)) this.#forget(seat);
    this.#tell();
  }

  /** @param {number} from @param {SignalData} data */
  hear(from, data) {
    this.#pair.hear(from, data);
  }

  /** What the media engine says. @param {ToPage} said */
  engine(said) {
    if (said.t === "media_answer") this.#server?.answer(said.n, said.sdp);
    if (said.t === "media_refused") this.#server?.refused(said.n, said.sentence);
    if (said.t === "media_gone") this.#server?.gone();
    if (said.t === "media_slots") this.#server?.slots(said.slots);
    if (said.t === "quality") this.emit("reduced", said.reduced);
  }

  /** @param {number} seat @returns {Streams | null} */
  streams(seat) {
    return this.#shown(seat) === "server" ? (this.#server?.streams(seat) ?? null) : this.#pair.streams(seat);
  }

  /** How wide somebody is shown here. @param {number} seat @param {"camera" | "screen"} kind @param {number} width */
  want(seat, kind, width) {
    this.#server?.want(seat, kind, width);
  }

  async figures() {
    return this.#way === "server" && this.#server ? this.#server.figures() : this.#pair.figures();
  }

  close() {
    for (const stop of this.#waiting.values()) stop();
    this.#waiting.clear();
    this.#from.clear();
    this.#pair.close();
    this.#endServer();
    this.#tell();
  }

  /** @param {"pair" | "server"} way */
  #turn(way) {
    for (const seat of this.#others) {
      const shown = this.#shown(seat);
      if (shown !== way && this.streams(seat)) this.#from.set(seat, shown);
      else this.#from.delete(seat);
    }
    this.#way = way;
    if (way === "server") this.#server ??= this.#make();
    else if (this.#from.size === 0) this.#endServer();
    this.emit("way", way);
  }

  #make() {
    const call = new SfuCall({ shape: this.#shape, together: true, send: this.#offers });
    call.servers(this.#ice);
    for (const lane of /** @type {const} */ (["voice", "camera", "screen"])) call.carry(lane, this.#lanes[lane]);
    call.line(this.#line);
    call.on("streams", ({ who }) => this.#arrived(who, "server"));
    call.on("state", () => {
      for (const seat of this.#others) if (this.#shown(seat) === "server") this.emit("link", { seat, link: call.state });
      this.#tell();
    });
    call.on("refused", (sentence) => this.emit("trouble", sentence));
    return call;
  }

  #endServer() {
    const call = this.#server;
    this.#server = null;
    call?.close();
  }

  /** @param {number} seat */
  #shown(seat) {
    return this.#from.get(seat) ?? this.#way;
  }

  /** Something of somebody's streams has changed in one of the calls. @param {number} seat @param {"pair" | "server"} by */
  #arrived(seat, by) {
    if (this.#shown(seat) === by) return this.emit("streams", { seat, streams: this.streams(seat) });
    if (by !== this.#way) return;
    const streams = by === "server" ? (this.#server?.streams(seat) ?? null) : this.#pair.streams(seat);
    this.#waiting.get(seat)?.();
    this.#waiting.delete(seat);
    if (streams) this.#waiting.set(seat, whenShown(streams.main, () => this.#swap(seat)));
  }

  /** The new way shows them: the old one is not needed for them any more. @param {number} seat */
  #swap(seat) {
    this.#waiting.delete(seat);
    this.#from.delete(seat);
    this.emit("streams", { seat, streams: this.streams(seat) });
    if (this.#server) this.emit("link", { seat, link: this.#way === "server" ? this.#server.state : "connected" });
    if (this.#from.size > 0) return;
    if (this.#way === "server") this.#pair.close();
    else this.#endServer();
    this.#tell();
  }

  /** @param {number} seat */
  #forget(seat) {
    this.#waiting.get(seat)?.();
    this.#waiting.delete(seat);
    this.#from.delete(seat);
    this.emit("streams", { seat, streams: null });
    this.emit("link", { seat, link: "idle" });
    if (this.#way === "pair" && this.#from.size === 0) this.#endServer();
  }

  #tell() {
    const state = this.#way === "server" && this.#from.size === 0 ? (this.#server?.state ?? "idle") : this.#pair.state;
    if (state === this.state) return;
    this.state = state;
    this.emit("state", state);
  }
}

