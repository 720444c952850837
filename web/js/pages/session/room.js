/**
 * The room: puts the models together and lets the views follow them. The real session and the test session differ only
 * in the line they hand in.
 */

/** @import { Line } from "../../models/session.js" */
/** @import { Goal } from "../../models/protocol.js" */

import { wake, wakeOnGesture } from "../../lib/audio.js";
import { need } from "../../lib/dom.js";
import { tab } from "../../lib/storage.js";
import { EitherCall } from "../../models/either_call.js";
import { Chime } from "../../models/chime.js";
import { MyMedia } from "../../models/media_state.js";
import { Session } from "../../models/session.js";
import { SHAPES } from "../../models/sfu_offer.js";
import { arrival, attention } from "./by_itself.js";
import { chat } from "./chat.js";
import { clock } from "./clock.js";
import { controls } from "./controls.js";
import { devices } from "./devices.js";
import { goals } from "./goals.js";
import { lobby } from "./lobby.js";
import { lounge } from "./lounge.js";
import { people } from "./people.js";
import { phases } from "./phases.js";
import { screens } from "./screens.js";
import { sheets } from "./sheets.js";
import { shelf } from "./shelf.js";
import { status } from "./status.js";
import { third } from "./third.js";
import { way } from "./way.js";
import { wrapUp } from "./wrap_up.js";

/**
 * What every view has at hand.
 * @typedef {object} Room
 * @property {HTMLElement} root
 * @property {Door} door
 * @property {Session} session
 * @property {EitherCall} call
 * @property {MyMedia} media
 * @property {Chime} chime
 * @property {() => void} sit takes my seat
 * @property {() => void} still lets go of devices, call and line
 * @property {boolean} hushed the link asked for a start without microphone and loudspeaker
 */

/**
 * What the server wrote into the page.
 * @typedef {object} Door
 * @property {number} booking
 * @property {string} path
 * @property {string} name
 * @property {string} zone
 * @property {number} sessions
 * @property {boolean} test
 * @property {Goal[]} goals
 */

/** @param {Room} room */
function talk({ session, door }) {
  chat({ talk: session, mine: () => session.me?.booking ?? door.booking, zone: door.zone });
}

/** @param {HTMLElement} root @returns {Door} */
function doorOf(root) {
  const { booking, name, zone, sessions, goals: typed } = root.dataset;
  return {
    booking: Number(booking),
    path: `/session/${booking}`,
    name: name ?? "",
    zone: zone ?? "UTC",
    sessions: Number(sessions),
    test: root.dataset.test !== undefined,
    goals: JSON.parse(typed ?? "[]"),
  };
}

/** @param {(root: HTMLElement) => Line} makeLine @returns {Room} */
export function openRoom(makeLine) {
  const root = need("#session", HTMLElement);
  const door = doorOf(root);
  const line = makeLine(root);
  const data = root.dataset;
  const session = new Session({
    booking: door.booking,
    times: { starts_at: Number(data.starts), ends_at: Number(data.ends), closes_at: Number(data.closes) },
    nowMs: Number(data.now) + (door.test ? 0 : sinceLoad()),
    line,
  });
  const offers = {
    offer: (/** @type {number} */ n, /** @type {string} */ sdp, /** @type {boolean} */ anew) => session.offer(n, sdp, anew),
    wish: (/** @type {import("../../models/room_protocol.js").Wish[]} */ wishes) => session.wish(wishes),
  };
  const call = new EitherCall(line.page, (to, signal) => session.signal(to, signal), offers, door.test ? SHAPES.echo : SHAPES.trio);
  const media = new MyMedia();
  const chime = new Chime();
  const seat = `seat.${door.booking}`;
  const memory = tab.read(seat, { seated: false, mic: data.micMuted !== "true" && !asksMuted(), camera: /** @type {"on" | "veiled" | "off"} */ ("on"), agreed: /** @type {boolean | null} */ (null) });
  media.mic = memory.mic;
  media.camera = memory.camera;

  /** @type {Room} */
  const room = { root, door, session, call, media, chime, sit, still, hushed: asksMuted() };

  function sit() {
    wake();
    session.sit();
    call.follow(session.me, session.partners, session.way);
  }

  function still() {
    call.close();
    media.stop();
    session.stop();
  }

  media.on("lane", ({ lane, track }) => call.carry(lane, track));
  media.on("change", () => {
    session.tellMedia(media.told());
    remember();
  });
  session.on("ice", (ice) => call.servers(ice));
  session.on("signal", ({ from, data: signal }) => call.hear(from, signal));
  arrival(room);
  session.on("state", () => {
    call.follow(session.me, session.partners, session.way);
    remember();
  });
  session.on("engine", (said) => call.engine(said));
  session.on("link", (link) => {
    root.dataset.link = link;
    call.line(link === "open");
  });
  call.on("ask", () => session.askIce());
  call.on("state", (state) => {
    root.dataset.call = state;
    // What has cut the call may have cut the line, too, by which it is mended.
    if (state === "lost") line.doubt();
  });
  call.on("silent", () => line.doubt());

  function remember() {
    if (door.test) return;
    if (session.over) tab.forget(seat);
    else tab.write(seat, { seated: session.seated, mic: media.mic, camera: media.camera, agreed: session.agreed });
  }

  for (const view of [status, phases, devices, lobby, people, screens, goals, clock, talk, controls, sheets, shelf, lounge, attention, third, way, wrapUp]) view(room);

  wakeOnGesture();
  // A reload in the middle of a session leads straight back to the seat.
  if (memory.agreed !== null) session.agree(memory.agreed);
  if (memory.seated) session.sit();
  session.start(true);
  media.open();
  window.addEventListener("pagehide", (event) => {
    if (!event.persisted) still();
  });
  return room;
}

/** Two windows on one desk would howl: a link can ask for a start without microphone and loudspeaker. */
function asksMuted() {
  return new URLSearchParams(location.search).get("muted") === "1";
}

/** Milliseconds since the server wrote the page, as far as the browser knows. */
function sinceLoad() {
  const [entry] = performance.getEntriesByType("navigation");
  const came = entry instanceof PerformanceNavigationTiming ? entry.responseStart : 0;
  return Math.max(0, performance.now() - came);
}
