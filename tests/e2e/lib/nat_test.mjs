/**
 * The test of the networks: a lab and its houses for all tests of a worker, people at its places for each.
 *
 * Without root it says so and skips; where continuous integration runs, that is a failure.
 */
import { test as base, expect } from '@playwright/test';
import { ADDRESSES, Lab } from './lab.mjs';
import { Person } from './people.mjs';
import { PASSWORD } from './server.mjs';

/** @typedef {import('./lab.mjs').Host} Host */
/** @typedef {import('./server.mjs').Server} Server */
/** @typedef {import('./room.mjs').Member} Member */

const HALF_A_DAY_MS = 12 * 3600 * 1000;

/** Whoever lives here and needs no new account for each test. */
export class House {
  /** Each with the moment of signing in. @type {Map<string, {client: import('./client.mjs').Client, since: number}>} */
  #members = new Map();

  /** @param {Server} server @param {import('./lab.mjs').Site} site @param {number} port */
  constructor(server, site, port) {
    this.server = server;
    this.site = site;
    this.port = port;
  }

  /** Signed in anew from time to time: a browser is given another cookie once a day, and takes it away with it. @param {string} name */
  async member(name) {
    const now = this.server.now();
    const known = this.#members.get(name) ?? { client: await this.server.join(name), since: now };
    this.#members.set(name, known);
    if (now - known.since > HALF_A_DAY_MS) {
      await known.client.signIn(PASSWORD);
      known.since = now;
    }
    return known.client;
  }

  /** Lets time go by until nobody of an earlier test has a seat or a chair any more. */
  async empty() {
    await this.server.advance(100);
    const { admin } = this.server;
    if (!admin) return;
    // A browser may close an earlier test's page late, and its chair is kept from then on; whoever still sits is led past the door.
    await expect.poll(async () => {
      const { status, body } = await admin.get('/rooms');
      if (status !== 200 || body.includes('Nobody is inside just now.')) return true;
      await this.server.advance(5);
      return false;
    }, { message: 'nobody of an earlier test is in the room' }).toBe(true);
  }

  /** Nobody who lives here keeps a line open. */
  close() {
    for (const { client } of this.#members.values()) client.close();
  }

  /** How somebody at that place calls the house. @param {Host} host @param {number} [port] */
  origin(host, port = this.port) {
    const { v4, v6, outside } = /** @type {{ v4: string, v6?: string, outside?: string }} */ (ADDRESSES[this.site]);
    const called = host.endsWith('6') ? v6 : host === 'k' ? v4 : outside ?? v4;
    return `https://${called}${port === 443 ? '' : `:${port}`}`;
  }
}

/**
 * @typedef {object} Visit
 * @property {string} name
 * @property {Host} host
 * @property {number} [port] by which they come, where a router maps it
 * @property {string} [origin] where else they find the house
 * @property {boolean} [lively] their camera is larger and faster
 * @property {import('./lab.mjs').Engine} [engine] Chromium, unless said otherwise
 * @property {string} [home] a home folder with what the browser trusts
 * @property {(context: import('@playwright/test').BrowserContext) => Promise<void>} [prepare]
 */

const test_ = base.extend(/** @type {any} */ ({
  lab: [async (/** @type {object} */ {}, /** @type {(lab: Lab) => Promise<void>} */ use) => {
    const lab = await Lab.build();
    await use(lab);
    await lab.end();
  }, { scope: 'worker' }],

  house: [async (/** @type {{ lab: Lab }} */ { lab }, /** @type {any} */ use) => {
    /** One at each site. @type {Map<string, House>} */
    const houses = new Map();
    await use(async (/** @type {import('./lab.mjs').Site} */ site, /** @type {number} */ port) => {
      const known = houses.get(site);
      if (known?.port === port) return known;
      if (known) {
        known.close();
        await lab.close(known.server);
      }
      const house = new House(await lab.server(site, port), site, port);
      await house.server.setup();
      houses.set(site, house);
      return house;
    });
  }, { scope: 'worker' }],

  visit: async (/** @type {{ lab: Lab }} */ { lab }, /** @type {any} */ use) => {
    /** @type {Person[]} */
    const people = [];
    await use(async (/** @type {House} */ house, /** @type {Visit} */ { name, host, engine, port, origin, lively, home, prepare }) => {
      const client = await house.member(name);
      const browser = await lab.browser(host, { home, engine });
      const person = await Person.come(browser, origin ?? house.origin(host, port), people.length + 1, name, { client, lively, context: { ignoreHTTPSErrors: !home } });
      people.push(person);
      house.server.pages.add(person.page);
      await prepare?.(person.context);
      return Object.assign(person, { client });
    });
    const complaints = people.flatMap((person) => person.unexpected().map((text) => `${person.name}: ${text}`));
    for (const person of people) await person.context.close();
    expect(complaints, 'no browser complains').toEqual([]);
  },
}));

const ROOT = process.getuid?.() === 0;

test_.beforeEach(() => {
  if (!ROOT && process.env.CI) throw new Error('the networks need root, and continuous integration must try them');
  test_.skip(!ROOT, 'Networks are tried in namespaces, which need root: run this as root, or leave it to continuous integration.');
});

export const test = /** @type {import('@playwright/test').TestType<{
  visit: (house: House, visit: Visit) => Promise<Member>,
} & import('@playwright/test').PlaywrightTestArgs, {
  lab: Lab,
  house: (site: import('./lab.mjs').Site, port: number) => Promise<House>,
} & import('@playwright/test').PlaywrightWorkerArgs>} */ (/** @type {unknown} */ (test_));
export { expect };
