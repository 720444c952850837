/**
 * The call: one peer for each partner's page that has sat down, none before I have. A partner's reload brings a new page
 * word and so a new peer; a seat that goes takes its peer with it; a lost signalling line takes nothing.
 */

/** @import { IceServer, Seat, SignalData } from "./protocol.js" */
/** @import { Lanes, Link, Streams } from "./peer.js" */

import { Emitter } from "../lib/emitter.js";
import { NOTHING } from "./figures.js";
import { Peer } from "./peer.js";

/** @typedef {"idle" | "connecting" | "connected" | "lost"} CallState */
/** @typedef {{state: CallState, streams: {seat: number, streams: Streams | null}, link: {seat: number, link: Link | "idle"}, code: {seat: number, code: string}, ask: null, silent: null}} CallEvents */
/** @typedef {{peer: Peer, page: string, n: number, order: number}} Known */

/** Messages kept for a page that the state has not named yet. */
const EARLY_MOST = 60;

/** @extends {Emitter<CallEvents>} */
export class Call extends Emitter {
  /** @type {CallState} */
  state = "idle";
  /** @type {Map<number, Known>} */
  #peers = new Map();
  /** @type {Map<number, SignalData[]>} */
  #early = new Map();
  #page;
  #send;
  /** @type {RTCIceServer[]} */
  #ice = [];
  /** @type {Lanes} */
  #lanes = { voice: null, camera: null, screen: null };
  /** @type {"near" | "far"} */
  #closeness = "near";
  #line = true;
  /** Fresh credentials are awaited, to look for a better way with. */
  #renewing = false;
  /** @type {Seat | null} */
  #me = null;
  /** One for all connections of this page, made before the first is needed. @type {RTCCertificate | null} */
  #certificate = null;

  /**
   * @param {string} page my page word
   * @param {(to: number, data: SignalData) => void} send
   */
  constructor(page, send) {
    super();
    this.#page = page;
    this.#send = send;
    this.#warm();
  }

