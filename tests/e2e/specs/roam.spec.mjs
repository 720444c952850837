/** Somebody leaves the house in the middle of a call: their machine has another address, what was open is dead, and the call goes on by itself. */
import { watchBreaks } from '../lib/gaps.mjs';
import { expect, test } from '../lib/nat_test.mjs';
import { printNotes } from '../lib/timeline.mjs';
import { twoInRoom, twoInSession } from '../lib/two_homes.mjs';
import { wayOf } from '../lib/way.mjs';

test.describe.configure({ timeout: 150_000 });

/** From the change until pictures and sound come in on both sides, in milliseconds. */
const BACK_MS = 7_000;
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
      const watches = await Promise.all([ana, ben].map(watchBreaks));
      for (const where of /** @type {const} */ (['mobile', 'home'])) {
        const changed = Date.now();
        await lab.roam(where);
        await Promise.all([ana, ben].map((person) => person.framesGrow({ by: 10, within: 30_000 })));
        await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
        const away = await Promise.all(watches.map((watch) => watch(changed)));
        const way = await ana.page.evaluate(wayOf);
        const told = away.map(({ picture, sound }) => `picture ${(picture / 1000).toFixed(1)} s, sound ${(sound / 1000).toFixed(1)} s`);
        console.log(`    ${engine}, ${what}, ${where}: back after ${told.join(' and ')}; ${way?.by} ${way?.protocol}`);
        if (process.env.TIMELINE) for (const person of [ana, ben]) await printNotes(person, changed);
        expect.soft(Math.max(...away.flatMap(({ picture, sound }) => [picture, sound])), 'the call is back in time').toBeLessThan(BACK_MS);
      }
      expect(await connections(), 'by the same connection, without another handshake').toBe(before);
    });
  }
}
