/**
 * People in browsers: each a context of their own, with a picture and a tone that nobody else has, watched for every
 * complaint of the browser.
 */
import { expect } from '@playwright/test';
import { inbound, inhabit, pictures, tones } from './inpage.mjs';

/** Whom a picture shows and a tone belongs to. */
export const toneOf = (/** @type {number} */ id) => 400 + 150 * id;

/**
 * @typedef {object} Ways
 * @property {string} [zone] IANA zone of the browser
 * @property {import('./client.mjs').Client} [client] whose login the browser has
 * @property {import('./inpage.mjs').Devices} [devices]
 * @property {boolean} [sockets] false: WebSockets are refused
 * @property {boolean} [lively] their camera is larger and faster
 * @property {boolean} [steady] their tone never rests, and their camera is the browser's own
 * @property {boolean} [clock] the page has a clock of its own that `advance` moves too
 * @property {import('@playwright/test').BrowserContextOptions} [context]
 * @property {string} [origin] where the server is for this person, if a cable lies between
 */

export class Person {
  /** @type {string[]} */
  complaints = [];
  /** @type {RegExp[]} */
  #allowed = [];
  /** Event streams of the calendar that the server has answered. */
  streams = 0;

  /**
   * @param {import('@playwright/test').BrowserContext} context
   * @param {import('@playwright/test').Page} page
   * @param {number} id
   * @param {string} name
   */
  constructor(context, page, id, name) {
    this.context = context;
    this.page = page;
    this.id = id;
    this.name = name;
  }

  /**
   * @param {import('@playwright/test').Browser} browser
   * @param {string} origin
   * @param {number} id
   * @param {string} name
   * @param {Ways} ways
   */
  static async come(browser, origin, id, name, { zone = 'Europe/Berlin', client, devices = 'ok', sockets = true, lively = false, steady = false, clock = false, context: options = {} } = {}) {
    const context = await browser.newContext({
      baseURL: origin,
      timezoneId: zone,
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    if (client) await context.addCookies(client.cookies(origin));
    /** @type {Person | undefined} */
    let person;
    await context.exposeBinding('__report', (_source, text) => person?.complain(String(text)));
    if (clock) await context.clock.install();
    await context.addInitScript(inhabit, { id, devices, sockets, lively, steady });
    const page = await context.newPage();
    person = new Person(context, page, id, name);
    person.watch(page);
    context.on('page', (other) => person?.watch(other));
    return person;
  }

  /** Writes down what the browser complains of on a page. @param {import('@playwright/test').Page} page */
  watch(page) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complain(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (fault) => this.complain(`uncaught: ${fault.stack ?? fault.message}`));
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      // A page that is left lets go of what it was still asking for; that is no failure.
      if (why === 'net::ERR_ABORTED' || why === 'NS_BINDING_ABORTED') return;
      this.complain(`request failed: ${request.method()} ${request.url()} ${why}`);
    });
    page.on('response', (answer) => {
      if (answer.ok() && new URL(answer.url()).pathname === '/live') this.streams += 1;
      if (answer.status() >= 400) this.complain(`answer ${answer.status()}: ${answer.request().method()} ${answer.url()}`);
    });
  }

  /** @param {string} text */
  complain(text) {
    this.complaints.push(text);
  }

  /** Complaints that this test provokes, and that are therefore none. @param {...RegExp} patterns */
  allow(...patterns) {
    this.#allowed.push(...patterns);
  }

  /** The complaints that nobody has allowed. */
  unexpected() {
    return this.complaints.filter((text) => !this.#allowed.some((pattern) => pattern.test(text)));
  }

  /** Everything on the page that shows somebody. */
  async pictures() {
    return this.page.evaluate(pictures);
  }

  /** Sees that somebody, moving, in a player that is shown. @param {number} id */
  async sees(id, { page = this.page, within = 20_000 } = {}) {
    let first = -1;
    await expect.poll(async () => {
      const shown = (await page.evaluate(pictures)).find((picture) => picture.id === id && picture.shown && !picture.paused);
      if (!shown || shown.bar < 0) return 'nobody';
      if (first < 0) first = shown.bar;
      return shown.bar === first ? 'still' : 'moving';
    }, { message: `${this.name} sees person ${id} move`, timeout: within, intervals: [150] }).toBe('moving');
  }

  /** Sees that somebody no more. @param {number} id */
  async seesNot(id, page = this.page) {
    await expect.poll(async () => (await page.evaluate(pictures)).filter((picture) => picture.id === id && picture.shown).length,
      { message: `${this.name} does not see person ${id}`, timeout: 20_000 }).toBe(0);
  }

  /** Hears that somebody's tone, aloud, and nobody else's. @param {number} id */
  async hears(id, { page = this.page } = {}) {
    await expect.poll(async () => {
      const loud = (await page.evaluate(tones)).filter((tone) => tone.audible && tone.level > -60);
      return loud.map((tone) => Math.round((tone.hz - 400) / 150));
    }, { message: `${this.name} hears person ${id}`, timeout: 20_000, intervals: [100] }).toEqual([id]);
  }

  /** Hears nobody. */
  async hearsNobody(page = this.page) {
    await expect.poll(async () => (await page.evaluate(tones)).filter((tone) => tone.audible && tone.level > -60).length,
      { message: `${this.name} hears nobody`, timeout: 20_000, intervals: [100] }).toBe(0);
  }

  /** Frames that have come in, over all calls of the page. */
  async frames(page = this.page) {
    const calls = await page.evaluate(inbound);
    return new Map(calls.map((call) => [call.call, call.frames]));
  }

  /** Waits until more frames have come in, and says how long that took. */
  async framesGrow({ by = 5, within = 10_000, page = this.page } = {}) {
    const began = Date.now();
    const before = await this.frames(page);
    await expect.poll(async () => {
      const now = await this.frames(page);
      return [...now].reduce((sum, [call, frames]) => sum + frames - (before.get(call) ?? 0), 0);
    }, { message: `frames come in at ${this.name}`, timeout: within, intervals: [100] }).toBeGreaterThan(by);
    return Date.now() - began;
  }

  /** The sounds that left the page's loudspeaker since then (milliseconds of the page's clock). */
  async sounds(since = 0, page = this.page) {
    /** @type {{ at: number, peak: number, hz: number }[]} */
    const all = await page.evaluate(() => /** @type {any} */ (window).__here.sounds);
    return all.filter((sound) => sound.at >= since);
  }

  /** Forgets the sounds so far. */
  async hush(page = this.page) {
    await page.evaluate(() => { /** @type {any} */ (window).__here.sounds.length = 0; });
  }

  /** Waits for a chime from the loudspeaker. */
  async hearsChime({ within = 10_000, page = this.page } = {}) {
    await expect.poll(async () => (await this.sounds(0, page)).filter((sound) => sound.peak > 0.02).length,
      { message: `${this.name} hears a chime`, timeout: within }).toBeGreaterThan(2);
  }
}
