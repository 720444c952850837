/** The page of a room: puts the models together and lets the views follow them. */

/** @import { RoomLine } from "../models/room_protocol.js" */
/** @import { CameraState } from "../models/protocol.js" */
/** @import { Rhythm } from "../models/beat.js" */

import { wake, wakeOnGesture } from "../lib/audio.js";
import { answers, need } from "../lib/dom.js";
import { kept, tab } from "../lib/storage.js";
import { Chime } from "../models/chime.js";
import { MyMedia } from "../models/media_state.js";
import { SfuCall } from "../models/sfu_call.js";
import { SHAPES } from "../models/sfu_offer.js";
import { Signal } from "../models/signal.js";
import { Table } from "../models/table.js";
import { beat } from "./room/beat.js";
import { controls } from "./room/controls.js";
import { door } from "./room/door.js";
import { parts } from "./room/parts.js";
import { people } from "./room/people.js";
import { screens } from "./room/screens.js";
import { sheets } from "./room/sheets.js";
import { way } from "./room/way.js";
import { chat } from "./session/chat.js";
import { devices } from "./session/devices.js";
import { status } from "./session/status.js";

/**
 * What every view of a room has at hand.
 * @typedef {object} RoomPlace
 * @property {HTMLElement} root
 * @property {string} path
 * @property {string} zone
 * @property {Table} table
 * @property {SfuCall} call
 * @property {MyMedia} media
 * @property {Chime} chime
 * @property {() => void} comeIn
 * @property {() => Promise<void>} leave
 * @property {() => void} still lets go of devices, call and line
 */

const root = need("#room", HTMLElement);
const { room, me, now, rhythm, align, zone = "UTC" } = root.dataset;
const path = `/room/${room}`;
const shelf = `room.${room}`;
// The line carries whatever its place speaks.
const line = /** @type {RoomLine} */ (/** @type {unknown} */ (new Signal(path)));
const table = new Table({ me: Number(me), nowMs: Number(now), rhythm: /** @type {Rhythm} */ (rhythm), alignS: Number(align), line });
const send = {
  offer: (/** @type {number} */ n, /** @type {string} */ sdp, /** @type {boolean} */ anew) => table.offer(n, sdp, anew),
  wish: (/** @type {import("../models/room_protocol.js").Wish[]} */ wishes) => table.wish(wishes),
};
const call = new SfuCall({ shape: SHAPES.room, together: false, send });
const media = new MyMedia();
const chime = new Chime();

// Whoever was inside a moment ago, in this tab, comes back as they were; everybody else comes muted.
const memory = tab.read(shelf, { inside: false, mic: false, camera: /** @type {CameraState} */ (kept.read("room.camera", "on")) });
media.mic = memory.inside && memory.mic;
media.camera = memory.camera;

/** @type {RoomPlace} */
const place = { root, path, zone, table, call, media, chime, comeIn, leave, still };

function comeIn() {
  wake();
  table.comeIn();
}

async function leave() {
  tab.forget(shelf);
  await Promise.race([table.leave(), new Promise((done) => setTimeout(done, 1500))]);
  still();
  location.assign("/rooms");
}

function still() {
  call.close();
  media.stop();
  table.stop();
}

function remember() {
  if (table.over) return tab.forget(shelf);
  tab.write(shelf, { inside: table.inside, mic: media.mic, camera: media.camera });
  kept.write("room.camera", media.camera);
}

media.on("lane", ({ lane, track }) => call.carry(lane, track));
media.on("change", () => {
  table.tellMedia(media.told());
  remember();
});
table.on("ice", (ice) => call.servers(ice));
table.on("link", (link) => {
  root.dataset.link = link;
  call.line(link === "open");
});
table.on("inside", (inside) => {
  if (inside) call.open();
  else call.close();
  remember();
});
table.on("media", (said) => {
  if (said.t === "media_answer") call.answer(said.n, said.sdp);
  if (said.t === "media_refused") call.refused(said.n, said.sentence);
  if (said.t === "media_gone") call.gone();
  if (said.t === "media_slots") call.slots(said.slots);
  if (said.t === "speaking") call.speaking(said.who);
  if (said.t === "quality") call.reduced(said.reduced);
});
table.on("state", () => call.cameras(table.people.filter((person) => person.here && person.media.camera !== "off").map((person) => person.who)));
table.on("muted", () => media.setMic(false));
call.on("state", (state) => {
  root.dataset.call = state;
  // What has cut the call may have cut the line, too, by which it is mended.
  if (state === "lost") line.doubt();
});

call.on("silent", () => line.doubt());

status({ root, session: table });
parts(place);
devices({ media, session: table, root });
door(place);
people(place);
screens(place);
beat(place);
chat({ talk: table, mine: () => table.id, zone });
controls(place);
sheets(place);
way(place);

wakeOnGesture();
if (memory.inside) table.comeIn();
table.start(true);
media.open();
answers();
window.addEventListener("pagehide", (event) => {
  if (!event.persisted) still();
});
