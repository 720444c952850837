/** A player that goes over to another stream without a dark moment: its heir is laid upon it and takes its place when it shows a picture. */

/** A stream without pictures (a camera that is off) takes over by then, in milliseconds. */
const PATIENCE_MS = 1500;

/**
 * @param {HTMLVideoElement} video the player on the page
 * @param {MediaStream} stream what it is to show from here on
 * @param {(heir: HTMLVideoElement) => void} done the heir has taken its place
 */
export function changeOver(video, stream, done) {
  // A window of its own is bound to its player: that one shows the next stream itself.
  if (document.pictureInPictureElement === video) {
    video.srcObject = stream;
    video.play().catch(() => {});
    return done(video);
  }
  const heir = document.createElement("video");
  heir.autoplay = heir.playsInline = heir.muted = true;
  heir.srcObject = stream;
  const late = setTimeout(take, PATIENCE_MS);
  let taken = false;
  function take() {
    clearTimeout(late);
    if (taken) return;
    taken = true;
    // Another change overtook this one.
    if (!video.isConnected || !heir.isConnected) return heir.remove();
    heir.id = video.id;
    heir.setAttribute("aria-label", video.getAttribute("aria-label") ?? "");
    heir.muted = video.muted;
    video.srcObject = null;
    video.remove();
    done(heir);
  }
  if ("requestVideoFrameCallback" in HTMLVideoElement.prototype) heir.requestVideoFrameCallback(take);
  else heir.addEventListener("playing", take, { once: true });
  video.after(heir);
  heir.play().catch(() => {});
}
