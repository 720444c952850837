/**
 * A veil over the whole picture, drawn before it leaves the machine: the camera is shrunk to a few dozen points and spread
 * out again, so that somebody can be seen to be there and nothing else. The shrunk picture holds no more than what is shown.
 */

const POINTS = { width: 20, height: 11 };
const SHOWN = { width: 320, height: 180 };
const EVERY_MS = 90;

export class Veil {
  /** What is sent instead of the camera's own track. @type {MediaStreamTrack} */
  track;
  #video = document.createElement("video");
  #small = document.createElement("canvas");
  #shown = document.createElement("canvas");
  #timer;

  /** @param {MediaStreamTrack} camera */
  constructor(camera) {
    Object.assign(this.#small, POINTS);
    Object.assign(this.#shown, SHOWN);
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.srcObject = new MediaStream([camera]);
    this.#video.play().catch(() => {});
    const stream = this.#shown.captureStream(12);
    this.track = /** @type {MediaStreamTrack} */ (stream.getVideoTracks()[0]);
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.track.stop();
    this.#video.srcObject = null;
  }

  #draw() {
    const small = this.#small.getContext("2d");
    const shown = this.#shown.getContext("2d");
    if (!small || !shown) return;
    if (this.#video.readyState >= 2) small.drawImage(this.#video, 0, 0, POINTS.width, POINTS.height);
    shown.imageSmoothingEnabled = true;
    shown.imageSmoothingQuality = "high";
    if ("filter" in shown) shown.filter = "blur(12px)";
    // Drawn a little beyond the edges, where a blur would let the dark in.
    shown.drawImage(this.#small, -16, -9, SHOWN.width + 32, SHOWN.height + 18);
  }
}
