/** The people of a room: a tile each, with name, goal, voice, hand and what may be done; mine is among them. */

/** @import { Person } from "../../models/room_protocol.js" */
/** @import { RoomPlace } from "../room.js" */

import { $, make, need, say } from "../../lib/dom.js";

/** @typedef {{item: HTMLElement, tile: HTMLElement, video: HTMLVideoElement | null, hand: boolean}} Chair */

/** How long a wave is seen. */
const WAVE_MS = 3000;

/** @param {RoomPlace} here */
export function people({ root, table, call }) {
  const place = need("#people", HTMLElement);
  const template = need("#person-template", HTMLTemplateElement);
  const mine = need("#me-tile", HTMLElement);
  const hear = need("#hear", HTMLButtonElement);
  /** @type {Map<number, Chair>} */
  const chairs = new Map();
  /** @type {Set<number>} */
  let speaking = new Set();
  /** @type {HTMLAudioElement[]} */
  let voices = [];

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target instanceof HTMLElement) wish(Number(target.dataset.who));
  });
  document.addEventListener("visibilitychange", () => {
    for (const who of chairs.keys()) wish(who);
  });

  /** @param {number} who */
  function wish(who) {
    const chair = chairs.get(who);
    if (chair?.video) call.want(who, "camera", document.hidden ? 0 : chair.tile.clientWidth);
  }

  /** @param {Person} person @returns {Chair} */
  function chairOf(person) {
    const known = chairs.get(person.who);
    if (known) return known;
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const item = need(".at-chair", HTMLElement, copy);
    item.dataset.who = String(person.who);
    const own = person.who === table.id;
    const figure = need("figure", HTMLElement, copy);
    const video = own ? null : need("video", HTMLVideoElement, copy);
    const tile = own ? mine : figure;
    if (own) {
      figure.replaceWith(mine);
      $(".chair-menu", item)?.remove();
    } else {
      tile.dataset.who = String(person.who);
      video?.addEventListener("playing", () => {
        tile.dataset.frames = "";
        show();
      });
      sizes.observe(tile);
      const menu = need(".chair-menu summary .visually-hidden", HTMLElement, copy);
      menu.textContent = `More for ${person.name}`;
    }
    place.append(copy);
    // A picture that is moved stands still until it is asked to go on.
    if (own) wakePicture();
    const chair = { item, tile, video, hand: false };
    chairs.set(person.who, chair);
    if (video) watch(person.who, chair);
    return chair;
  }

  function wakePicture() {
    const video = mine.querySelector("video");
    if (video?.srcObject) video.play().catch(() => {});
  }

  /** @param {number} who @param {Chair} chair */
  function watch(who, { tile, video }) {
    const stream = call.streams(who)?.main ?? null;
    if (!video || video.srcObject === stream) return;
    delete tile.dataset.frames;
    video.srcObject = stream;
    if (stream) video.play().catch(() => {});
    wish(who);
  }

  call.on("streams", ({ who }) => {
    const chair = chairs.get(who);
    if (chair) watch(who, chair);
    show();
  });
  call.on("state", show);
  call.on("speaking", (who) => {
    speaking = who;
    for (const [id, { item }] of chairs) {
      item.dataset.speaking = String(who.has(id));
      need(".speaking-word", HTMLElement, item).textContent = who.has(id) ? "speaks" : "";
    }
  });

  // Voices are heard whoever has the slot; a browser that keeps strangers' sound off until a click gets its click.
  call.on("voices", (streams) => {
    for (const voice of voices) voice.srcObject = null;
    voices = streams.map((stream) => {
      const voice = make("audio", { autoplay: true });
      voice.srcObject = stream;
      return voice;
    });
    need("#voices", HTMLElement).replaceChildren(...voices);
    voices.forEach(play);
  });
  /** @param {HTMLAudioElement} voice */
  function play(voice) {
    voice.play().catch((fault) => {
      if (fault instanceof DOMException && fault.name === "NotAllowedError") hear.hidden = false;
    });
  }
  hear.addEventListener("click", () => {
    hear.hidden = true;
    voices.forEach(play);
  });

  table.on("wave", (from) => {
    const chair = chairs.get(from);
    if (!chair) return;
    chair.item.dataset.wave = "true";
    setTimeout(() => delete chair.item.dataset.wave, WAVE_MS);
    if (from !== table.id) say(`${table.person(from)?.name ?? "Somebody"} waves.`);
  });

  let before = new Set(/** @type {number[]} */ ([]));
  function show() {
    const now = table.people;
    for (const [who, { item, tile, video }] of chairs) {
      if (now.some((person) => person.who === who)) continue;
      if (video) {
        video.srcObject = null;
        sizes.unobserve(tile);
      }
      if (tile !== mine) item.remove();
      else if (!table.inside) {
        need("#door-picture", HTMLElement).append(mine);
        item.remove();
        wakePicture();
      } else continue;
      chairs.delete(who);
    }
    if (!table.inside) return;
    for (const person of now) draw(chairOf(person), person);
    place.dataset.count = String(now.length);
    comings(now);
  }

  /** @param {Chair} chair @param {Person} person */
  function draw(chair, person) {
    const { item, tile, video } = chair;
    const own = person.who === table.id;
    text(item, ".chair-name b", own ? "You" : person.name);
    text(item, ".chair-goal", person.goal);
    need(".hand-sign", HTMLElement, item).hidden = !person.hand;
    if (person.hand && !chair.hand && !own) say(`${person.name} has a hand up.`);
    chair.hand = person.hand;
    item.dataset.here = String(person.here);
    item.dataset.speaking = String(speaking.has(person.who));
    if (own || !video) return;
    const live = person.media.camera !== "off" && tile.dataset.frames !== undefined && call.streams(person.who) !== null;
    tile.dataset.picture = live ? "live" : "none";
    tile.dataset.here = String(person.here);
    text(tile, ".initial", person.name[0]?.toUpperCase() ?? "");
    need(".muted-sign", HTMLElement, tile).hidden = person.media.mic;
    const words = need(".tile-words", HTMLElement, tile);
    const over = person.here ? "" : "The line is away.";
    if (words.textContent !== over) words.textContent = over;
    words.hidden = over === "";
    video.setAttribute("aria-label", `${person.name}'s picture`);
  }

  /** Coming and going, for those who don't see it. @param {Person[]} now */
  function comings(now) {
    const ids = new Set(now.map((person) => person.who));
    const come = now.filter((person) => !before.has(person.who) && person.who !== table.id);
    if (before.size > 0 && come.length > 0) say(`${come.map((person) => person.name).join(" and ")} came in.`);
    before = ids;
  }

  table.on("state", show);
  table.on("inside", show);
  root.dataset.people = "ready";
}

/** @param {HTMLElement} root @param {string} where @param {string} words */
function text(root, where, words) {
  const place = need(where, HTMLElement, root);
  if (place.textContent !== words) place.textContent = words;
}
