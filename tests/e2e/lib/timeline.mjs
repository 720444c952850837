/** Where the seconds go when a network changes: what a page's browser notices and does, each with its moment. Printed where `TIMELINE` is set. */

/** Before a page's own scripts: notes what happens to its lines and calls. Sent to the page as text: it stands alone. */
export function noteAll() {
  const w = /** @type {any} */ (window);
  if (w.__notes || !window.RTCPeerConnection) return;
  /** @type {[number, string][]} */
  const notes = [];
  w.__notes = notes;
  const note = (/** @type {string} */ what) => notes.push([Date.now(), what]);
  for (const event of ['online', 'offline']) window.addEventListener(event, () => note(event));
  /** @type {any} */ (navigator).connection?.addEventListener('change', () => note('connection change'));
  let lines = 0;
  const Line = window.WebSocket;
  w.WebSocket = class extends Line {
    constructor(/** @type {string | URL} */ url) {
      super(url);
      const n = (lines += 1);
      note(`line ${n} begun`);
      this.addEventListener('open', () => note(`line ${n} open`));
      this.addEventListener('close', () => note(`line ${n} closed`));
      let welcomed = false;
      this.addEventListener('message', (event) => {
        const said = String(event.data);
        if (!welcomed) note(`line ${n} says ${said.slice(0, 30)}`);
        welcomed = true;
        if (said.includes('"ice"') && !said.includes('"welcome"')) note('credentials');
      });
    }

    close() {
      note('line let go');
      super.close();
    }
  };
  let calls = 0;
  const Call = window.RTCPeerConnection;
  w.RTCPeerConnection = class extends Call {
    constructor(/** @type {RTCConfiguration | undefined} */ given) {
      super(given);
      const n = (calls += 1);
      note(`call ${n} made`);
      const told = (/** @type {string} */ what) => note(`call ${n} ${what}`);
      this.addEventListener('iceconnectionstatechange', () => told(`ice ${this.iceConnectionState}`));
      this.addEventListener('connectionstatechange', () => told(this.connectionState));
      this.addEventListener('signalingstatechange', () => told(this.signalingState));
      this.addEventListener('icegatheringstatechange', () => told(this.iceGatheringState));
      this.addEventListener('icecandidate', ({ candidate }) => told(`has ${candidate?.candidate.split(' ').slice(2, 8).join(' ') || 'all'}`));
      let before = 0;
      let pair = '';
      let since = Date.now();
      setInterval(async () => {
        if (this.signalingState === 'closed') return;
        let packets = 0;
        const stats = await this.getStats();
        for (const entry of stats.values()) {
          if (entry.type === 'inbound-rtp') packets += entry.packetsReceived ?? 0;
          const near = entry.type === 'transport' && stats.get(stats.get(entry.selectedCandidatePairId)?.localCandidateId);
          const by = near ? `${near.candidateType} ${near.protocol} ${near.relayProtocol ?? ''} ${near.address}:${near.port}` : pair;
          if (by !== pair) told(`goes by ${by}`);
          pair = by;
        }
        const now = Date.now();
        if (packets > before) {
          if (now - since > 400) told(`packets again after ${now - since} ms`);
          since = now;
        }
        before = packets;
      }, 100);
    }

    restartIce() {
      note('restart asked');
      super.restartIce();
    }

    setRemoteDescription(/** @type {RTCSessionDescriptionInit} */ given) {
      note(`hears ${given.type}`);
      return super.setRemoteDescription(given);
    }

    addIceCandidate(/** @type {RTCIceCandidateInit} */ given) {
      note(`hears of ${given?.candidate?.split(' ').slice(2, 8).join(' ')}`);
      return super.addIceCandidate(given);
    }
  };
}

/** What has been noted since that moment. @param {import('./people.mjs').Person} person @param {number} since */
export async function printNotes(person, since) {
  const notes = await person.page.evaluate(() => /** @type {[number, string][]} */ (/** @type {any} */ (window).__notes ?? []));
  for (const [at, what] of notes) if (at >= since) console.log(`      ${person.name} ${((at - since) / 1000).toFixed(2)} ${what}`);
}
