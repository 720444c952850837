/**
 * One connection to one partner's page: three fixed lanes (voice, camera, screen) in both directions, so that whatever is
 * switched on or off later only changes what a lane carries and negotiates nothing. The newcomer offers; the other puts
 * its tracks on the offered lanes while answering. A connection that breaks is mended here until it holds again.
 */

/** @import { SignalData } from "./protocol.js" */

import { Emitter } from "../lib/emitter.js";
import { figuresOf } from "./figures.js";
import { Hearing } from "./hearing.js";
import { safetyCode } from "./safety_code.js";
import { StallWatch } from "./stall.js";
import { tellWay } from "./way.js";

/** @typedef {{voice: MediaStreamTrack | null, camera: MediaStreamTrack | null, screen: MediaStreamTrack | null}} Lanes */
/** @typedef {"connecting" | "connected" | "lost"} Link */
/** @typedef {{main: MediaStream, screen: MediaStream}} Streams */
/** @typedef {{link: Link, streams: Streams, code: string, stuck: null, silent: null}} PeerEvents */

/** `disconnected` often heals by itself within a second. */
const PATIENCE_MS = 1500;
/** The polite side lets the other one mend first, so that their offers seldom meet. */
const POLITE_MS = 300;
const MEND_EVERY_MS = 2600;
/** Mending in vain so often means that the connection itself is beyond repair. */
const MENDS_MOST = 4;

const LANES = /** @type {const} */ (["voice", "camera", "screen"]);
const KINDS = { voice: "audio", camera: "video", screen: "video" };

/** Bits and frames per second: enough to see a face, little enough for a Raspberry Pi's uplink. */
const BUDGETS = {
  near: { camera: 1_200_000, screen: 1_500_000 },
  far: { camera: 600_000, screen: 1_500_000 },
};

/** @extends {Emitter<PeerEvents>} */
export class Peer extends Emitter {
  /** @type {Link} */
  link = "connecting";
  /** @type {Streams | null} */
  streams = null;
  #pc;
  #send;
  #polite;
  #first;
  #lanes;
  #making = false;
  /** When the connection was begun; `null` once it was told how long it took. @type {number | null} */
  #began = performance.now();
  #ignoring = false;
  #mends = 0;
  #line = true;
  /** @type {"near" | "far"} */
  #closeness = "near";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #mending;
  #stall;
  #hearing;
  /** Parameters of the senders are changed one after the other: two changes at once would make one of them void. */
  #tuning = Promise.resolve();
  /**
   * What my voice and my camera are said to belong to. The same in every offer and answer: a browser that found another name in an
   * answer than in its own offers would offer again, and the other side likewise, without end.
   */
  #mine = new MediaStream();
  /** Messages are taken one after the other. */
  #turn = Promise.resolve();

