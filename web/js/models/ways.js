/**
 * Each way to the server and through it, tried by itself: the live lines, STUN, the relay in each of its forms, the media engine by
 * datagrams and by a stream. A try either finds something out in its time or says why not; nothing of it stays open.
 */

import { post } from "../lib/form.js";

/** @typedef {{ok: true, ms: number | null, note?: string} | {ok: false, why: string}} Outcome */

const PATIENCE_MS = 9000;
const PINGS = 5;
const RELAY_PINGS = 4;
/** A voice is waited for this long once the connection stands. */
const VOICE_MS = 3000;

/** @param {Promise<Outcome>} trying @param {number} [ms] @returns {Promise<Outcome>} */
function within(trying, ms = PATIENCE_MS) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((/** @type {(outcome: Outcome) => void} */ done) => {
    timer = setTimeout(() => done({ ok: false, why: "no answer" }), ms);
  });
  const failed = trying.catch((fault) => /** @type {Outcome} */ ({ ok: false, why: fault instanceof Error ? fault.message : String(fault) }));
  return Promise.race([failed, late]).finally(() => clearTimeout(timer));
}

/** @param {number[]} all */
function median(all) {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted.length > 0 ? sorted[Math.floor(sorted.length / 2)] : null;
}

/** The live line, with its round trip. */
export function liveLine() {
  const socket = new WebSocket(`wss://${location.host}/check/live`);
  /** @type {number[]} */
  const trips = [];
  let sent = 0;
  const ping = () => {
    sent = performance.now();
    socket.send("ping");
  };
  const trying = new Promise((/** @type {(outcome: Outcome) => void} */ done) => {
    socket.onopen = ping;
    socket.onmessage = () => {
      trips.push(performance.now() - sent);
      if (trips.length < PINGS) ping();
      else done({ ok: true, ms: median(trips) });
    };
    socket.onerror = socket.onclose = () => done({ ok: false, why: "refused or closed on the way" });
  });
  return within(trying, 6000).finally(() => socket.close());
}

/** The other live line: something comes at once, and not when the line ends. */
export function eventLine() {
  const source = new EventSource("/check/events");
  const trying = new Promise((/** @type {(outcome: Outcome) => void} */ done) => {
    // How long it takes to open says nothing of the way back.
    source.onmessage = () => done({ ok: true, ms: null });
    source.onerror = () => done({ ok: false, why: "refused or closed on the way" });
  });
  return within(trying, 6000).finally(() => source.close());
}

/** The servers that a call of this page would get. @returns {Promise<RTCIceServer[]>} */
export async function servers() {
  const answer = await fetch("/check/ways", { headers: { accept: "application/json" } });
  const said = await answer.json();
  return answer.ok && Array.isArray(said.servers) ? said.servers : [];
}

/**
 * Asks a STUN server. Without a translation in between many browsers tell nothing, so that only a fault or an address is sure.
 * @param {RTCIceServer[]} all
 */
export function ownAddress(all) {
  const stun = all.filter((server) => [server.urls].flat().some((url) => url.startsWith("stun:")));
  const began = performance.now();
  const pc = new RTCPeerConnection({ iceServers: stun });
  const trying = new Promise((/** @type {(outcome: Outcome) => void} */ done) => {
    let fault = "";
    pc.onicecandidateerror = (event) => { fault = event.errorText || `error ${event.errorCode}`; };
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.type === "srflx") done({ ok: true, ms: performance.now() - began, note: "translated" });
      else if (!candidate) done(fault ? { ok: false, why: fault } : { ok: true, ms: null, note: "direct" });
    };
  });
  pc.createDataChannel("look");
  const offered = pc.setLocalDescription();
  return within(offered.then(() => trying)).finally(() => pc.close());
}

/**
 * Two ends in this page meet at the relay, by one of its addresses, and say something.
 * @param {RTCIceServer[]} all
 * @param {"udp" | "tcp" | "tls"} form
 */
