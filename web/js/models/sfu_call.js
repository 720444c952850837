/**
 * A call of more than two, through the server: one connection, one offer and one answer; what is switched on or off later
 * only changes what a lane carries, and whom a slot shows is the server's word. A connection that breaks is mended by an
 * ICE restart, and made anew when that does not help, the server has let go of it, or no picture comes by it.
 */

/** @import { Slot, Wish } from "./room_protocol.js" */
/** @import { Lanes, Streams } from "./peer.js" */
/** @import { CallState } from "./call.js" */
/** @import { Lines, Shape } from "./sfu_offer.js" */

import { Emitter } from "../lib/emitter.js";
import { figuresOf, NOTHING } from "./figures.js";
import { Hearing } from "./hearing.js";
import { linesOf, quietVoice } from "./sfu_offer.js";
import { Standing } from "./standing.js";
import { tellWay } from "./way.js";

/** @typedef {{state: CallState, streams: {who: number, streams: Streams | null}, voices: MediaStream[], speaking: Set<number>, way: "server", reduced: boolean, refused: string, silent: null}} SfuEvents */

const PATIENCE_MS = 1500;
const MEND_EVERY_MS = 2600;
/** Mending in vain so often means that the connection itself is beyond repair. */
const MENDS_MOST = 3;
/** A window that is being drawn larger says so once. */
const WISH_MS = 250;
/** On a narrow way there is one only every few seconds, and it comes slowly. */
const REDUCED = 2;
/** A server that refuses may have room or its wits again after so long, up to half as much later. */
const ASK_AGAIN_MS = [5000, 15_000, 45_000];

/** @extends {Emitter<SfuEvents>} */
export class SfuCall extends Emitter {
  /** @type {CallState} */
  state = "idle";
  /** @type {"server"} there is no other */
  way = "server";
  #shape;
  #send;
  /** Voices ride with their camera (few people) or apart (whoever speaks has the slot). */
  #together;
  /** @type {RTCIceServer[]} */
  #ice = [];
  /** @type {Lanes} */
  #lanes = { voice: null, camera: null, screen: null };
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** @type {Hearing | null} */
  #hearing = null;
  /** When the connection was begun; `null` once it was told how long it took. @type {number | null} */
  #began = null;
  /** @type {Lines | null} */
  #lines = null;
  #n = 0;
  #anew = false;
  #line = true;
  #mends = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #mending;
  /** @type {Slot[]} */
  #slots = [];
  /** @type {Map<number, Streams>} */
  #streams = new Map();
  /** One stream for each slot, the same over the life of the connection. @type {Map<string, MediaStream>} */
  #ofSlot = new Map();
  /** @type {Map<string, number>} */
  #widths = new Map();
  /** @type {Map<string, string>} */
  #wished = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #wishing;
  /** Whose camera is on, as they say. @type {Set<number>} */
  #cameras = new Set();
  #reduced = false;
  #standing = new Standing({ due: () => (this.#someoneIsToBeSeen() ? (this.#reduced ? REDUCED : 1) : 0), wish: () => this.#wishAnew(), anew: () => this.#build(true) });
  #refusals = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #asking;

  /** @param {{shape: Shape, together: boolean, send: {offer: (n: number, sdp: string, anew: boolean) => void, wish: (wishes: Wish[]) => void}}} with_ */
  constructor({ shape, together, send }) {
    super();
    this.#shape = shape;
    this.#together = together;
    this.#send = send;
  }

  /** @param {RTCIceServer[]} all */
  servers(all) {
    // Some browsers swallow packets from an address that they know as a STUN server or a TURN server over UDP: the media engine's own.
    const useful = (/** @type {string} */ url) => url.startsWith("turns:") || url.includes("transport=tcp");
    const ice = all.map((server) => ({ ...server, urls: [server.urls].flat().filter(useful) })).filter((server) => server.urls.length > 0);
    this.#ice = ice;
    try {
      this.#pc?.setConfiguration({ ...this.#pc.getConfiguration(), iceServers: ice });
    } catch {
      // A browser that cannot change servers keeps those it has.
    }
  }

