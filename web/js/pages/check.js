/** The check page: looks at devices and ways when asked to, draws each row as it is known, and writes the text to pass on. */

/** @import { Row, State } from "../models/check_report.js" */
/** @import { Outcome } from "../models/ways.js" */

import { Level, awake, wake } from "../lib/audio.js";
import { $$, answers, need, say } from "../lib/dom.js";
import { WORDS, text, verdict } from "../models/check_report.js";
import { ask, ground, list, wayOut } from "../models/devices.js";
import { engine, eventLine, liveLine, ownAddress, relay, servers } from "../models/ways.js";

/** Devices stay on this long, so that one sees oneself; a microphone is listened to for as long. */
const DEVICES_MS = 7000;
const HEARD = 0.12;
/** Further round trips are felt in a talk. */
const FAR_MS = 300;
/** Clocks that differ less are told apart by nobody. */
const CLOCK_MS = 60_000;

const root = need("#check", HTMLElement);
const begin = need("#begin", HTMLButtonElement);
/** @type {Map<string, Row>} */
const rows = new Map();
for (const line of $$(".health > li", root)) {
  const id = line.id.replace("row-", "");
  const title = line.querySelector("h3")?.firstChild?.textContent ?? id;
  rows.set(id, { id, title, state: "waiting", said: line.querySelector(".said")?.textContent ?? "", ms: null });
}
const PURPOSE = new Map([...rows].map(([id, row]) => [id, row.said]));

begin.addEventListener("click", async () => {
  begin.disabled = true;
  wake();
  need("#result", HTMLElement).hidden = true;
  const devices = need("#with-devices", HTMLInputElement).checked;
  for (const id of rows.keys()) put(id, devices || (id !== "camera" && id !== "mic") ? "looking" : "waiting", PURPOSE.get(id) ?? "");
  lookAtBrowser();
  await Promise.all([lookAtLines(), lookAtCalls(), devices ? lookAtDevices() : null]);
  finish();
});

need("#copy", HTMLButtonElement).addEventListener("click", async () => {
  const label = need("#copy span", HTMLElement);
  const written = need("#result-text", HTMLElement).textContent ?? "";
  try {
    await navigator.clipboard.writeText(written);
    label.textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(need("#result-text", HTMLElement));
    label.textContent = "Selected: copy it now";
  }
  say(label.textContent);
});

answers();

/** @param {string} id @param {State} state @param {string} said @param {number | null} [ms] */
function put(id, state, said, ms = null) {
  const row = rows.get(id);
  const line = document.getElementById(`row-${id}`);
  if (!row || !line) return;
  Object.assign(row, { state, said, ms });
  line.dataset.state = state;
  need(".said", HTMLElement, line).textContent = said;
  need(".state-word", HTMLElement, line).textContent = `: ${WORDS[state]}`;
  need(".figure", HTMLElement, line).textContent = ms === null ? "" : `${Math.round(ms)} ms`;
}

function lookAtBrowser() {
  const wrong = ground();
  put("secure", window.isSecureContext ? "good" : "bad", window.isSecureContext ? "The browser allows camera and microphone here." : wayOut("insecure").way);
  put("browser", window.RTCPeerConnection ? "good" : "bad", window.RTCPeerConnection ? "It has all that calls need." : wayOut("unsupported").way);
  if (wrong === "unsupported") put("browser", "bad", wayOut("unsupported").way);
  const [entry] = performance.getEntriesByType("navigation");
  const arrived = performance.timeOrigin + (entry instanceof PerformanceNavigationTiming ? entry.responseStart : 0);
  const off = arrived - Number(root.dataset.now);
  const minutes = Math.round(Math.abs(off) / 60_000);
  if (Math.abs(off) < CLOCK_MS) put("clock", "good", "It agrees with the server's.");
  else put("clock", "slow", `It is ${minutes === 1 ? "a minute" : `${minutes} minutes`} ${off > 0 ? "ahead" : "behind"}. Sessions start by the server's clock, and this place shows that one.`);
}

async function lookAtLines() {
  const [live, events] = await Promise.all([
    liveLine().then((outcome) => draw("socket", outcome, "Open.", (why) => `Closed: ${why}. The second way stands in.`)),
    eventLine().then((outcome) => draw("events", outcome, "Open.", (why) => `Closed: ${why}.`)),
  ]);
  if (!live && events) put("socket", "slow", "Closed on the way, by a proxy or a certificate that isn't trusted. The second way stands in.");
  leadToTrust("socket", !live && events);
}