  /** What a browser does once, at its first connection, is done while the person is still in the lobby. */
  async #warm() {
    if (!window.RTCPeerConnection) return;
    try {
      this.#certificate = await RTCPeerConnection.generateCertificate(/** @type {EcKeyGenParams} */ ({ name: "ECDSA", namedCurve: "P-256" }));
      new RTCPeerConnection({ certificates: [this.#certificate] }).close();
    } catch {
      this.#certificate = null;
    }
  }

  /** @param {IceServer[]} ice */
  servers(ice) {
    this.#ice = ice;
    for (const { peer } of this.#peers.values()) peer.refresh(ice);
    if (this.#renewing) for (const { peer } of this.#peers.values()) peer.restart();
    this.#renewing = false;
  }

  /** @param {keyof Lanes} lane @param {MediaStreamTrack | null} track */
  carry(lane, track) {
    this.#lanes[lane] = track;
    for (const { peer } of this.#peers.values()) peer.carry(lane, track);
  }

  /** @param {"near" | "far"} closeness */
  closeness(closeness) {
    this.#closeness = closeness;
    for (const { peer } of this.#peers.values()) peer.closeness(closeness);
  }

  /** @param {boolean} up whether signalling works */
  line(up) {
    this.#line = up;
    for (const { peer } of this.#peers.values()) peer.line(up);
  }

  /**
   * Follows the seats as the server tells them. A connection is made when both sit; it is given up only for a reason: the
   * seat went, or another page holds it. A server that has just started and knows of nobody sitting is no reason.
   * @param {Seat | null} me
   * @param {Seat[]} partners
   */
  follow(me, partners) {
    this.#me = me;
    for (const [seat, known] of [...this.#peers]) {
      const partner = partners.find((p) => p.booking === seat);
      const elsewhere = partner && partner.page !== "" && partner.page !== known.page;
      if (!partner || partner.left !== null || elsewhere) this.#drop(seat);
    }
    const sitting = me?.seated && me.page === this.#page;
    for (const partner of partners) {
      if (!sitting || !partner.seated || partner.page === "" || partner.left !== null) continue;
      const known = this.#peers.get(partner.booking);
      if (known) known.order = partner.order;
      else this.#meet(partner);
    }
    this.#tell();
  }

  /** @param {number} from @param {SignalData} data */
  hear(from, data) {
    if (!data || typeof data.page !== "string" || (data.for && data.for !== this.#page)) return;
    if (!data.description && !data.candidate && !data.key && !data.back) return;
    const known = this.#peers.get(from);
    if (!known || known.page !== data.page) {
      const early = this.#early.get(from) ?? [];
      if (early.length < EARLY_MOST) early.push(data);
      this.#early.set(from, early);
      return;
    }
    const n = data.n ?? 1;
    // Who was away cannot know that the connection was made anew meanwhile.
    if (n < known.n && !data.back) return;
    if (n > known.n) this.#again(from, known, n, false);
    this.#peers.get(from)?.peer.hear(data);
  }

  /** @param {number} seat */
  streams(seat) {
    return this.#peers.get(seat)?.peer.streams ?? null;
  }

  /** @param {number} seat @returns {Link | "idle"} */
  link(seat) {
    return this.#peers.get(seat)?.peer.link ?? "idle";
  }

  /** How the call is going. */
  async figures() {
    const connected = [...this.#peers.values()].find(({ peer }) => peer.link === "connected");
    return connected ? connected.peer.figures() : NOTHING;
  }

  /** With the next credentials, which are asked for here, each connection looks for a better way. */
  renew() {
    this.#renewing = true;
    this.emit("ask", null);
  }

  close() {
    for (const seat of [...this.#peers.keys()]) this.#drop(seat);
    this.#early.clear();
    this.#tell();
  }

  /** @param {Seat} partner */
  #meet(partner) {
    const first = (this.#me?.order ?? 0) > partner.order;
    this.#connect(partner.booking, partner.page, partner.order, 1, first);
    const early = (this.#early.get(partner.booking) ?? []).filter((data) => data.page === partner.page);
    this.#early.delete(partner.booking);
    for (const data of early) this.hear(partner.booking, data);
  }

  /**
   * A connection beyond repair is made anew, with the next number, by whoever noticed first.
   * @param {number} seat @param {Known} known @param {number} n @param {boolean} first
   */
  #again(seat, known, n, first) {
    this.#drop(seat);
    this.#connect(seat, known.page, known.order, n, first);
  }

  /** @param {number} seat @param {string} page @param {number} order @param {number} n @param {boolean} first */
  #connect(seat, page, order, n, first) {
    const peer = new Peer({
      polite: (this.#me?.booking ?? 0) > seat,
      first,
      ice: this.#ice,
      certificate: this.#certificate,
      lanes: this.#lanes,
      send: (data) => this.#send(seat, { page: this.#page, for: page, n, ...data }),
    });
    const known = { peer, page, n, order };
    this.#peers.set(seat, known);
    peer.closeness(this.#closeness);
    peer.line(this.#line);
    peer.on("link", (link) => {
      this.emit("link", { seat, link });
      this.#tell();
    });
    peer.on("streams", (streams) => this.emit("streams", { seat, streams }));
    peer.on("silent", () => this.emit("silent", null));
    peer.on("code", (code) => this.emit("code", { seat, code }));
    peer.on("stuck", () => {
      if (this.#peers.get(seat) === known && (this.#me?.order ?? 0) > known.order) this.#again(seat, known, n + 1, true);
    });
    if (peer.streams) this.emit("streams", { seat, streams: peer.streams });
    this.emit("link", { seat, link: peer.link });
  }

  /** @param {number} seat */
  #drop(seat) {
    this.#peers.get(seat)?.peer.close();
    this.#peers.delete(seat);
    this.emit("streams", { seat, streams: null });
    this.emit("link", { seat, link: "idle" });
  }

  #tell() {
    const links = [...this.#peers.values()].map(({ peer }) => peer.link);
    /** @type {CallState} */
    const state = links.length === 0 ? "idle" : links.includes("connected") ? "connected" : links.includes("lost") ? "lost" : "connecting";
    if (state === this.state) return;
    this.state = state;
    this.emit("state", state);
  }
}
