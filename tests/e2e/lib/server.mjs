/**
 * A server of one's own: the release binary on a free port, with a fresh data folder and a clock that the test moves.
 *
 * The clock is real time plus the seconds in a file; `advance` writes it and knows when the server has seen it. Everything is
 * started and ended by its process id.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from './client.mjs';

const BIN = resolve(process.env.ALONGSIDE_BIN ?? join(import.meta.dirname, '../../../target/release/alongside'));
const READY_MS = 20_000;
/** The server looks at its clock file every 20 ms; by then it has surely looked. */
const CLOCK_SEEN_MS = 120;

export const PASSWORD = 'a lamp on the table';
export const INSTANCE = 'The Reading Room';

/**
 * @typedef {object} Place where a server stands that is not on this machine's own network
 * @property {string} netns the namespace it runs in
 * @property {number} port
 * @property {string} origin how the tests' own clients call it
 * @property {string[]} names what is configured as `names`
 * @property {string} door a socket in the file system that leads to it
 */

export class Server {
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null;
  #folder = mkdtempSync(join(tmpdir(), 'alongside-e2e-'));
  #clock = join(this.#folder, 'clock');
  #offsetS = 0;
  /** @type {Place | null} */
  #place = null;
  port = 0;
  /** Everything that the server has printed. */
  said = '';
  /** The setup link, on the address that the tests use. */
  setupLink = '';
  /** @type {Client | null} */
  admin = null;
  /** Pages that follow the server's clock with clocks of their own. @type {Set<import('@playwright/test').Page>} */
  clocked = new Set();
  /** All pages, to be told that time may have gone by. @type {Set<import('@playwright/test').Page>} */
  pages = new Set();

  /** @param {{ at?: string | Date, place?: Place }} [with_] the server's first moment, if it is not the present one; and where it stands */
  static async start({ at, place } = {}) {
    const server = new Server();
    server.#place = place ?? null;
    if (at) server.#offsetS = Math.round((new Date(at).getTime() - Date.now()) / 1000);
    server.#writeClock();
    await server.#spawn(String(place?.port ?? 0));
    return server;
  }

  get origin() {
    return this.#place?.origin ?? `https://localhost:${this.port}`;
  }

