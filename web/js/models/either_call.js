/**
 * The call of a session, whichever way it goes: from browser to browser, or through the server when three sit together. A
 * change of way is made before it is broken: the call before is shown until the next one has a picture of that person, and
 * carries on until the other page says that it shows me by the next one too.
 *
 * **While a third is a question, the connection to the server is made ready and nothing is sent by it**: before my own yes not even
 * an offer, and after it neither voice nor picture before all have agreed.
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

/** The players of the page change over, in milliseconds, before the call before ends. */
const CHANGE_OVER_MS = 1600;
const LANES = /** @type {const} */ (["voice", "camera", "screen"]);
/** Who says nothing by then is not waited for. */
const PATIENCE_MS = 8000;

/** @extends {Emitter<EitherEvents>} */
export class EitherCall extends Emitter {
  /** @type {CallState} */
  state = "idle";
  #pair;
  /** @type {SfuCall | null} */
  #server = null;
  /** The call through the server is made ready for what may come. */
  #early = false;
  #offers;
  #page;
  #send;
  #shape;
  /** @type {"pair" | "server"} */
  #way = "pair";
  /** Who is still shown by the call before, and by which. @type {Map<number, "pair" | "server">} */
  #from = new Map();
  /** With whom there was a call before. @type {Set<number>} */
  #before = new Set();
  /** Who of them shows me by the next one already. @type {Set<number>} */
  #done = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ending;
  /** How wide people are shown, for a call that is made later. @type {Map<string, [number, "camera" | "screen", number]>} */
  #widths = new Map();
  /** @type {Map<number, () => void>} */
  #waiting = new Map();
  /** @type {RTCIceServer[]} */
  #ice = [];
  /** @type {Lanes} */
  #lanes = { voice: null, camera: null, screen: null };
  #line = true;
  /** @type {number[]} */
  #others = [];
  /** Whose camera is on. @type {number[]} */
  #cameras = [];
  /** @type {number[]} */
  #met = [];
  /** I said yes to a call through the server. */
  #agreed = false;

  /**
   * @param {string} page my page word
   * @param {(to: number, data: SignalData) => void} send
   * @param {{offer: (n: number, sdp: string, anew: boolean) => void, wish: (wishes: Wish[]) => void}} offers
   * @param {import("./sfu_offer.js").Shape} shape of the call through the server
   */
  constructor(page, send, offers, shape) {
    super();
    this.#page = page;
    this.#send = send;
    this.#offers = offers;
    this.#shape = shape;
    this.#pair = new Call(page, send);
    this.#pair.on("streams", ({ seat }) => this.#arrived(seat, "pair"));
    this.#pair.on("link", ({ seat, link }) => {
      if (this.#shown(seat) === "pair") this.emit("link", { seat, link });
      if (link === "connected") this.#arrived(seat, "pair");
    });
    this.#pair.on("code", (code) => this.emit("code", code));
    this.#pair.on("ask", () => this.emit("ask", null));
    this.#pair.on("silent", () => this.emit("silent", null));
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
    if (!this.#early) this.#server?.carry(lane, track);
  }

  /** @param {"near" | "far"} closeness */
  closeness(closeness) {
    this.#pair.closeness(closeness);
  }

  /** @param {boolean} up */
  line(up) {
    this.#line = up;
    this.#pair.line(up);
    this.#server?.line(up && (!this.#early || this.#agreed));
  }

