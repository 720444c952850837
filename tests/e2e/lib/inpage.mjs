/**
 * What runs inside every page before its own scripts: a camera that shows who one is, a microphone that sounds it, ears at
 * the loudspeaker, and a list of the calls. Each function is sent to the browser as text and must stand alone.
 */

/** @typedef {'ok' | 'camera' | 'both' | 'busy' | 'missing'} Devices */

/**
 * @typedef {object} Self
 * @property {number} id 1 to 15: the code in the picture and the pitch of the tone
 * @property {Devices} devices what goes wrong when the page asks for camera or microphone
 * @property {boolean} sockets whether WebSockets open
 * @property {boolean} lively the camera is half as large again and gives 24 pictures a second, not 15
 * @property {boolean} steady the tone never rests and the camera is the browser's own, which no busy page holds up: a wait is one
 */

/** @param {Self} self */
export function inhabit(self) {
  const w = /** @type {any} */ (window);
  if (w.__here) return;
  const NativeAudio = window.AudioContext;
  const connect = AudioNode.prototype.connect;
  w.__here = { self, calls: [], sounds: [], NativeAudio, report: w.__report };

  document.addEventListener('securitypolicyviolation', (event) =>
    w.__report?.(`content security policy: ${event.violatedDirective} refused ${event.blockedURI || event.sample}`));

  const NativePeer = window.RTCPeerConnection;
  if (NativePeer) {
    window.RTCPeerConnection = class extends NativePeer {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration);
        w.__here.calls.push(this);
      }
    };
  }

  // The ear: whatever is connected to a loudspeaker is also connected to an analyser, and heard 40 times a second.
  /** @type {WeakMap<BaseAudioContext, AnalyserNode>} */
  const ears = new WeakMap();
  AudioNode.prototype.connect = /** @type {any} */ (function (/** @type {AudioNode} */ this_, /** @type {any[]} */ ...args) {
    const target = args[0];
    if (target instanceof AudioDestinationNode && !(target instanceof MediaStreamAudioDestinationNode)) {
      let ear = ears.get(this_.context);
      if (!ear) {
        ear = this_.context.createAnalyser();
        ear.fftSize = 4096;
        ear.smoothingTimeConstant = 0;
        ears.set(this_.context, ear);
        listen(ear);
      }
      connect.call(this_, ear);
    }
    return Reflect.apply(connect, this_, args);
  });
  const tapped = /** @type {any} */ (AudioNode.prototype.connect);
  AudioNode.prototype.connect = /** @type {any} */ (function (/** @type {any[]} */ ...args) {
    // @ts-ignore `this` is the node
    return tapped(this, ...args);
  });

  /** @param {AnalyserNode} ear */
  function listen(ear) {
    const wave = new Float32Array(ear.fftSize);
    const bins = new Float32Array(ear.frequencyBinCount);
    setInterval(() => {
      ear.getFloatTimeDomainData(wave);
      const peak = wave.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      if (peak < 0.005) return;
      ear.getFloatFrequencyData(bins);
      const top = bins.indexOf(Math.max(...bins));
      w.__here.sounds.push({ at: Date.now(), peak, hz: Math.round((top * ear.context.sampleRate) / ear.fftSize) });
      if (w.__here.sounds.length > 4000) w.__here.sounds.shift();
    }, 25);
  }

  if (!self.sockets) {
    // As Safari does on a certificate that was clicked through: an error, and nothing more.
    w.WebSocket = class extends EventTarget {
      static CONNECTING = 0;
      static OPEN = 1;
      static CLOSING = 2;
      static CLOSED = 3;
      readyState = 0;
      /** @type {any} */ onopen = null;
      /** @type {any} */ onmessage = null;
      /** @type {any} */ onerror = null;
      /** @type {any} */ onclose = null;
      constructor() {
        super();
        setTimeout(() => {
          this.readyState = 3;
          for (const event of [new Event('error'), new CloseEvent('close', { code: 1006 })]) {
            this.dispatchEvent(event);
            this[/** @type {'onerror'} */ (`on${event.type}`)]?.(event);
          }
        }, 30);
      }
      send() {}
      close() {}
    };
  }

  if (!navigator.mediaDevices) return;

  const COLOURS = ['#404040', '#c03030', '#30a040', '#3050c0', '#c0a030', '#a030a0', '#30a0a0', '#805020'];
  /** The camera: a colour, four bits and their complements as blocks along the top, and a bar that moves. @type {MediaStreamTrack | null} */
  let camera = null;
  function picture() {
    if (camera) return camera;
    const canvas = document.createElement('canvas');
    const [size, fps] = self.lively ? [1.5, 24] : [1, 15];
    canvas.width = 320 * size;
    canvas.height = 180 * size;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    pen.scale(size, size);
    let x = 0;
    const draw = () => {
      pen.fillStyle = COLOURS[self.id % COLOURS.length] ?? '#404040';
      pen.fillRect(0, 0, 320, 180);
      for (let bit = 0; bit < 8; bit += 1) {
        const on = bit < 4 ? (self.id >> bit) & 1 : 1 - ((self.id >> (bit - 4)) & 1);
        pen.fillStyle = on ? '#ffffff' : '#000000';
        pen.fillRect(bit * 40, 0, 40, 45);
      }
      x = (x + 6) % 300;
      pen.fillStyle = '#ffffff';
      pen.fillRect(x, 150, 20, 30);
    };
    draw();
    setInterval(draw, 1000 / fps);
    [camera] = /** @type {[MediaStreamTrack]} */ (canvas.captureStream(fps).getVideoTracks());
    return camera;
  }

  /** The microphone: 0.3 s of the person's tone, 0.2 s of silence; or nothing but the tone. @type {MediaStreamTrack | null} */
  let microphone = null;
  function voice() {
    if (microphone) return microphone;
    const audio = new NativeAudio();
    const tone = audio.createOscillator();
    const gate = audio.createGain();
    const out = audio.createMediaStreamDestination();
    tone.frequency.value = 400 + 150 * self.id;
    gate.gain.value = 0;
    connect.call(tone, gate);
    connect.call(gate, out);
    tone.start();
    const beat = () => {
      const now = audio.currentTime;
      gate.gain.setValueAtTime(0.4, now + 0.05);
      gate.gain.setValueAtTime(0, now + 0.35);
    };
    if (self.steady) {
      gate.gain.value = 0.4;
    } else {
      beat();
      setInterval(beat, 500);
    }
    [microphone] = /** @type {[MediaStreamTrack]} */ (out.stream.getAudioTracks());
    return microphone;
  }

  const refusals = /** @type {Record<string, [string, string]>} */ ({
    camera: ['NotAllowedError', 'Permission denied'],
    both: ['NotAllowedError', 'Permission denied'],
    busy: ['NotReadableError', 'Could not start video source'],
    missing: ['NotFoundError', 'Requested device not found'],
  });
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted = {}) => {
    const refusal = refusals[self.devices];
    if (refusal && (wanted.video || self.devices === 'both')) throw new DOMException(refusal[1], refusal[0]);
    const tracks = [];
    if (wanted.audio) tracks.push(voice().clone());
    if (wanted.video && self.steady) tracks.push(...(await native({ video: { width: 320, height: 240, frameRate: 20 } })).getVideoTracks());
    else if (wanted.video) tracks.push(picture().clone());
    return new MediaStream(tracks);
  };
}

