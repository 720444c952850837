/** The stand-in's camera and voice: a drawn neighbour at a lit desk who waves, works and breathes, and two hummed notes. */

import { whenAwake } from "../lib/audio.js";

const WIDTH = 640;
const HEIGHT = 360;
const EVERY_MS = 80;

export class StandInPicture {
  /** @type {"hello" | "work" | "cheer"} */
  mood = "hello";
  #canvas = document.createElement("canvas");
  #timer;
  /** @type {MediaStreamTrack} */
  camera;

  constructor() {
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    this.#draw();
    this.camera = /** @type {MediaStreamTrack} */ (this.#canvas.captureStream(12).getVideoTracks()[0]);
    this.#timer = setInterval(() => this.#draw(), EVERY_MS);
  }

  /** Two hummed notes for a hello, on a track of its own. @param {(track: MediaStreamTrack) => void} ready */
  voice(ready) {
    whenAwake((audio) => {
      const out = audio.createMediaStreamDestination();
      const track = out.stream.getAudioTracks()[0];
      if (track) ready(track);
      [[294, 1.6], [392, 2.0]].forEach(([frequency = 294, after = 0]) => {
        const tone = audio.createOscillator();
        const swell = audio.createGain();
        const at = audio.currentTime + after;
        tone.type = "triangle";
        tone.frequency.value = frequency;
        swell.gain.setValueAtTime(0, at);
        swell.gain.linearRampToValueAtTime(0.18, at + 0.08);
        swell.gain.exponentialRampToValueAtTime(0.0001, at + 0.7);
        tone.connect(swell).connect(out);
        tone.start(at);
        tone.stop(at + 0.8);
      });
    });
  }

  stop() {
    clearInterval(this.#timer);
    this.camera.stop();
  }

  #draw() {
    const c = this.#canvas.getContext("2d");
    if (!c) return;
    const t = performance.now() / 1000;
    const breath = Math.sin(t * 1.6) * 3;
    const nod = this.mood === "work" ? Math.sin(t * 0.7) * 4 + 10 : 0;
    fill(c, "#22313A", () => c.rect(0, 0, WIDTH, HEIGHT));
    fill(c, "#2E4150", () => c.roundRect(56, 44, 150, 128, 14));
    fill(c, "#4A6780", () => c.roundRect(66, 54, 130, 108, 8));
    fill(c, "#FFC24B33", () => c.arc(500, 120, 92 + breath, 0, 7));
    fill(c, "#FFC24B55", () => c.arc(500, 120, 58 + breath, 0, 7));
    fill(c, "#FFC24B", () => c.arc(500, 120, 28, 0, 7));
    stroke(c, "#74868C", 5, () => {
      c.moveTo(500, 148);
      c.lineTo(540, 300);
    });
    fill(c, "#9C4A1A", () => c.roundRect(222, 226 + breath, 196, 190, 76));
    fill(c, "#F5AE82", () => c.arc(320, 172 + breath + nod, 66, 0, 7));
    fill(c, "#4B352D", () => c.ellipse(320, 134 + breath + nod, 68, 38, 0, Math.PI, 0));
    const blink = t % 4.2 < 0.14 ? 1 : 7;
    for (const x of [296, 344]) fill(c, "#1E2A32", () => c.ellipse(x, 176 + breath + nod * 1.4, 7, blink, 0, 0, 7));
    stroke(c, "#1E2A32", 5, () => c.arc(320, 190 + breath + nod, 20, 0.35, Math.PI - 0.35));
    if (this.mood !== "work") this.#wave(c, t, breath);
    fill(c, "#5A4030", () => c.rect(0, 300, WIDTH, 60));
    fill(c, "#E9EFEA", () => c.roundRect(250, 286, 140, 18, 6));
  }

  /** @param {CanvasRenderingContext2D} c @param {number} t @param {number} breath */
  #wave(c, t, breath) {
    const swing = Math.sin(t * (this.mood === "cheer" ? 9 : 5)) * 0.28;
    c.save();
    c.translate(408, 268 + breath);
    c.rotate(-0.5 + swing);
    fill(c, "#9C4A1A", () => c.roundRect(-18, -104, 36, 112, 18));
    fill(c, "#F5AE82", () => c.arc(0, -116, 25, 0, 7));
    c.restore();
  }
}

/** @param {CanvasRenderingContext2D} c @param {string} colour @param {() => void} shape */
function fill(c, colour, shape) {
  c.beginPath();
  shape();
  c.fillStyle = colour;
  c.fill();
}

/** @param {CanvasRenderingContext2D} c @param {string} colour @param {number} width @param {() => void} shape */
function stroke(c, colour, width, shape) {
  c.beginPath();
  shape();
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.lineCap = "round";
  c.stroke();
}
