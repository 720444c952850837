/**
 * Browsers have rules of their own about ports: some drop media addresses on 443 at a private address without a word. Every way of a
 * session and of the room is tried in every browser at every kind of address, alone, so that none of them hides that another is broken.
 */
import { expect, test } from '../lib/nat_test.mjs';
import { bothSitDown } from '../lib/room.mjs';
import { bothComeIn, comeIn } from '../lib/table.mjs';
import { onlyBy, wayOf } from '../lib/way.mjs';

test.describe.configure({ timeout: 90_000 });

/** @type {{ name: string, at: ['pub' | 'lan', number], host: import('../lib/lab.mjs').Host }[]} */
const addresses = [
  { name: 'a private address, 8443', at: ['lan', 8443], host: 'k' },
  { name: 'a private address, 443', at: ['lan', 443], host: 'k' },
  { name: 'a public address, 443', at: ['pub', 443], host: 'a' },
];

const ENGINES = /** @type {const} */ (['chromium', 'firefox']);

/**
 * What is left open, where, and the way that is found then. A session by streams has the relay alone: browsers open streams to others and
 * wait for none, so that two of them never meet by one, while the media engine waits for them.
 */
const ways = /** @type {const} */ ([
  { only: 'direct udp', what: 'a session', way: 'direct udp' },
  { only: 'streams', what: 'a session', way: 'relay tcp' },
  { only: 'relay tcp', what: 'a session', way: 'relay tcp' },
  { only: 'direct udp', what: 'the room', way: 'direct udp' },
  { only: 'direct tcp', what: 'the room', way: 'direct tcp' },
  { only: 'relay tcp', what: 'the room', way: 'relay tcp' },
]);

/** From the tap of the second until both are seen to move, in milliseconds, on a machine that has other things to do: what it took is printed. */
const FIRST_MS = 10_000;

test('a server that has got another address while it runs is found there', async ({ lab, house, visit }) => {
  const place = await house('lan', 8443);
  await place.empty();
  await lab.move(11);
  try {
    const origin = 'https://192.168.50.11:8443';
    const [ana, ben] = [await visit(place, { name: 'Ana', host: 'k', origin }), await visit(place, { name: 'Ben', host: 'k', origin })];
    for (const person of [ana, ben]) await comeIn(person);
    await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
    for (const person of [ana, ben]) expect(await person.page.evaluate(wayOf)).toMatchObject({ by: 'direct', protocol: 'udp', at: '192.168.50.11:8443' });
    // While the address is there: once it has moved, the server hears of nobody's going, and keeps their chairs.
    for (const person of [ana, ben]) {
      // A line that is just being looked for anew, because the network is another, is closed with the page.
      person.allow(/WebSocket is closed before the connection is established/);
      await person.page.getByRole('button', { name: 'Leave' }).click();
      await expect(person.page).toHaveURL(/\/rooms$/);
    }
  } finally {
    await lab.move(10);
  }
});

for (const engine of ENGINES) {
  // The second begins where the first has ended: a house is built once less.
  for (const { name, at, host } of engine === 'firefox' ? [...addresses].reverse() : addresses) {
    for (const { only, what, way } of ways) {
      test(`${engine}, ${name}: ${what} by ${only}`, async ({ lab, house, visit }) => {
        const place = await house(...at);
        await place.empty();
        if (host === 'a') for (const home of /** @type {const} */ (['a', 'b'])) await lab.home(home, 'cone');
        const prepare = (/** @type {import('@playwright/test').BrowserContext} */ context) => context.addInitScript(onlyBy, only);
        const ana = await visit(place, { name: 'Ana', host, engine, prepare });
        const ben = await visit(place, { name: 'Ben', host: host === 'a' ? 'b' : host, engine, prepare });
        const began = await (what === 'the room' ? bothComeIn(ana, ben) : bothSitDown(place.server, ana, ben));
        await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
        const first = Date.now() - began;
        for (const person of [ana, ben]) {
          const found = await person.page.evaluate(wayOf);
          expect(`${found?.by} ${found?.protocol}`, JSON.stringify(found)).toBe(way);
        }
        console.log(`    ${engine}, ${name}, ${what} by ${only}: ${first} ms`);
        expect.soft(first, 'both see each other in time').toBeLessThan(FIRST_MS);
      });
    }
  }
}