/** All pictures on the page: whose they are, how large, and where the moving bar is. */
export function pictures() {
  return [...document.querySelectorAll('video')].flatMap((video) => {
    if (!video.videoWidth || video.readyState < 2) return [];
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 180;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
    pen.drawImage(video, 0, 0, 320, 180);
    const shade = (/** @type {number} */ x, /** @type {number} */ y) => {
      const { data } = pen.getImageData(x, y, 8, 8);
      let sum = 0;
      for (let n = 0; n < data.length; n += 4) sum += (data[n] ?? 0) + (data[n + 1] ?? 0) + (data[n + 2] ?? 0);
      return sum / (data.length / 4) / 3;
    };
    const bits = Array.from({ length: 8 }, (_, bit) => (shade(bit * 40 + 16, 18) > 128 ? 1 : 0));
    const id = bits.slice(0, 4).reduce((sum, bit, n) => sum + (bit << n), 0);
    const sound = bits.slice(4).every((bit, n) => bit === 1 - (bits[n] ?? 0));
    const row = pen.getImageData(0, 165, 320, 1).data;
    let bar = -1;
    for (let x = 0; x < 320 && bar < 0; x += 1) {
      if ((row[x * 4] ?? 0) > 215 && (row[x * 4 + 1] ?? 0) > 215 && (row[x * 4 + 2] ?? 0) > 215) bar = x;
    }
    const box = video.getBoundingClientRect();
    const shown = box.width > 8 && box.height > 8 && video.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return [{ id: sound ? id : -1, bar, shown, paused: video.paused, width: video.videoWidth, height: video.videoHeight, box: { width: box.width, height: box.height } }];
  });
}