export function relay(all, form) {
  const fits = (/** @type {string} */ url) =>
    form === "tls" ? url.startsWith("turns:") : url.startsWith("turn:") && url.includes("transport=tcp") === (form === "tcp");
  const iceServers = all
    .map((server) => ({ ...server, urls: [server.urls].flat().filter(fits) }))
    .filter((server) => server.urls.length > 0);
  if (iceServers.length === 0) return Promise.resolve(/** @type {Outcome} */ ({ ok: false, why: "not offered here" }));
  const ends = [0, 1].map(() => new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" }));
  const [one, other] = ends;
  let fault = "";
  for (const [n, end] of ends.entries()) {
    end.onicecandidate = ({ candidate }) => { if (candidate) ends[1 - n].addIceCandidate(candidate).catch(() => {}); };
    end.onicecandidateerror = (event) => { fault = event.errorText || `error ${event.errorCode}`; };
  }
  other.ondatachannel = ({ channel }) => { channel.onmessage = ({ data }) => channel.send(data); };
  const channel = one.createDataChannel("look");
  /** @type {number[]} */
  const trips = [];
  let sent = 0;
  const ping = () => {
    sent = performance.now();
    channel.send("ping");
  };
  const trying = new Promise((/** @type {(outcome: Outcome) => void} */ done, fail) => {
    channel.onopen = ping;
    channel.onmessage = () => {
      trips.push(performance.now() - sent);
      if (trips.length < RELAY_PINGS) ping();
      // There and back is twice the way to the relay and back.
      else done({ ok: true, ms: (median(trips) ?? 0) / 2 });
    };
    one.onconnectionstatechange = () => { if (one.connectionState === "failed") fail(new Error(fault || "no connection is made")); };
    one.onicegatheringstatechange = () => {
      const nothing = one.iceGatheringState === "complete" && !one.localDescription?.sdp.includes("a=candidate:");
      if (nothing) fail(new Error(fault || "the relay can't be reached"));
    };
  });
  const offered = (async () => {
    await one.setLocalDescription();
    if (one.localDescription) await other.setRemoteDescription(one.localDescription);
    await other.setLocalDescription();
    if (other.localDescription) await one.setRemoteDescription(other.localDescription);
  })();
  return within(offered.then(() => trying)).finally(() => ends.forEach((end) => end.close()));
}

/**
 * A call with the server's media engine, by datagrams or a stream only; what is sent must come back.
 * @param {"udp" | "tcp"} form
 * @param {MediaStreamTrack | null} voice anything that makes a sound; without it a standing connection is enough
 */
export function engine(form, voice) {
  const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  pc.addTransceiver(voice ?? "audio", { direction: "sendonly" });
  pc.addTransceiver("audio", { direction: "recvonly" });
  const began = performance.now();
  const trying = (async () => {
    await pc.setLocalDescription();
    const answer = await post("/check/media", { sdp: pc.localDescription?.sdp ?? "" });
    if (!answer.ok) return /** @type {Outcome} */ ({ ok: false, why: answer.sentence });
    const sdp = only(String(answer.sdp), form);
    if (!sdp) return /** @type {Outcome} */ ({ ok: false, why: "not offered here" });
    const stands = standing(pc);
    await pc.setRemoteDescription({ type: "answer", sdp });
    await stands;
    const heard = voice ? await heardBack(pc) : false;
    const note = heard ? "heard" : "stands";
    return /** @type {Outcome} */ ({ ok: true, ms: (await roundTrip(pc)) ?? performance.now() - began, note });
  })();
  return within(trying).finally(() => pc.close());
}

/** The answer with the ways of one kind only. @param {string} sdp @param {string} form */
function only(sdp, form) {
  const lines = sdp.split("\r\n").filter((line) => !line.startsWith("a=candidate:") || line.split(" ")[2]?.toLowerCase() === form);
  return lines.some((line) => line.startsWith("a=candidate:")) ? lines.join("\r\n") : "";
}

/** @param {RTCPeerConnection} pc @returns {Promise<void>} */
function standing(pc) {
  return new Promise((done, fail) => {
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "connected") done();
      if (pc.connectionState === "failed") fail(new Error("no connection is made"));
    };
  });
}

/** @param {RTCPeerConnection} pc */
async function heardBack(pc) {
  const until = performance.now() + VOICE_MS;
  while (performance.now() < until) {
    for (const entry of (await pc.getStats()).values()) {
      if (entry.type === "inbound-rtp" && entry.packetsReceived > 2) return true;
    }
    await new Promise((done) => setTimeout(done, 120));
  }
  return false;
}

/** @param {RTCPeerConnection} pc @returns {Promise<number | null>} */
async function roundTrip(pc) {
  for (const entry of (await pc.getStats()).values()) {
    const used = entry.type === "candidate-pair" && (entry.nominated || entry.selected);
    if (used && entry.currentRoundTripTime != null) return entry.currentRoundTripTime * 1000;
  }
  return null;
}
