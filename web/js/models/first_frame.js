/** When a stream really shows something: its first picture has been decoded, off the page; or it has none to show. */

/** Somebody whose camera is off sends no picture: then their voice has to do, in milliseconds. */
const PATIENCE_MS = 2500;

/**
 * Calls back once, as soon as the stream has a picture.
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
  video.addEventListener("playing", () => finish(true), { once: true });
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(() => finish(true));
  video.srcObject = stream;
  video.play().catch(() => {});
  return () => finish(false);
}
