/** When a stream really shows something: pictures of it come one upon the other, off the page; or it has none to show. */

/** Somebody whose camera is off sends no picture: then their voice has to do, in milliseconds. */
const PATIENCE_MS = 2500;
/** A new way often stumbles after its first picture: so many must follow, each within this time, in milliseconds. */
const STEADY = 4;
const STEADY_MS = 250;

/**
 * Calls back once, as soon as the stream goes steadily.
 * @param {MediaStream} stream
 * @param {() => void} ready
 * @returns {() => void} gives up waiting
 */
export function whenShown(stream, ready) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  let done = false;
  const timer = setTimeout(() => finish(true), PATIENCE_MS);
  /** @param {boolean} shown */
  function finish(shown) {
    if (done) return;
    done = true;
    clearTimeout(timer);
    video.srcObject = null;
    if (shown) ready();
  }
  let steady = 0;
  let last = 0;
  function frame() {
    const now = performance.now();
    steady = now - last <= STEADY_MS ? steady + 1 : 0;
    last = now;
    if (steady >= STEADY) finish(true);
    else if (!done) video.requestVideoFrameCallback(frame);
  }
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(frame);
  else /** @type {HTMLVideoElement} */ (video).addEventListener("playing", () => finish(true), { once: true });
  video.srcObject = stream;
  video.play().catch(() => {});
  return () => finish(false);
}