  /**
   * @param {object} with_
   * @param {boolean} with_.polite gives way when two offers meet
   * @param {boolean} with_.first makes the first offer
   * @param {RTCIceServer[]} with_.ice
   * @param {RTCCertificate | null} with_.certificate
   * @param {Lanes} with_.lanes
   * @param {(data: {description?: RTCSessionDescriptionInit | null, candidate?: RTCIceCandidateInit | null, key?: boolean, back?: boolean}) => void} with_.send
   */
  constructor({ polite, first, ice, certificate, lanes, send }) {
    super();
    this.#polite = polite;
    this.#first = first;
    this.#lanes = { ...lanes };
    this.#send = send;
    this.#pc = new RTCPeerConnection({ iceServers: ice, bundlePolicy: "max-bundle", ...(certificate && { certificates: [certificate] }) });
    const pc = this.#pc;
    this.#stall = new StallWatch(pc, () => send({ key: true }), () => this.#keyFrame());
    this.#hearing = new Hearing(pc, { doubt: () => this.emit("silent", null), renew: () => this.#renew(), after: polite ? POLITE_MS : 0 });
    pc.onicecandidate = ({ candidate }) => {
      if (candidate) send({ candidate: candidate.toJSON() });
    };
    pc.onnegotiationneeded = () => this.#offer();
    pc.onconnectionstatechange = () => this.#watch();
    pc.oniceconnectionstatechange = () => this.#watch();
    if (first) {
      for (const lane of LANES) {
        const made = pc.addTransceiver(KINDS[lane], { direction: "sendrecv", streams: lane === "screen" ? [] : [this.#mine] });
        if (lanes[lane]) made.sender.replaceTrack(lanes[lane]);
      }
      this.#show();
    }
    this.#mendIn(first ? MEND_EVERY_MS * 2 : MEND_EVERY_MS * 3);
  }

  /** @param {SignalData} data */
  hear(data) {
    this.#turn = this.#turn.then(() => this.#take(data)).catch((fault) => {
      // What a closing or overtaken connection refuses is no fault of ours; a wedged one is mended by the clock.
      if (this.#pc.signalingState !== "closed") console.debug("signal not taken", fault);
    });
  }

  /** @param {keyof Lanes} lane @param {MediaStreamTrack | null} track */
  carry(lane, track) {
    if (this.#lanes[lane] === track) return;
    this.#lanes[lane] = track;
    const sender = this.#lane(lane)?.sender;
    sender?.replaceTrack(track).then(() => this.#budget(), () => {});
  }

  /** @param {"near" | "far"} closeness large on the other's page or small */
  closeness(closeness) {
    this.#closeness = closeness;
    this.#budget();
  }

  /** @param {RTCIceServer[]} ice */
  refresh(ice) {
    try {
      this.#pc.setConfiguration({ ...this.#pc.getConfiguration(), iceServers: ice });
    } catch {
      // A browser that cannot change servers keeps those it has.
    }
  }

  /** Whether messages can be sent at the moment; when they can again, a broken connection is mended at once. @param {boolean} up */
  line(up) {
    const back = up && !this.#line;
    this.#line = up;
    // A server that has just started passes nothing on before the page sits again, which it says first.
    if (back) setTimeout(() => this.#lineIsBack(), 0);
  }

  #lineIsBack() {
    if (!this.#line || this.#pc.signalingState === "closed") return;
    this.#send({ back: true });
    if (this.link !== "connected") this.#mendIn(this.#polite ? POLITE_MS : 0);
    else if (this.#busy()) this.#sayOfferAgain();
    else this.#lookAnew();
  }

  figures() {
    return figuresOf(this.#pc);
  }

  /** Looks for another way while the one in use carries on. */
  restart() {
    if (this.link === "connected" && !this.#busy() && this.#line) this.#pc.restartIce();
  }

  close() {
    clearTimeout(this.#mending);
    this.#stall.stop();
    this.#hearing.stop();
    const pc = this.#pc;
    pc.onicecandidate = pc.onnegotiationneeded = pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    pc.close();
  }

  /** @param {keyof Lanes} lane @returns {RTCRtpTransceiver | undefined} */
  #lane(lane) {
    return this.#pc.getTransceivers()[LANES.indexOf(lane)];
  }

  async #offer() {
    if (this.#busy()) return;
    try {
      this.#making = true;
      this.#searching();
      await this.#pc.setLocalDescription();
      this.#send({ description: this.#pc.localDescription?.toJSON?.() ?? this.#pc.localDescription });
    } catch (fault) {
      if (this.#pc.signalingState !== "closed") console.debug("no offer", fault);
    } finally {
      this.#making = false;
    }
  }

  /** Whether an offer is under way in either direction. */
  #busy() {
    return this.#pc.signalingState !== "stable";
  }

  /** @param {SignalData} data */
  async #take({ description, candidate, key, back }) {
    const pc = this.#pc;
    if (pc.signalingState === "closed") return;
    if (key) this.#keyFrame();
    if (back) this.#heardBack();
    if (description) {
      const meets = description.type === "offer" && (this.#making || pc.signalingState !== "stable");
      this.#ignoring = !this.#polite && meets;
      if (this.#ignoring) return;
      // An answer to an offer that was rolled back or already answered says nothing new.
      if (description.type === "answer" && pc.signalingState !== "have-local-offer") return;
      await pc.setRemoteDescription(description);
      this.#searching();
      if (description.type === "offer") {
        await this.#fill();
        await pc.setLocalDescription();
        this.#send({ description: pc.localDescription?.toJSON?.() ?? pc.localDescription });
      }
      this.#show();
      const code = await safetyCode(pc);
      if (code) this.emit("code", code);
    } else if (candidate) {
      try {
        await pc.addIceCandidate(candidate);
      } catch (fault) {
        if (!this.#ignoring) throw fault;
      }
    }
  }

  /** Puts my tracks on the lanes that the other's offer has made. */
  async #fill() {
    await Promise.all(LANES.map((lane) => {
      const made = this.#lane(lane);
      if (!made) return null;
      made.direction = "sendrecv";
      if (lane !== "screen") made.sender.setStreams?.(this.#mine);
      return made.sender.track === this.#lanes[lane] ? null : made.sender.replaceTrack(this.#lanes[lane]);
    }));
  }

  /** Hands out what comes from the other side; the same streams over the whole life of the connection. */
  #show() {
    if (this.streams) return;
    const [voice, camera, screen] = LANES.map((lane) => this.#lane(lane)?.receiver.track);
    if (!voice || !camera || !screen) return;
    this.streams = { main: new MediaStream([voice, camera]), screen: new MediaStream([screen]) };
    this.emit("streams", this.streams);
  }

  #watch() {
    const state = this.#pc.connectionState;
    const ice = this.#pc.iceConnectionState;
    if (state === "connected" && ice !== "disconnected" && ice !== "failed") {
      clearTimeout(this.#mending);
      this.#mending = undefined;
      this.#mends = 0;
      // What the other side saw last was cut off: it goes on with a whole picture.
      if (this.link === "lost") this.#keyFrame();
      this.#become("connected");
      if (this.#began !== null) tellWay(this.#pc, this.#began, "pair");
      this.#began = null;
      this.#budget();
      this.#stall.start();
      this.#hearing.start();
      this.#sayOfferAgain();
    } else if (state === "failed" || ice === "failed") {
      this.#become("lost");
      this.#mendIn(this.#polite ? POLITE_MS : 0);
    } else if (ice === "disconnected") {
      this.#become("lost");
      this.#mendIn(PATIENCE_MS + (this.#polite ? POLITE_MS : 0));
    }
  }

  /** @param {number} ms */
  #mendIn(ms) {
    clearTimeout(this.#mending);
    this.#mending = setTimeout(() => this.#mend(), ms);
  }

  #mend() {
    const pc = this.#pc;
    if (pc.signalingState === "closed" || this.link === "connected") return;
    this.#mendIn(MEND_EVERY_MS + (this.#polite ? POLITE_MS : 0));
    if (!this.#line) return;
    this.#mends += 1;
    if (this.#mends > MENDS_MOST) {
      this.#mends = 0;
      this.emit("stuck", null);
    } else if (pc.signalingState === "have-local-offer") {
      this.#sayOfferAgain();
    } else if (pc.remoteDescription) {
      pc.restartIce();
    } else if (this.#first) {
      this.#offer();
    }
  }

  /** An offer that stays unanswered was lost on the way, or its answer was: said again, it is either news or answered once more. */
  #sayOfferAgain() {
    const pc = this.#pc;
    if (!this.#line || pc.signalingState !== "have-local-offer") return;
    this.#send({ description: pc.localDescription?.toJSON?.() ?? pc.localDescription });
  }

  /** The other's line is back: an offer made meanwhile never reached them, and a broken call is mended at once. */
  #heardBack() {
    if (this.#pc.signalingState === "have-local-offer") this.#sayOfferAgain();
    else if (this.link !== "connected" && !this.#polite) this.#mendIn(0);
    else this.#lookAnew();
  }

  /** A search for a way is under way, whoever began it: it gets its time before another is begun. */
  #searching() {
    this.#hearing.searching();
    if (this.link === "lost") this.#mendIn(MEND_EVERY_MS + (this.#polite ? POLITE_MS : 0));
  }

  /** Looks for another way because nothing comes by this one. */
  #renew() {
    const pc = this.#pc;
    if (!this.#line || pc.signalingState === "closed") return false;
    if (this.#busy()) this.#sayOfferAgain();
    else pc.restartIce();
    return true;
  }

  /**
   * A server that was away may have forgotten what it relayed, which nobody would notice for seconds: a relayed call looks for its
   * way anew, and finds a direct one if there is one by now. A direct call is left in peace as long as something comes by it.
   */
  async #lookAnew() {
    if (!this.#polite && (await this.#relayed()) && this.#pc.signalingState === "stable") this.#pc.restartIce();
    else this.#hearing.lineIsBack();
  }

  async #relayed() {
    const stats = await this.#pc.getStats();
    const pairs = [...stats.values()].filter((entry) => entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded");
    return pairs.some((pair) => [pair.localCandidateId, pair.remoteCandidateId].some((id) => stats.get(id)?.candidateType === "relay"));
  }

  /** Makes the encoders begin anew, with a key frame: an encoding that was off and is on again has no other choice. */
  #keyFrame() {
    for (const lane of /** @type {const} */ (["camera", "screen"])) {
      this.#tune(lane, (encoding) => {
        encoding.active = false;
      });
      this.#tune(lane, (encoding) => {
        encoding.active = true;
      });
    }
  }

  #budget() {
    for (const lane of /** @type {const} */ (["camera", "screen"])) {
      this.#tune(lane, (encoding) => {
        encoding.maxBitrate = BUDGETS[this.#closeness][lane];
        encoding.active = true;
      });
    }
  }

  /** @param {"camera" | "screen"} lane @param {(encoding: RTCRtpEncodingParameters) => void} change */
  #tune(lane, change) {
    this.#tuning = this.#tuning.then(async () => {
      const sender = this.#lane(lane)?.sender;
      const parameters = sender?.track ? sender.getParameters() : null;
      const encoding = parameters?.encodings?.[0];
      if (!sender || !parameters || !encoding) return;
      const before = JSON.stringify(encoding);
      change(encoding);
      if (JSON.stringify(encoding) !== before) await sender.setParameters(parameters);
    }).catch(() => {
      // A sender that is just being changed otherwise, or gone: the next change puts it right.
    });
  }

  /** @param {Link} link */
  #become(link) {
    if (this.link === link) return;
    this.link = link;
    this.emit("link", link);
  }
}