  /** @param {keyof Lanes} lane @param {MediaStreamTrack | null} track */
  carry(lane, track) {
    if (this.#lanes[lane] === track) return;
    this.#lanes[lane] = track;
    this.#lines?.up[lane].sender.replaceTrack(track).catch(() => {});
  }

  /** Makes the connection, if there is none. */
  open() {
    if (this.#pc || !window.RTCPeerConnection) return;
    this.#build(false);
  }

  close() {
    clearTimeout(this.#asking);
    this.#refusals = 0;
    this.#drop();
    this.slots([]);
    this.#become("idle");
  }

  /** Whether messages can be sent at the moment. @param {boolean} up */
  line(up) {
    const back = up && !this.#line;
    this.#line = up;
    if (!back || !this.#pc) return;
    // What was only made ready is begun here.
    if (this.#n === 0) this.#began = performance.now();
    if (this.state !== "connected" || this.#waits()) this.#mendIn(0);
    else this.#hearing?.lineIsBack();
  }

  /** @param {number} n @param {string} sdp */
  async answer(n, sdp) {
    const pc = this.#pc;
    if (!pc || n !== this.#n || !this.#waits()) return;
    try {
      await pc.setRemoteDescription({ type: "answer", sdp: quietVoice(sdp) });
    } catch (fault) {
      console.debug("answer not taken", fault);
      if (this.#pc === pc) this.#build(true);
    }
  }

  /** @param {number} n @param {string} sentence */
  refused(n, sentence) {
    if (n !== this.#n) return;
    this.#drop();
    this.#become("idle");
    const pause = ASK_AGAIN_MS[this.#refusals];
    clearTimeout(this.#asking);
    if (pause !== undefined) this.#asking = setTimeout(() => this.open(), pause * (1 + Math.random() / 2));
    this.#refusals += 1;
    // Whoever closes the call for it is not asked again.
    if (this.#refusals === 1) this.emit("refused", sentence);
  }

  /** The server has let go of this connection; of one that it has not answered yet it means the one before, which was closed here. */
  gone() {
    if (this.#pc?.remoteDescription) this.#build(true);
  }

  /** Whom each slot shows from here on. @param {Slot[]} slots */
  slots(slots) {
    this.#slots = slots;
    /** @type {Map<number, {voice?: string, camera?: string, screen?: string}>} */
    const by = new Map();
    for (const { mid, who, kind } of slots) by.set(who, { ...by.get(who), [kind]: mid });
    for (const who of [...this.#streams.keys()]) {
      if (by.has(who)) continue;
      this.#streams.delete(who);
      this.emit("streams", { who, streams: null });
    }
    for (const [who, mids] of by) {
      const streams = { main: this.#main(mids), screen: this.#slot(mids.screen) };
      const before = this.#streams.get(who);
      if (before?.main === streams.main && before.screen === streams.screen) continue;
      this.#streams.set(who, streams);
      this.emit("streams", { who, streams });
    }
    this.#wishSoon();
  }

  /** @param {number[]} who */
  speaking(who) {
    this.emit("speaking", new Set(who));
  }

  /** How wide somebody is shown here. @param {number} who @param {"camera" | "screen"} kind @param {number} width CSS pixels, 0 not at all */
  want(who, kind, width) {
    const key = `${kind} ${who}`;
    const rounded = Math.min(4000, Math.ceil(width / 16) * 16);
    if (this.#widths.get(key) === rounded) return;
    this.#widths.set(key, rounded);
    this.#wishSoon();
  }

  /** @param {number} who */
  streams(who) {
    return this.#streams.get(who) ?? null;
  }

  /** Whose camera is on: a picture of theirs is to come. @param {Iterable<number>} who */
  cameras(who) {
    this.#cameras = new Set(who);
  }

  /** What I am sent is made smaller, or is whole again. @param {boolean} reduced */
  reduced(reduced) {
    this.#reduced = reduced;
    this.emit("reduced", reduced);
  }

  /** Nothing is more direct than the server itself. */
  tryDirect() {}

  async figures() {
    return this.#pc ? figuresOf(this.#pc) : NOTHING;
  }

  /** @param {boolean} anew the connection before is given up */
  #build(anew) {
    this.#drop();
    this.slots([]);
    const pc = new RTCPeerConnection({ iceServers: this.#ice, bundlePolicy: "max-bundle" });
    this.#pc = pc;
    this.#hearing = new Hearing(pc, { doubt: () => this.emit("silent", null), renew: () => this.#renew() });
    this.#began = performance.now();
    this.#anew = anew;
    this.#lines = linesOf(pc, this.#shape);
    for (const lane of /** @type {const} */ (["voice", "camera", "screen"])) {
      const track = this.#lanes[lane];
      if (track) this.#lines.up[lane].sender.replaceTrack(track).catch(() => {});
    }
    pc.onconnectionstatechange = () => this.#watch();
    pc.oniceconnectionstatechange = () => this.#watch();
    this.#become("connecting");
    this.#mendIn(MEND_EVERY_MS * 2);
    this.#offer(false);
  }

  #drop() {
    clearTimeout(this.#mending);
    clearTimeout(this.#wishing);
    this.#wishing = undefined;
    const pc = this.#pc;
    this.#hearing?.stop();
    this.#hearing = null;
    this.#standing.rest();
    this.#reduced = false;
    this.#pc = null;
    this.#lines = null;
    this.#ofSlot.clear();
    this.#wished.clear();
    this.#mends = 0;
    if (!pc) return;
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    pc.close();
  }

  /** Whether an offer is unanswered. */
  #waits() {
    return this.#pc?.signalingState === "have-local-offer";
  }

  /** @param {boolean} restart */
  async #offer(restart) {
    const pc = this.#pc;
    if (!pc) return;
    try {
      if (!this.#waits()) {
        await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }));
        if (this.#pc !== pc) return;
        this.#hearing?.searching();
        if (!restart) this.#name();
      }
      const sdp = pc.localDescription?.sdp;
      if (!sdp || !this.#line) return;
      this.#n += 1;
      this.#send.offer(this.#n, sdp, this.#anew);
      this.#anew = false;
    } catch (fault) {
      if (this.#pc === pc) console.debug("no offer", fault);
    }
  }

  /** The slots have their names now. */
  #name() {
    const voices = [];
    for (const { kind, lane } of this.#lines?.down ?? []) {
      const stream = new MediaStream([lane.receiver.track]);
      if (lane.mid !== null) this.#ofSlot.set(lane.mid, stream);
      if (kind === "voice") voices.push(stream);
    }
    if (!this.#together) this.emit("voices", voices);
  }

  #watch() {
    const state = this.#pc?.connectionState;
    const ice = this.#pc?.iceConnectionState;
    if (state === "connected" && ice !== "disconnected" && ice !== "failed") {
      clearTimeout(this.#mending);
      this.#mends = 0;
      this.#become("connected");
      this.#refusals = 0;
      this.#hearing?.start();
      if (this.#pc) this.#standing.watch(this.#pc);
      if (this.#pc && this.#began !== null) tellWay(this.#pc, this.#began, "server");
      this.#began = null;
      this.#wishSoon();
    } else if (state === "failed" || ice === "failed") {
      this.#become("lost");
      this.#mendIn(0);
    } else if (ice === "disconnected") {
      this.#become("lost");
      this.#mendIn(PATIENCE_MS);
    }
  }

  /** Looks for another way because nothing comes by this one. */
  #renew() {
    if (!this.#pc || !this.#line) return false;
    this.#offer(true);
    return true;
  }

  /** @param {number} ms */
  #mendIn(ms) {
    clearTimeout(this.#mending);
    this.#mending = setTimeout(() => this.#mend(), ms);
  }

  #mend() {
    if (!this.#pc || (this.state === "connected" && !this.#waits())) return;
    this.#mendIn(MEND_EVERY_MS);
    if (!this.#line) return;
    this.#mends += 1;
    if (this.#mends > MENDS_MOST) return this.#build(true);
    this.#offer(Boolean(this.#pc.remoteDescription));
  }

  /** @param {{voice?: string, camera?: string}} mids */
  #main({ voice, camera }) {
    if (!this.#together) return this.#slot(camera);
    const key = `${voice} ${camera}`;
    const known = this.#ofSlot.get(key);
    if (known) return known;
    const made = new MediaStream([...this.#slot(voice).getTracks(), ...this.#slot(camera).getTracks()]);
    this.#ofSlot.set(key, made);
    return made;
  }

  /** @param {string | undefined} mid */
  #slot(mid = "none") {
    const known = this.#ofSlot.get(mid);
    if (known) return known;
    const empty = new MediaStream();
    this.#ofSlot.set(mid, empty);
    return empty;
  }

  /** Whether some picture should come. */
  #someoneIsToBeSeen() {
    if (this.state !== "connected" || !this.#line) return false;
    return this.#slots.some(({ who, kind }) => kind === "camera" && this.#cameras.has(who) && (this.#widths.get(`camera ${who}`) ?? 0) > 0);
  }

  /** As if nobody had been wished for: the server begins with whole pictures. */
  #wishAnew() {
    const none = this.#slots.filter(({ kind }) => kind !== "voice").map(({ mid, who }) => ({ mid, who, width: 0 }));
    if (none.length > 0) this.#send.wish(none);
    this.#wished.clear();
    this.#wishSoon();
  }

  #wishSoon() {
    this.#wishing ??= setTimeout(() => {
      this.#wishing = undefined;
      this.#wishNow();
    }, WISH_MS);
  }

  #wishNow() {
    if (this.state !== "connected" || !this.#line) return;
    /** @type {Wish[]} */
    const wishes = [];
    for (const { mid, who, kind } of this.#slots) {
      if (kind === "voice") continue;
      const width = this.#widths.get(`${kind} ${who}`) ?? 0;
      const said = `${who} ${width}`;
      if (this.#wished.get(mid) === said) continue;
      this.#wished.set(mid, said);
      wishes.push({ mid, who, width });
    }
    if (wishes.length > 0) this.#send.wish(wishes);
  }

  /** @param {CallState} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.emit("state", state);
  }
}
