/** Somebody leaves the house in the middle of a call: their machine has another address, what was open is dead, and the call goes on by itself. */
import { expect, test } from '../lib/nat_test.mjs';
import { twoInRoom, twoInSession } from '../lib/two_homes.mjs';
import { wayOf } from '../lib/way.mjs';

test.describe.configure({ timeout: 150_000 });

/** From the change until ten pictures have come in on both sides, in milliseconds. */
const BACK_MS = 20_000;
const BROKEN = /ERR_|request failed|WebSocket connection|EventSource|Failed to load resource|NS_ERROR|connection to wss|can’t establish|interrupted while/;

/** A browser hears of another network a moment late, and breaks off what it is loading then. */
const HEARD_MS = 2000;

test.afterEach(async ({ lab }) => {
  await lab.roam('home');
  await new Promise((done) => setTimeout(done, HEARD_MS));
});

for (const engine of /** @type {const} */ (['chromium', 'firefox'])) {
  for (const [what, meet] of /** @type {const} */ ([
    ['a session', (/** @type {import('../lib/two_homes.mjs').Means} */ means) => twoInSession(means, undefined, false, engine)],
    ['the room', (/** @type {import('../lib/two_homes.mjs').Means} */ means) => twoInRoom(means, false, engine)],
  ])) {
    test(`${what}, from Wi-Fi to mobile and back, ${engine}`, async ({ lab, house, visit }) => {
      const { ana, ben } = await meet({ lab, house, visit });
      for (const person of [ana, ben]) person.allow(BROKEN);
      const connections = () => ana.page.evaluate(() => /** @type {any} */ (window).__here.calls.length);
      const before = await connections();
      for (const where of /** @type {const} */ (['mobile', 'home'])) {
        await lab.roam(where);
        const back = await Promise.all([ana, ben].map((person) => person.framesGrow({ by: 10, within: 30_000 })));
        await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
        const way = await ana.page.evaluate(wayOf);
        console.log(`    ${engine}, ${what}, ${where}: pictures ${back.map((ms) => (ms / 1000).toFixed(1)).join(' and ')} s after; ${way?.by} ${way?.protocol}`);
        expect.soft(Math.max(...back), 'pictures are back in time').toBeLessThan(BACK_MS);
      }
      expect(await connections(), 'by the same connection, without another handshake').toBe(before);
    });
  }
}