  /** @param {Seat | null} me @param {Seat[]} partners @param {Way} way */
  follow(me, partners, way) {
    const present = partners.filter((partner) => partner.left === null);
    const before = this.#others;
    this.#others = present.map((partner) => partner.booking);
    this.#cameras = present.filter((partner) => partner.here && partner.media.camera !== "off").map((partner) => partner.booking);
    this.#server?.cameras(this.#way === "server" ? this.#cameras : []);
    this.#agreed = Boolean(me?.agreed);
    // While they are asked, the two go on as they were and the third waits; a page that is asked again stays where it is.
    const next = way === "asked" ? this.#way : way;
    if (next !== this.#way) {
      // Nobody calls a third who has not been seen for long: two go on between them.
      const called = present.filter((partner) => next === "server" || partner.seated || partner.here).map((partner) => partner.booking);
      this.#turn(next, called);
      for (const seat of before) if (!called.includes(seat)) this.#forget(seat);
    }
    for (const seat of new Set([...this.#from.keys(), ...this.#before])) if (!this.#others.includes(seat)) this.#forget(seat);
    if (this.#way === "pair") {
      if (way === "pair") this.#met = me?.seated ? present.filter((partner) => partner.seated).map((partner) => partner.booking) : [];
      this.#pair.follow(me, way === "pair" ? partners : this.#two(me, partners));
      this.#prepare(way === "asked" && Boolean(me?.seated) && [me, ...present].every((seat) => seat?.agreed !== false));
    } else {
      // What a page may send through the server it may send only with its own word given anew.
      if (me?.seated && me.agreed) this.#server?.open();
      this.#pair.follow(me, partners.filter((partner) => this.#before.has(partner.booking)));
    }
    this.#settle();
    this.#tell();
  }

  /** @param {boolean} open nobody has said no so far */
  #prepare(open) {
    if (this.#early && !open) return this.#endServer();
    if (open && !this.#server) {
      this.#early = true;
      this.#server = this.#make();
      this.#server.open();
    }
    if (this.#early) this.#server?.line(this.#line && this.#agreed);
  }

  /** Between whom a call of two goes on while others are asked. @param {Seat | null} me @param {Seat[]} partners */
  #two(me, partners) {
    if (me?.joins) return [];
    if (partners.some((partner) => partner.joins)) return partners.filter((partner) => !partner.joins);
    return partners.filter((partner) => this.#met.includes(partner.booking));
  }

  /** @param {number} from @param {SignalData} data */
  hear(from, data) {
    if (data.shown) {
      if (data.shown === this.#way) this.#done.add(from);
      this.#settle();
    } else if (this.#way === "pair" || this.#before.has(from)) this.#pair.hear(from, data);
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
    this.#widths.set(`${kind} ${seat}`, [seat, kind, width]);
    this.#server?.want(seat, kind, width);
  }

  get way() {
    return this.#way;
  }

  /** A call of two that is relayed looks for a direct way with fresh credentials. */
  tryDirect() {
    if (this.#way === "pair") this.#pair.renew();
  }

  async figures() {
    return this.#way === "server" && this.#server ? this.#server.figures() : this.#pair.figures();
  }

  close() {
    for (const stop of this.#waiting.values()) stop();
    this.#waiting.clear();
    this.#from.clear();
    this.#before.clear();
    clearTimeout(this.#ending);
    this.#pair.close();
    this.#endServer();
    this.#tell();
  }

  /** @param {"pair" | "server"} way @param {number[]} called who takes part in it from here on */
  #turn(way, called) {
    clearTimeout(this.#ending);
    for (const stop of this.#waiting.values()) stop();
    this.#waiting.clear();
    this.#before.clear();
    this.#done.clear();
    for (const seat of called) {
      const shown = this.#shown(seat);
      if (this.streams(seat)) this.#before.add(seat);
      if (shown !== way && this.streams(seat)) this.#from.set(seat, shown);
      else this.#from.delete(seat);
    }
    this.#way = way;
    if (way === "server") this.#begin();
    this.#ending = setTimeout(() => this.#end(), PATIENCE_MS);
    this.emit("way", way);
    if (way === "server") this.#linked(called);
  }

  /** The call through the server carries me from here on. */
  #begin() {
    this.#early = false;
    this.#server ??= this.#make();
    this.#server.line(this.#line);
    for (const lane of LANES) this.#server.carry(lane, this.#lanes[lane]);
    this.#server.cameras(this.#cameras);
  }

  #make() {
    const call = new SfuCall({ shape: this.#shape, together: true, send: this.#offers });
    call.servers(this.#ice);
    for (const [seat, kind, width] of this.#widths.values()) call.want(seat, kind, width);
    call.line(this.#line && (!this.#early || this.#agreed));
    call.on("streams", ({ who }) => this.#arrived(who, "server"));
    call.on("state", () => {
      this.#linked(this.#others);
      this.#tell();
    });
    call.on("silent", () => this.emit("silent", null));
    call.on("refused", (sentence) => {
      // Nobody waits for it: it was only made ready, or the two are back from browser to browser.
      if (this.#early || this.#way !== "server") this.#endServer();
      else this.emit("trouble", sentence);
    });
    return call;
  }

  /** How the call through the server is, for each of them. @param {number[]} seats */
  #linked(seats) {
    const link = this.#server?.state ?? "idle";
    for (const seat of seats) {
      if (this.#shown(seat) === "server") this.emit("link", { seat, link });
      if (link === "connected") this.#arrived(seat, "server");
    }
  }

  #endServer() {
    const call = this.#server;
    this.#server = null;
    this.#early = false;
    call?.close();
  }

  /** @param {number} seat */
  #shown(seat) {
    return this.#from.get(seat) ?? this.#way;
  }

  /** Something of somebody's streams has changed in one of the calls. @param {number} seat @param {"pair" | "server"} by */
  #arrived(seat, by) {
    if (this.#shown(seat) === by) return this.emit("streams", { seat, streams: this.streams(seat) });
    if (by !== this.#way || !this.#from.has(seat)) return;
    const call = by === "server" ? this.#server : this.#pair;
    const streams = call?.streams(seat) ?? null;
    this.#waiting.get(seat)?.();
    this.#waiting.delete(seat);
    const carries = by === "server" ? this.#server?.state === "connected" : this.#pair.link(seat) === "connected";
    if (streams && carries) this.#waiting.set(seat, whenShown(streams.main, () => this.#swap(seat)));
  }

  /** The next way shows them: the one before is not needed for them here any more. @param {number} seat */
  #swap(seat) {
    this.#waiting.delete(seat);
    this.#from.delete(seat);
    this.emit("streams", { seat, streams: this.streams(seat) });
    this.emit("link", { seat, link: this.#way === "server" ? (this.#server?.state ?? "idle") : "connected" });
    this.#send(seat, { page: this.#page, shown: this.#way });
    this.#settle();
    this.#tell();
  }

  /** Ends the call before when nobody is shown by it, here or there. */
  #settle() {
    if (this.#before.size === 0 || this.#from.size > 0 || [...this.#before].some((seat) => !this.#done.has(seat))) return;
    clearTimeout(this.#ending);
    this.#ending = setTimeout(() => this.#end(), CHANGE_OVER_MS);
  }

  /** The call before ends, unless it is all that shows somebody. */
  #end() {
    clearTimeout(this.#ending);
    if (this.#from.size > 0) {
      this.#ending = setTimeout(() => this.#end(), PATIENCE_MS);
      return;
    }
    this.#before.clear();
    if (this.#way === "server") this.#pair.close();
    else if (!this.#early) this.#endServer();
    this.#tell();
  }

  /** @param {number} seat */
  #forget(seat) {
    this.#waiting.get(seat)?.();
    this.#waiting.delete(seat);
    this.#from.delete(seat);
    this.#before.delete(seat);
    this.emit("streams", { seat, streams: null });
    this.emit("link", { seat, link: "idle" });
  }

  #tell() {
    const by = this.#from.values().next().value ?? this.#way;
    const state = by === "server" ? (this.#server?.state ?? "idle") : this.#pair.state;
    if (state === this.state) return;
    this.state = state;
    this.emit("state", state);
  }
}

