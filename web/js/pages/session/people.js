/** The partners' tiles: picture, voice, name and what stands over the picture. */

/** @import { Room } from "./room.js" */
/** @import { Link } from "../../models/peer.js" */
/** @import { Seat } from "../../models/protocol.js" */

import { need, say } from "../../lib/dom.js";
import { skyOf } from "../../lib/time.js";
import { troubleOf } from "../../models/devices.js";
import { changeOver } from "./change_over.js";
import { overPicture } from "./words.js";

/** @typedef {{tile: HTMLElement, video: HTMLVideoElement, words: HTMLElement, main: MediaStream | null, link: Link | "idle", seated: boolean, left: boolean, since: number | null, asked: boolean}} Tile */

/** A call that does not come about for so long is kept back by the network, in milliseconds. */
const BLOCKED_MS = 15_000;

/** @param {Room} room */
export function people({ session, call, root, hushed }) {
  const place = need("#tiles", HTMLElement);
  const template = need("#tile-template", HTMLTemplateElement);
  const nobody = need("#nobody", HTMLElement);
  const hear = need("#hear", HTMLButtonElement);
  /** @type {Map<number, Tile>} */
  const tiles = new Map();

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target instanceof HTMLElement) call.want(Number(target.dataset.who), "camera", target.clientWidth);
  });

  /** @param {Seat} seat @returns {Tile} */
  function tileOf(seat) {
    const known = tiles.get(seat.booking);
    if (known) return known;
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const tile = need(".tile", HTMLElement, copy);
    const video = need("video", HTMLVideoElement, copy);
    const words = need(".tile-words", HTMLElement, copy);
    tile.dataset.seat = String(seat.booking);
    if (!document.querySelector("#partner-video")) video.id = "partner-video";
    watch(tile, video);
    tile.dataset.who = String(seat.booking);
    sizes.observe(tile);
    place.append(copy);
    const made = { tile, video, words, main: null, link: /** @type {Link | "idle"} */ ("idle"), seated: false, left: false, since: null, asked: false };
    tiles.set(seat.booking, made);
    return made;
  }

  /** @param {HTMLElement} tile @param {HTMLVideoElement} video */
  function watch(tile, video) {
    const frames = () => {
      tile.dataset.frames = "";
      show();
    };
    const shape = () => {
      tile.dataset.shape = video.videoHeight > video.videoWidth ? "tall" : "wide";
    };
    video.addEventListener("playing", frames);
    video.addEventListener("resize", shape);
  }

  let quiet = hushed;
  /** A browser that keeps strangers' sound off until a click gets its click; so does a hushed start. @param {HTMLVideoElement} video */
  function play(video) {
    if (quiet) {
      video.muted = true;
      hear.hidden = false;
    }
    video.play().catch((fault) => {
      if (!(fault instanceof DOMException) || fault.name !== "NotAllowedError") return;
      video.muted = true;
      video.play().catch(() => {});
      hear.hidden = false;
    });
  }
  hear.addEventListener("click", () => {
    hear.hidden = true;
    quiet = false;
    for (const { video } of tiles.values()) {
      video.muted = false;
      play(video);
    }
  });

  call.on("streams", ({ seat, streams }) => {
    const partner = session.partners.find((p) => p.booking === seat);
    const tile = partner ? tileOf(partner) : tiles.get(seat);
    if (!tile) return;
    const main = streams?.main ?? null;
    if (main === tile.main) return show();
    tile.main = main;
    if (main && tile.tile.dataset.frames !== undefined && tile.video.srcObject) {
      changeOver(tile.video, main, (heir) => {
        if (heir !== tile.video) watch(tile.tile, heir);
        tile.video = heir;
        // Another change may have overtaken this one.
        if (heir.srcObject !== tile.main) heir.srcObject = tile.main;
        if (tile.main) play(heir);
        show();
      });
      return;
    }
    delete tile.tile.dataset.frames;
    tile.video.srcObject = main;
    if (main) play(tile.video);
    show();
  });
  call.on("link", ({ seat, link }) => {
    const tile = tiles.get(seat);
    if (tile) tile.link = link;
    show();
  });

  function show() {
    const now = session.now();
    const partners = session.partners;
    for (const [seat, { tile, video }] of tiles) {
      if (partners.some((p) => p.booking === seat)) continue;
      video.srcObject = null;
      tile.remove();
      tiles.delete(seat);
    }
    for (const seat of partners) {
      const entry = tileOf(seat);
      const { tile, video, words } = entry;
      const live = entry.link !== "idle" && seat.media.camera !== "off" && tile.dataset.frames !== undefined && seat.left === null;
      tile.dataset.picture = live ? "live" : "none";
      tile.dataset.link = entry.link;
      tile.dataset.here = String(seat.here && seat.left === null);
      tile.dataset.away = String(seat.away_until_ms !== null);
      video.setAttribute("aria-label", `${seat.name}'s picture`);
      need(".initial", HTMLElement, tile).textContent = seat.name[0]?.toUpperCase() ?? "";
      const name = need(".tile-name", HTMLElement, tile);
      name.textContent = seat.name;
      name.className = `tile-name person ${skyOf(now, seat.zone)}`;
      need(".muted-sign", HTMLElement, tile).hidden = seat.media.mic || !seat.seated;
      speak(entry, seat);
      const waiting = seat.seated && seat.here && session.seated && entry.link !== "connected" && session.way !== "asked";
      entry.since = waiting ? (entry.since ?? now) : null;
      entry.asked &&= waiting;
      over(words, waits(entry, seat) ? "" : wordsOver(entry, seat, now, session.relayFull));
    }
    nobody.hidden = partners.length > 0;
    root.dataset.partners = String(partners.length);
  }

  /** Between who works and who would join them there is no call yet. @param {Tile} tile @param {Seat} seat */
  function waits(tile, seat) {
    return session.way === "asked" && tile.link === "idle" && seat.seated && seat.left === null;
  }

  session.on("state", show);
  session.on("tick", (now) => {
    for (const seat of session.partners) {
      const entry = tiles.get(seat.booking);
      if (entry && isBlocked(entry, now) && !entry.asked) {
        // Fresh credentials may help, and with them comes whether the relay has room.
        entry.asked = true;
        session.askIce();
      }
      if (entry && (seat.away_until_ms !== null || entry.since !== null)) over(entry.words, wordsOver(entry, seat, now, session.relayFull));
    }
  });
}

/** @param {Tile} tile @param {number} now */
function isBlocked({ since }, now) {
  return since !== null && now - since > BLOCKED_MS;
}

/** @param {Tile} tile @param {Seat} seat @param {number} now @param {string} full what the server says of its relay */
function wordsOver(tile, seat, now, full) {
  // Through the server one may be connected to somebody who is not there.
  const link = tile.main ? tile.link : "idle";
  if (!isBlocked(tile, now)) return overPicture(seat, link, now);
  return (seat.media.trouble === null && full) || troubleOf(seat.media.trouble ?? "network", seat.name);
}

/** @param {HTMLElement} place @param {string} words */
function over(place, words) {
  if (place.textContent !== words) place.textContent = words;
  place.hidden = words === "";
}

/** Coming and going, for those who don't see it. @param {Tile} tile @param {Seat} seat */
function speak(tile, seat) {
  if (seat.seated && !tile.seated) say(`${seat.name} has taken the seat.`);
  if (seat.left !== null && !tile.left) say(seat.left ? `${seat.name} had to go: ${seat.left}` : `${seat.name} had to go.`);
  tile.seated = seat.seated;
  tile.left = seat.left !== null;
}