  get dataFolder() {
    return join(this.#folder, 'data');
  }

  /** The server's clock, in milliseconds. */
  now() {
    return Date.now() + this.#offsetS * 1000;
  }

  /** The first start on a grid of `step` minutes that is at least `ahead` minutes away, as epoch seconds. */
  slot(ahead = 1, step = 15) {
    const grid = step * 60;
    return Math.ceil((this.now() / 1000 + ahead * 60) / grid) * grid;
  }

  /** Moves the server's clock and every clocked page's by that many minutes. @param {number} minutes */
  async advance(minutes) {
    await this.advanceTo(Math.round(this.now() / 1000 + minutes * 60));
  }

  /** Moves the clocks to that instant (epoch seconds, never back). @param {number} instant */
  async advanceTo(instant) {
    const by = Math.max(0, Math.ceil(instant - this.now() / 1000));
    this.#offsetS += by;
    this.#writeClock();
    await pause(CLOCK_SEEN_MS);
    await Promise.all([...this.clocked].filter(open).map((page) => page.clock.fastForward(by * 1000)));
    // A page asks for the time at once when the browser says that the network is back.
    await Promise.all([...this.pages].filter(open).map((page) =>
      page.evaluate(() => { window.dispatchEvent(new Event('online')); }).catch(() => {})));
  }

  /** Ends the server as a power cut would. */
  async kill9() {
    const process = this.#process;
    if (!process || process.exitCode !== null) throw new Error('the server is not running');
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
    this.#process = null;
  }

  /** Starts it again on the same port and data. */
  async restart() {
    if (this.#process) throw new Error('the server is still running');
    await this.#spawn(String(this.port));
  }

  /** Ends it gracefully, says how, and removes what it wrote. */
  async stop() {
    const process = this.#process;
    this.#process = null;
    this.admin?.close();
    let code = null;
    if (process && process.exitCode === null) {
      const ended = once(process, 'exit');
      process.kill('SIGTERM');
      const late = setTimeout(() => process.kill('SIGKILL'), 10_000);
      [code] = await ended;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
    return code;
  }

  /** Goes through the setup page by its form; answers the admin's client. */
  async setup({ instance = INSTANCE, zone = 'Europe/Berlin', name = 'Keeper', password = PASSWORD, kind = 'friends' } = {}) {
    const token = new URL(this.setupLink).searchParams.get('t') ?? '';
    const admin = new Client(this.origin, name, this.#place?.door);
    await admin.form('/setup', { t: token, instance, zone, name, password, kind });
    if (!admin.signedIn) await admin.signIn(password);
    this.admin = admin;
    return admin;
  }

  /** Makes an invite as the admin does; answers the link's path. */
  async invite({ role = 'member', uses = 25, days = 7 } = {}) {
    const admin = this.admin ?? (await this.setup());
    const before = new Set(links(await admin.text('/admin/invites')));
    await admin.form('/admin/invites', { role, uses: String(uses), days: String(days) });
    const made = links(await admin.text('/admin/invites')).find((link) => !before.has(link));
    if (!made) throw new Error('no new invite on /admin/invites');
    return made;
  }

  /** Lets somebody in by an invite; answers their client. @param {string} name */
  async join(name, zone = 'Europe/Berlin', { email = '', invite = '' } = {}) {
    const path = invite || (await this.invite({ uses: 1 }));
    const member = new Client(this.origin, name, this.#place?.door);
    await member.form(path, { name, email, password: PASSWORD, zone, rules: 'on' });
    if (!member.signedIn) await member.signIn(PASSWORD);
    return member;
  }

  #writeClock() {
    writeFileSync(`${this.#clock}.next`, String(this.#offsetS));
    renameSync(`${this.#clock}.next`, this.#clock);
  }

  /** @param {string} port */
  async #spawn(port) {
    const args = ['serve', '--data-dir', this.dataFolder, '--port', port, '--test-clock', ...(this.#place?.names ?? []).flatMap((name) => ['--name', name])];
    const env = { ...process.env, ALONGSIDE_TEST_CLOCK: this.#clock, ALONGSIDE_LAN_NAME: 'no', NO_COLOR: '1' };
    // `ip netns exec` becomes the program that it starts, so that its process id is the server's.
    const [program, ...before] = this.#place ? ['ip', 'netns', 'exec', this.#place.netns, BIN] : [BIN];
    const child = spawn(program, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#process = child;
    const from = this.said.length;
    await new Promise((ready, fail) => {
      const late = setTimeout(() => fail(new Error(`the server is not ready after ${READY_MS} ms:\n${this.said}`)), READY_MS);
      const hear = (/** @type {Buffer} */ bytes) => {
        this.said += bytes.toString();
        if (!this.#understand(this.said.slice(from))) return;
        clearTimeout(late);
        ready(undefined);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', (fault) => fail(new Error(`${BIN} does not start: ${fault.message}`)));
      child.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${this.said}`)));
    });
  }

  /** Reads the port and the setup link off what was printed; true when both are known. @param {string} text */
  #understand(text) {
    const port = /Ready on port (\d+)/.exec(text)?.[1];
    if (!port) return false;
    this.port = Number(port);
    const link = /https:\/\/\S+\/setup\?t=[\w-]+/.exec(text)?.[0];
    if (link) this.setupLink = this.origin + new URL(link).pathname + new URL(link).search;
    return this.setupLink !== '';
  }
}

/** @param {string} html */
function links(html) {
  return [...new Set([...html.matchAll(/\/join\/[\w-]+/g)].map((found) => found[0]))];
}

/** @param {import('@playwright/test').Page} page */
function open(page) {
  return !page.isClosed();
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
