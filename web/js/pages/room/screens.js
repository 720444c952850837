/** Shared screens lie above the table, to be looked at closer by who wants to; none pushes itself forward. */

/** @import { RoomPlace } from "../room.js" */

import { need, say } from "../../lib/dom.js";

/** @param {RoomPlace} here */
export function screens({ table, call }) {
  const place = need("#screens", HTMLElement);
  const template = need("#screen-template", HTMLTemplateElement);
  /** @type {Map<number, {tile: HTMLElement, video: HTMLVideoElement}>} */
  const shown = new Map();
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target instanceof HTMLElement) call.want(Number(target.dataset.who), "screen", target.clientWidth);
    }
  });

  /** @param {number} who @param {string} name */
  function tileOf(who, name) {
    const known = shown.get(who);
    if (known) return known;
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const tile = need("figure", HTMLElement, copy);
    const video = need("video", HTMLVideoElement, copy);
    const size = need("button", HTMLButtonElement, copy);
    tile.dataset.who = String(who);
    need(".screen-words", HTMLElement, copy).textContent = who === table.id ? "Your screen" : `${name}'s screen`;
    video.setAttribute("aria-label", `${name}'s screen`);
    /** @param {boolean} large */
    const enlarge = (large) => {
      tile.classList.toggle("large", large);
      size.setAttribute("aria-pressed", String(large));
      size.textContent = large ? "Put it back" : "Look closer";
    };
    size.addEventListener("click", () => enlarge(!tile.classList.contains("large")));
    tile.addEventListener("keydown", (event) => {
      if (event.key === "Escape") enlarge(false);
    });
    place.append(copy);
    sizes.observe(tile);
    say(`${name} shares the screen.`);
    const made = { tile, video };
    shown.set(who, made);
    return made;
  }

  function show() {
    const sharing = table.inside ? table.people.filter((person) => person.who !== table.id && person.media.screen && (call.streams(person.who)?.screen.getTracks().length ?? 0) > 0) : [];
    for (const [who, { tile, video }] of shown) {
      if (sharing.some((person) => person.who === who)) continue;
      video.srcObject = null;
      sizes.unobserve(tile);
      tile.remove();
      shown.delete(who);
    }
    for (const { who, name } of sharing) {
      const { video } = tileOf(who, name);
      const stream = call.streams(who)?.screen ?? null;
      if (video.srcObject === stream) continue;
      video.srcObject = stream;
      video.play().catch(() => {});
    }
  }
  table.on("state", show);
  table.on("inside", show);
  call.on("streams", show);
}
