/**
 * The small internet of `tests/nat/lab`, with servers and browsers at its places. One process holds it; when this one ends, however
 * it ends, the lab is taken down.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium as playwright } from '@playwright/test';
import { chromium, flags } from '../playwright.config.mjs';
import { startFirefox } from './firefox.mjs';
import { Server } from './server.mjs';

const NAT = join(import.meta.dirname, '../../nat');

/** Where people are: at home behind a router, with IPv6 only, or beside the server. @typedef {'a' | 'b' | 'a6' | 'b6' | 'k'} Host */

/** Whose browser. @typedef {'chromium' | 'firefox'} Engine */

/** Where a server stands: reached by the internet, or behind a port forward. @typedef {'pub' | 'lan'} Site */

/** How people call the servers. */
export const ADDRESSES = {
  pub: { v4: '198.51.100.10', v6: '[2001:db8:c::2]' },
  lan: { v4: '192.168.50.10', outside: '203.0.113.2' },
};

/** Public addresses that the house's authority is to vouch for. */
const NAMED = { pub: ['198.51.100.10', '2001:db8:c::2'], lan: [] };

// The members of a house have let the page use their camera, so their browsers tell each other their addresses.
const LAB_FLAGS = [...flags, '--disable-features=WebRtcHideLocalIpsWithMdns'];

export class Lab {
  #prefix = `al${process.pid}`;
  #folder = mkdtempSync(join(tmpdir(), 'alongside-lab-'));
  /** @type {Map<string, Promise<import('@playwright/test').Browser>>} */
  #browsers = new Map();
  /** What ends each Firefox. @type {(() => Promise<void>)[]} */
  #foxes = [];
  /** What leads to each server. @type {Map<Server, import('node:child_process').ChildProcess>} */
  #doors = new Map();
  /** @type {((line: string) => void)[]} */
  #waiting = [];
  #script = spawn(join(NAT, 'lab'), [this.#prefix], { stdio: ['pipe', 'pipe', 'inherit'] });

  static async build() {
    const lab = new Lab();
    const answers = createInterface({ input: lab.#script.stdout });
    answers.on('line', (line) => lab.#waiting.shift()?.(line));
    answers.on('close', () => lab.#waiting.splice(0).forEach((tell) => tell('failed: the lab has ended')));
    const said = await lab.#heard();
    if (said !== 'ready') throw new Error(`the lab is not ready: ${said}`);
    return lab;
  }

  /** @param {'a' | 'b'} home @param {string} router `cone` or `symmetric`, and what the firewall lets out */
  home(home, router) {
    return this.#order(`home ${home} ${router}`);
  }

  /** Which port of the server's router leads to the server's 8443. @param {number} port */
  forward(port) {
    return this.#order(`forward ${port}`);
  }

  /** One in so many packets that a home sends is lost by chance, and of those it gets; 0: none. @param {'a' | 'b'} home @param {number} inMany */
  loss(home, inMany) {
    return this.#order(`loss ${home} ${inMany}`);
  }

  /** So long is each packet on its way from that home and to it; 0: no longer. @param {'a' | 'b'} home @param {number} ms @param {number} jitter more or less */
  delay(home, ms, jitter) {
    return this.#order(`delay ${home} ${ms} ${jitter}`);
  }

  /** The machine `a` leaves its Wi-Fi for a mobile line, or comes back. @param {'mobile' | 'home'} where */
  roam(where) {
    return this.#order(`roam ${where}`);
  }

  /** The machine behind the forward gets the address 192.168.50.N instead of the one it has. @param {10 | 11} n */
  move(n) {
    return this.#order(`move ${n}`);
  }

  /** A server at a place, on that port. @param {Site} site @param {number} port */
  async server(site, port) {
    const netns = this.#netns(site);
    const door = join(this.#folder, `${site}-${port}.sock`);
    const origin = `https://${ADDRESSES[site].v4}${port === 443 ? '' : `:${port}`}`;
    const keeper = spawn('ip', ['netns', 'exec', netns, process.execPath, join(NAT, 'door.mjs'), door, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((open, fail) => {
      keeper.stdout.once('data', open);
      keeper.once('exit', () => fail(new Error('the door into the lab does not open')));
    });
    const server = await Server.start({ place: { netns, port, origin, door, names: NAMED[site] } }).catch((fault) => {
      keeper.stdin.end();
      throw fault;
    });
    this.#doors.set(server, keeper);
    return server;
  }

  /** Ends a server; another may take its place. @param {Server} server */
  async close(server) {
    const door = this.#doors.get(server);
    this.#doors.delete(server);
    await server.stop();
    if (!door) return;
    const ended = new Promise((done) => { door.once('exit', done); });
    door.stdin?.end();
    await ended;
  }

  /**
   * The browser of a host; one of an engine for all its people.
   * @param {Host} host
   * @param {{ home?: string, engine?: Engine }} [with_] a home folder of its own with what the browser trusts
   */
  browser(host, { home = '', engine = 'chromium' } = {}) {
    const key = `${host} ${engine} ${home}`;
    const known = this.#browsers.get(key);
    if (known) return known;
    const made = engine === 'firefox' ? this.#fox(host) : this.#chromium(host, home);
    this.#browsers.set(key, made);
    return made;
  }

  /** @param {Host} host @param {string} home */
  #chromium(host, home) {
    const env = { ...process.env, LAB_NETNS: this.#netns(host), LAB_CHROMIUM: chromium, ...(home ? { HOME: home } : {}) };
    return playwright.launch({ executablePath: join(NAT, 'chromium'), args: LAB_FLAGS, env });
  }

  /** @param {Host} host */
  async #fox(host) {
    const { browser, end } = await startFirefox({ netns: this.#netns(host) });
    this.#foxes.push(end);
    if (!browser) throw new Error('there is no Firefox');
    return browser;
  }

  /** Shows everybody out and takes it down. */
  async end() {
    for (const browser of this.#browsers.values()) await browser.then((open) => open.close(), () => {});
    for (const end of this.#foxes) await end();
    for (const server of [...this.#doors.keys()]) await this.close(server);
    const ended = new Promise((done) => { this.#script.once('exit', done); });
    this.#script.stdin.end();
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @param {string} name */
  #netns(name) {
    return `${this.#prefix}-${name}`;
  }

  /** @param {string} order */
  async #order(order) {
    this.#script.stdin.write(`${order}\n`);
    const said = await this.#heard();
    if (said !== 'done') throw new Error(`the lab refuses "${order}": ${said}`);
  }

  /** @returns {Promise<string>} */
  #heard() {
    return new Promise((tell) => { this.#waiting.push(tell); });
  }
}
