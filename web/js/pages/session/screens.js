/** Shared screens: mine is said, the partner's lies on the desk to be looked at and never pushes itself forward. */

/** @import { Room } from "./room.js" */

import { need, say } from "../../lib/dom.js";

/** @param {Room} room */
export function screens({ session, call, media }) {
  const tile = need("#screen-tile", HTMLElement);
  const video = need("#screen-video", HTMLVideoElement);
  const size = need("#screen-large", HTMLButtonElement);
  const mine = need("#my-screen", HTMLElement);
  /** @type {number | null} */
  let shown = null;

  function show() {
    const sharing = session.partners.find((p) => p.media.screen && p.seated && call.streams(p.booking));
    const stream = sharing ? (call.streams(sharing.booking)?.screen ?? null) : null;
    if (video.srcObject !== stream) {
      video.srcObject = stream;
      if (stream) video.play().catch(() => {});
    }
    tile.hidden = !stream;
    if (!stream) enlarge(false);
    if (sharing) {
      need("#screen-words", HTMLElement).textContent = `${sharing.name}'s screen`;
      video.setAttribute("aria-label", `${sharing.name}'s screen`);
    }
    const seat = sharing?.booking ?? null;
    if (seat !== null && shown === null && sharing) say(`${sharing.name} shares the screen.`);
    shown = seat;
  }

  /** @param {boolean} large */
  function enlarge(large) {
    tile.classList.toggle("large", large);
    size.setAttribute("aria-pressed", String(large));
    size.textContent = large ? "Put it back" : "Look closer";
  }

  size.addEventListener("click", () => enlarge(!tile.classList.contains("large")));
  tile.addEventListener("keydown", (event) => {
    if (event.key === "Escape") enlarge(false);
  });
  new ResizeObserver(() => {
    if (shown !== null) call.want(shown, "screen", tile.clientWidth);
  }).observe(tile);
  session.on("state", show);
  call.on("streams", show);
  media.on("change", () => {
    mine.hidden = media.screen === null;
  });
}