async function lookAtCalls() {
  if (!window.RTCPeerConnection) {
    for (const id of ["stun", "turn-udp", "turn-tcp", "turn-tls", "sfu-udp", "sfu-tcp"]) put(id, "unseen", "This browser can't try it.");
    return;
  }
  const all = await servers().catch(() => []);
  const voice = tone();
  const closed = (/** @type {string} */ why) => `Closed from here: ${why}.`;
  const [stun, udp, tcp, tls] = await Promise.all([
    ownAddress(all),
    relay(all, "udp").then((outcome) => draw("turn-udp", outcome, "Open.", closed)),
    relay(all, "tcp").then((outcome) => draw("turn-tcp", outcome, "Open.", closed)),
    relay(all, "tls").then((outcome) => draw("turn-tls", outcome, "Open.", closed)),
    engine("udp", voice?.track ?? null).then((outcome) => draw("sfu-udp", outcome, engineWords(outcome), closed)),
    engine("tcp", voice?.track ?? null).then((outcome) => draw("sfu-tcp", outcome, engineWords(outcome), closed)),
  ]);
  voice?.end();
  // What comes back from the relay by UDP has shown that the server answers UDP.
  if (stun.ok && stun.note === "translated") draw("stun", stun, "Found. A router in between translates it.", closed);
  else if (udp) put("stun", "good", "Found. Nothing in between translates it.");
  else draw("stun", { ok: false, why: stun.ok ? "no answer" : stun.why }, "", closed);
  if (!tls && tcp) put("turn-tls", "slow", "Closed from here, most likely because this browser doesn't trust the house's certificate. It matters only where nothing else is open.");
  leadToTrust("turn-tls", !tls && tcp);
}

/** Shows the way to trust beside a row that needs it. @param {string} id @param {boolean} needed */
function leadToTrust(id, needed) {
  const way = document.querySelector(`#row-${id} .row-trust`);
  if (way instanceof HTMLElement) way.hidden = !needed;
}

/** @param {Outcome} outcome */
function engineWords(outcome) {
  return outcome.ok && outcome.note === "heard" ? "Open. A tone went there and came back." : "Open.";
}

/**
 * @param {string} id
 * @param {Outcome} outcome
 * @param {string} good
 * @param {(why: string) => string} bad
 */
function draw(id, outcome, good, bad) {
  if (!outcome.ok) put(id, "bad", bad(outcome.why.replace(/\.$/, "")));
  else if (outcome.ms !== null && outcome.ms > FAR_MS) put(id, "slow", `${good} It is far: talk comes late.`, outcome.ms);
  else put(id, "good", good, outcome.ms);
  return outcome.ok;
}

/** A quiet tone to be sent and heard back; none where the browser is not allowed to make one. */
function tone() {
  const context = awake();
  if (!context) return null;
  const [source, gain, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()];
  gain.gain.value = 0.05;
  source.connect(gain).connect(out);
  source.start();
  return { track: out.stream.getAudioTracks()[0], end: () => source.stop() };
}

async function lookAtDevices() {
  const { camera, voice } = await ask({ camera: null, voice: null });
  const until = performance.now() + DEVICES_MS;
  for (const [id, got] of /** @type {const} */ ([["camera", camera], ["mic", voice]])) {
    if (!got.track) put(id, "bad", got.trouble ? `${wayOut(got.trouble).title} ${wayOut(got.trouble).way}` : "None was found.");
  }
  const picture = need("#own-picture", HTMLVideoElement);
  need("#preview", HTMLElement).hidden = !camera.track && !voice.track;
  picture.hidden = !camera.track;
  if (camera.track) {
    picture.srcObject = new MediaStream([camera.track]);
    const { width, height, frameRate } = camera.track.getSettings();
    put("camera", "good", `${camera.track.label || "It works"}, ${width} by ${height}${frameRate ? `, ${Math.round(frameRate)} pictures a second` : ""}.`);
  }
  const { cameras, voices } = await list();
  need("#device-names", HTMLElement).textContent = `Found: ${[...cameras, ...voices].map((device) => device.label).join(", ") || "no names"}.`;
  if (voice.track) await listen(voice.track, until);
  else await new Promise((done) => setTimeout(done, Math.max(0, until - performance.now())));
  camera.track?.stop();
  voice.track?.stop();
  picture.srcObject = null;
  need("#preview", HTMLElement).hidden = true;
}

/** Shows how loud it is, and whether anything was heard by then. @param {MediaStreamTrack} track @param {number} until */
async function listen(track, until) {
  const level = new Level();
  level.follow(track);
  const meter = need("#level", HTMLMeterElement);
  const name = track.label || "The microphone";
  let loudest = 0;
  put("mic", "looking", `${name}: say something.`);
  while (performance.now() < until) {
    await new Promise((done) => setTimeout(done, 60));
    const loud = level.value();
    meter.value = loud;
    if (loud > HEARD && loudest <= HEARD) put("mic", "good", `${name}: heard.`);
    loudest = Math.max(loudest, loud);
  }
  level.follow(null);
  if (loudest <= HEARD) put("mic", "slow", `${name}: nothing was heard. Look whether it is muted, or another one is chosen.`);
}

function finish() {
  const all = [...rows.values()];
  const sentence = verdict(all);
  need("#verdict", HTMLElement).textContent = sentence;
  const about = { at: new Date(), host: root.dataset.host ?? "", version: root.dataset.version ?? "", agent: navigator.userAgent, verdict: sentence };
  need("#result-text", HTMLElement).textContent = text(all, about);
  need("#result", HTMLElement).hidden = false;
  begin.disabled = false;
  need("span", HTMLElement, begin).textContent = "Look again";
}
