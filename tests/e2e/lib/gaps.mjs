/**
 * How long somebody is not seen or not heard: the longest time without a fresh picture in their tile, and the longest silence of
 * what its players let out, over every change of player.
 */

/** Asks for the longest wait since it was last asked, in milliseconds. @typedef {() => Promise<number>} Ask */

/**
 * Watches the tile of somebody. A picture counts when the browser hands it to be shown; those that a busy page is not told of, but
 * that the browser has counted, are taken as spread evenly over the time between the two it is told of.
 * @param {import('./people.mjs').Person} person @param {number} id whose picture
 * @returns {Promise<Ask>}
 */
export async function watchGaps(person, id) {
  await person.page.evaluate(([key]) => {
    const w = /** @type {any} */ (window);
    const gap = { longest: 0, last: performance.now() };
    w[`__gap${key}`] = gap;
    const tile = /** @type {HTMLElement} */ (document.querySelector('.tile.partner'));
    const seen = new WeakSet();
    const look = () => {
      for (const video of tile.querySelectorAll('video')) {
        if (seen.has(video)) continue;
        seen.add(video);
        let shown = 0;
        const frame = (/** @type {number} */ _now, /** @type {VideoFrameCallbackMetadata} */ { presentationTime, presentedFrames }) => {
          if (!video.isConnected) return;
          const fresh = shown > 0 ? Math.max(1, presentedFrames - shown) : 1;
          shown = presentedFrames;
          gap.longest = Math.max(gap.longest, (presentationTime - gap.last) / fresh);
          gap.last = Math.max(gap.last, presentationTime);
          video.requestVideoFrameCallback(frame);
        };
        video.requestVideoFrameCallback(frame);
      }
    };
    look();
    new MutationObserver(look).observe(tile, { childList: true });
  }, [id]);
  return () => person.page.evaluate(([key]) => {
    const gap = /** @type {any} */ (window)[`__gap${key}`];
    const longest = Math.round(Math.max(gap.longest, performance.now() - gap.last));
    gap.longest = 0;
    return longest;
  }, [id]);
}

/**
 * Listens to the players of that tile, each only while it is let out, for a tone that never rests. What they play is kept by the
 * sound thread for two thirds of a second, so that a busy page misses nothing of it.
 * @param {import('./people.mjs').Person} person @param {number} hz the tone
 * @returns {Promise<Ask>}
 */
export async function listenForSilence(person, hz) {
  await person.page.evaluate(([tone]) => {
    const w = /** @type {any} */ (window);
    const audio = /** @type {AudioContext} */ (new w.__here.NativeAudio());
    const tile = /** @type {HTMLElement} */ (document.querySelector('.tile.partner'));
    const ear = audio.createAnalyser();
    ear.fftSize = 32_768;
    const wave = new Float32Array(ear.fftSize);
    const piece = Math.round(audio.sampleRate / 100);
    const silence = { longest: 0, run: 0 };
    w.__silence = silence;
    /** @type {Map<HTMLVideoElement, {of: MediaStream, source: MediaStreamAudioSourceNode, gate: GainNode}>} */
    const players = new Map();
    const gates = () => {
      for (const [video, { of, source, gate }] of players) {
        if (video.isConnected && video.srcObject === of) continue;
        source.disconnect();
        gate.disconnect();
        players.delete(video);
      }
      for (const video of tile.querySelectorAll('video')) {
        const of = video.srcObject;
        if (!(of instanceof MediaStream) || of.getAudioTracks().length === 0) continue;
        let player = players.get(video);
        if (!player) {
          player = { of, source: audio.createMediaStreamSource(of), gate: audio.createGain() };
          player.source.connect(player.gate);
          player.gate.connect(ear);
          players.set(video, player);
        }
        player.gate.gain.value = !video.muted && !video.paused && video.volume > 0 ? 1 : 0;
      }
    };
    /** How much of the tone is in a piece of ten milliseconds. @param {number} from */
    const loud = (from) => {
      let [re, im] = [0, 0];
      for (let n = 0; n < piece; n += 1) {
        const turn = (2 * Math.PI * tone * n) / audio.sampleRate;
        re += (wave[from + n] ?? 0) * Math.cos(turn);
        im += (wave[from + n] ?? 0) * Math.sin(turn);
      }
      return (2 * Math.hypot(re, im)) / piece;
    };
    let done = 0;
    setInterval(() => {
      gates();
      const now = Math.round(audio.currentTime * audio.sampleRate);
      if (now - done < 10 * piece) return;
      ear.getFloatTimeDomainData(wave);
      done = Math.max(done, now - ear.fftSize);
      for (; done + piece <= now; done += piece) {
        silence.run = loud(ear.fftSize - (now - done)) < 0.02 ? silence.run + 10 : 0;
        silence.longest = Math.max(silence.longest, silence.run);
      }
    }, 10);
    return audio.resume();
  }, [hz]);
  return () => person.page.evaluate(() => {
    const silence = /** @type {any} */ (window).__silence;
    const { longest } = silence;
    silence.longest = silence.run;
    return longest;
  });
}

/** So long without a fresh picture, or without a packet of sound (of which silence needs few), is a break, in milliseconds. */
const BREAK_MS = { picture: 400, sound: 900 };

/** Until when after a moment they stayed away, in milliseconds; 0: they never did. @typedef {{picture: number, sound: number}} Away */

/**
 * Watches what comes in by all calls of a page together. The answer says, for the time since that moment of this machine's clock, when the
 * last break was over.
 * @param {import('./people.mjs').Person} person
 * @returns {Promise<(since: number) => Promise<Away>>}
 */
export async function watchBreaks(person) {
  await person.page.evaluate(() => {
    const w = /** @type {any} */ (window);
    if (w.__arrivals) return;
    const arrivals = { picture: /** @type {number[]} */ ([]), sound: /** @type {number[]} */ ([]) };
    w.__arrivals = arrivals;
    /** @type {Map<string, number>} */
    const known = new Map();
    const look = async () => {
      for (const [n, call] of /** @type {RTCPeerConnection[]} */ (w.__here.calls).entries()) {
        if (call.connectionState === 'closed') continue;
        for (const entry of (await call.getStats()).values()) {
          if (entry.type !== 'inbound-rtp') continue;
          const [kind, count] = entry.kind === 'video' ? /** @type {const} */ (['picture', entry.framesDecoded ?? 0]) : /** @type {const} */ (['sound', entry.packetsReceived ?? 0]);
          const before = known.get(`${n} ${entry.id}`) ?? 0;
          known.set(`${n} ${entry.id}`, count);
          if (count > before) arrivals[kind].push(Date.now());
        }
      }
      setTimeout(look, 50);
    };
    look();
  });
  return (since) => person.page.evaluate(([from, breaks]) => {
    const arrivals = /** @type {Record<'picture' | 'sound', number[]>} */ (/** @type {any} */ (window).__arrivals);
    /** @param {'picture' | 'sound'} kind */
    const over = (kind) => {
      let [before, end] = [from, 0];
      for (const at of arrivals[kind].filter((moment) => moment >= from)) {
        if (at - before >= breaks[kind]) end = at - from;
        before = at;
      }
      return end;
    };
    return { picture: over('picture'), sound: over('sound') };
  }, /** @type {const} */ ([since, BREAK_MS]));
}
