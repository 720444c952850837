/**
 * A cable that can be cut: what a person's browser sends to the server, and what two browsers send to each other, passes
 * through sockets of this test, which swallow everything while the cable is cut. Nothing is closed and nothing is refused:
 * as with a real cut, only silence tells. It can also keep back pictures alone, on the ways that are in use then.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

/** The kinds of packet by which Chromium and Firefox send and take voices. */
const OPUS = [111, 109];

/** Whether a datagram is a picture's: sound, reports and the talk about the way are none. @param {Buffer} bytes */
function pictured(bytes) {
  const [first = 0, second = 0] = bytes;
  const report = second >= 192 && second < 224;
  return first >= 128 && first < 192 && !report && !OPUS.includes(second & 0x7f);
}

export class Cable {
  #cut = false;
  /** Ways that let no picture in, by the port of the browser. @type {Set<string>} */
  #dark = new Set();
  /** Ways in use. @type {Set<string>} */
  #ways = new Set();
  /** @type {Set<import('node:net').Socket>} */
  #streams = new Set();
  /** @type {Set<import('node:dgram').Socket>} */
  #sockets = new Set();
  /** @type {Map<string, Promise<number>>} */
  #fronts = new Map();
  #server = createServer({ pauseOnConnect: true }, (near) => this.#carry(near));
  #target;
  port = 0;

  /** @param {number} target the server's port */
  constructor(target) {
    this.#target = target;
  }

  /** @param {number} target */
  static async lay(target) {
    const cable = new Cable(target);
    await new Promise((done) => cable.#server.listen(0, '127.0.0.1', () => done(undefined)));
    const address = /** @type {import('node:net').AddressInfo} */ (cable.#server.address());
    cable.port = address.port;
    return cable;
  }

  get origin() {
    return `https://localhost:${this.port}`;
  }

  cut() {
    this.#cut = true;
    for (const stream of this.#streams) stream.pause();
  }

  heal() {
    this.#cut = false;
    for (const stream of this.#streams) stream.resume();
  }

  /** By the ways that are in use now no picture comes from the other side any more; everything else does. */
  darken() {
    for (const way of this.#ways) this.#dark.add(way);
  }

  /** Lets the calls of a context go through the cable. @param {import('@playwright/test').BrowserContext} context */
  async joinCalls(context) {
    await context.exposeBinding('__cable', (_source, address, port) => this.#front(String(address), Number(port)));
    await context.addInitScript(throughCable);
  }

  pull() {
    this.#server.close();
    for (const stream of this.#streams) stream.destroy();
    for (const socket of this.#sockets) socket.close();
    this.#sockets.clear();
  }

  /** @param {import('node:net').Socket} near */
  #carry(near) {
    const far = connect(this.#target, '127.0.0.1');
    for (const [from, to] of /** @type {const} */ ([[near, far], [far, near]])) {
      this.#streams.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#streams.delete(from);
        to.end();
      });
      if (!this.#cut) from.resume();
      else from.pause();
    }
  }

  /** A port that leads to that address, one for each. @param {string} address @param {number} port */
  #front(address, port) {
    const key = `${address}:${port}`;
    const known = this.#fronts.get(key);
    if (known) return known;
    const made = this.#openFront(address, port);
    this.#fronts.set(key, made);
    return made;
  }

  /** @param {string} address @param {number} port */
  async #openFront(address, port) {
    const front = await this.#bound(address);
    /** @type {Map<string, Promise<import('node:dgram').Socket>>} */
    const backs = new Map();
    front.on('message', async (bytes, from) => {
      if (this.#cut) return;
      const key = `${from.address}:${from.port}`;
      let back = backs.get(key);
      if (!back) {
        back = this.#bound(address);
        backs.set(key, back);
        this.#ways.add(key);
        (await back).on('message', (answer) => {
          if (!this.#cut && !(this.#dark.has(key) && pictured(answer))) front.send(answer, from.port, from.address, () => {});
        });
      }
      (await back).send(bytes, port, address, () => {});
    });
    return front.address().port;
  }

  /** @param {string} address @returns {Promise<import('node:dgram').Socket>} */
  #bound(address) {
    return new Promise((done, fail) => {
      const socket = createSocket('udp4');
      socket.once('error', fail);
      socket.bind(0, address, () => {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        done(socket);
      });
    });
  }
}

/** In the page: every address of the other browser is replaced by the cable's port that leads there. */
function throughCable() {
  const w = /** @type {any} */ (window);
  const peer = window.RTCPeerConnection?.prototype;
  if (!peer || w.__cabled) return;
  w.__cabled = true;
  const { addIceCandidate, setRemoteDescription } = peer;

  /** A line of a candidate with the cable's port, or null where the cable does not lead. @param {string} line */
  async function rerouted(line) {
    const parts = line.split(' ');
    const [address = '', port = ''] = parts.slice(4, 6);
    if (parts[2]?.toLowerCase() !== 'udp' || !/^[\d.]+$/.test(address)) return null;
    parts[5] = String(await w.__cable(address, Number(port)));
    return parts.join(' ');
  }

  peer.addIceCandidate = /** @type {any} */ (async function (/** @type {RTCIceCandidateInit} */ given) {
    if (!given?.candidate) return undefined;
    const candidate = await rerouted(given.candidate);
    // @ts-ignore `this` is the connection
    return candidate ? addIceCandidate.call(this, { ...given, candidate }) : undefined;
  });
  peer.setRemoteDescription = /** @type {any} */ (async function (/** @type {RTCSessionDescriptionInit} */ given) {
    const lines = await Promise.all((given.sdp ?? '').split('\r\n').map((line) => (line.startsWith('a=candidate:') ? rerouted(line) : line)));
    const sdp = lines.filter((line) => line !== null).join('\r\n');
    // @ts-ignore `this` is the connection
    return setRemoteDescription.call(this, { type: given.type, sdp });
  });
}
