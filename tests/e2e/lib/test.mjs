/**
 * The test of this folder: Playwright's, with a server of its own and people who come and are shown out.
 *
 * After each test every browser must be without complaint: no error or warning in the console, no failed request, no
 * answer of 400 or more, no breach of the content security policy.
 */
import { test as base, expect } from '@playwright/test';
import { Cable } from './cable.mjs';
import { Person } from './people.mjs';
import { Server } from './server.mjs';

/** @typedef {(name: string, ways?: import('./people.mjs').Ways) => Promise<Person>} Come */

/** @type {import('@playwright/test').TestType<any, any>} */
const test_ = base.extend({
  /** The server's first moment: `test.use({ at: '2027-03-24T09:00:00Z' })`. */
  at: ['', { option: true }],

  server: async ({ at }, use, info) => {
    const server = await Server.start(at ? { at } : {});
    await use(server);
    if (info.status !== info.expectedStatus) await info.attach('server', { body: server.said, contentType: 'text/plain' });
    expect(await server.stop(), `the server ends gracefully\n${server.said.slice(-2000)}`).toBe(0);
  },

  /** Lays a cable between a person and the server; `ways.origin` is then the cable's. */
  cable: async ({ server }, use) => {
    const cable = await Cable.lay(server.port);
    await use(cable);
    cable.pull();
  },

  /** A browser for somebody who is no member yet (without `client`) or who is signed in already. */
  come: async ({ browser, server }, use) => {
    /** @type {Person[]} */
    const people = [];
    /** @type {Come} */
    const come = async (name, ways = {}) => {
      const person = await Person.come(browser, ways.origin ?? server.origin, people.length + 1, name, ways);
      people.push(person);
      const follow = (/** @type {import('@playwright/test').Page} */ page) => {
        server.pages.add(page);
        if (ways.clock) server.clocked.add(page);
      };
      follow(person.page);
      person.context.on('page', follow);
      return person;
    };
    await use(come);
    const complaints = people.flatMap((person) => person.unexpected().map((text) => `${person.name}: ${text}`));
    for (const person of people) await person.context.close();
    expect(complaints, 'no browser complains').toEqual([]);
  },

  /** Somebody who has become a member and has the calendar's address at hand. */
  member: async ({ server, come }, use) => {
    await use(async (/** @type {string} */ name, zone = 'Europe/Berlin', /** @type {import('./people.mjs').Ways} */ ways = {}) => {
      const client = await server.join(name, zone);
      const person = await come(name, { zone, client, ...ways });
      return Object.assign(person, { client });
    });
  },
});

export const test = /** @type {import('@playwright/test').TestType<{
  at: string,
  server: Server,
  cable: Cable,
  come: Come,
  member: (name: string, zone?: string, ways?: import('./people.mjs').Ways) => Promise<Person & { client: import('./client.mjs').Client }>,
} & import('@playwright/test').PlaywrightTestArgs, import('@playwright/test').PlaywrightWorkerArgs>} */ (test_);
export { expect };
