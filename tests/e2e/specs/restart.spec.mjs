/** The server is killed and started again while people work: a direct call never stops, what went through the server is back at once. */
import { expect, test } from '../lib/nat_test.mjs';
import { printNotes } from '../lib/timeline.mjs';
import { twoInRoom, twoInSession } from '../lib/two_homes.mjs';
import { wayOf } from '../lib/way.mjs';

test.describe.configure({ timeout: 120_000 });

/** @typedef {import('../lib/room.mjs').Member} Member */
/** @typedef {import('../lib/nat_test.mjs').House} House */

/** What pictures may take after the server is ready again, in milliseconds. */
const BACK_MS = 5000;
const BROKEN = /ERR_|request failed|WebSocket connection|EventSource|Failed to load resource|answer 5\d\d|NS_ERROR|connection to wss|can’t establish|interrupted while/;

/** Ana's browser; Ben's is Chromium. */
for (const engine of /** @type {const} */ (['chromium', 'firefox'])) {
  for (const way of ['direct', 'relay udp', 'relay tcp']) {
    test(`a session by ${way}, ${engine}`, async ({ lab, house, visit }) => {
      const { place, ana, ben } = await twoInSession({ lab, house, visit }, way === 'direct' ? undefined : way, false, engine);
      expect((await ana.page.evaluate(wayOf))?.by).toBe(way.split(' ')[0]);
      await killedAndBack(place, [ana, ben], way === 'direct');
    });
  }
}

for (const engine of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`the room, ${engine}`, async ({ lab, house, visit }) => {
    const { place, ana, ben } = await twoInRoom({ lab, house, visit }, false, engine);
    await killedAndBack(place, [ana, ben], false);
  });
}

/** @param {House} place @param {[Member, Member]} people @param {boolean} direct */
async function killedAndBack(place, people, direct) {
  for (const person of people) person.allow(BROKEN);
  await place.server.kill9();
  if (direct) await Promise.all(people.map((person) => person.framesGrow({ by: 10 })));
  await place.server.restart();
  const ready = Date.now();
  const back = await Promise.all(people.map((person) => person.framesGrow({ by: 2, within: 20_000 })));
  console.log(`    pictures ${direct ? 'never stopped' : `back ${(Math.max(...back) / 1000).toFixed(1)} s after ready`}`);
  expect(Math.max(...back)).toBeLessThan(direct ? 1500 : BACK_MS);
  const [ana, ben] = people;
  await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
  if (process.env.TIMELINE) for (const person of people) await printNotes(person, ready);
}