/** All tones that reach the page's players, listened to for 1.1 s: pitch, loudness, and whether the player lets them out. */
export async function tones() {
  const w = /** @type {any} */ (window);
  const audio = (w.__ear ??= new w.__here.NativeAudio());
  await audio.resume();
  const players = [...document.querySelectorAll('video, audio')].filter((player) => {
    const stream = /** @type {HTMLMediaElement} */ (player).srcObject;
    return stream instanceof MediaStream && stream.getAudioTracks().length > 0;
  });
  const heard = players.map((element) => {
    const player = /** @type {HTMLMediaElement} */ (element);
    const source = audio.createMediaStreamSource(/** @type {MediaStream} */ (player.srcObject));
    const ear = audio.createAnalyser();
    ear.fftSize = 8192;
    ear.smoothingTimeConstant = 0;
    source.connect(ear);
    return { player, source, ear, hz: 0, level: -Infinity };
  });
  const until = performance.now() + 1100;
  while (performance.now() < until) {
    await new Promise((done) => setTimeout(done, 40));
    for (const one of heard) {
      const bins = new Float32Array(one.ear.frequencyBinCount);
      one.ear.getFloatFrequencyData(bins);
      const top = bins.reduce((best, level, n) => (level > (bins[best] ?? -Infinity) ? n : best), 0);
      if ((bins[top] ?? -Infinity) <= one.level) continue;
      one.level = bins[top] ?? -Infinity;
      one.hz = Math.round((top * audio.sampleRate) / one.ear.fftSize);
    }
  }
  return heard.map(({ player, source, hz, level }) => {
    source.disconnect();
    return { hz, level: Math.round(level), audible: !player.muted && player.volume > 0 && !player.paused };
  });
}

/** What has come in over each call that is still open. */
export async function inbound() {
  const calls = /** @type {RTCPeerConnection[]} */ (/** @type {any} */ (window).__here?.calls ?? []);
  const all = await Promise.all(calls.map(async (call, n) => {
    if (call.connectionState === 'closed') return [];
    const stats = [...(await call.getStats()).values()].filter((entry) => entry.type === 'inbound-rtp');
    const sum = (/** @type {string} */ kind, /** @type {string} */ what) =>
      stats.filter((entry) => entry.kind === kind).reduce((total, entry) => total + (entry[what] ?? 0), 0);
    return [{ call: n, state: call.connectionState, frames: sum('video', 'framesDecoded'), energy: sum('audio', 'totalAudioEnergy') }];
  }));
  return all.flat();
}
