/** Sessions of three: from the start, out of a running pair with its consent and without a gap, and back to a pair. */
import { inCall, inPhase, room, setGoal, sitDown, together } from '../lib/room.mjs';
import { expect, test } from '../lib/test.mjs';
import { seatBeside } from '../lib/trio.mjs';

test.describe.configure({ timeout: 180_000 });

/** @typedef {import('../lib/people.mjs').Person} Person */

/** Writes down the longest time without a fresh picture of anybody, from here on. @param {Person} person */
async function watchGaps(person) {
  await person.page.evaluate(() => {
    const w = /** @type {any} */ (window);
    w.__gap = { longest: 0, last: performance.now() };
    const seen = new WeakSet();
    const look = () => {
      for (const video of document.querySelectorAll('.tile.partner video')) {
        if (seen.has(video) || !(video instanceof HTMLVideoElement)) continue;
        seen.add(video);
        const frame = () => {
          const now = performance.now();
          w.__gap.longest = Math.max(w.__gap.longest, now - w.__gap.last);
          w.__gap.last = now;
          video.requestVideoFrameCallback(frame);
        };
        video.requestVideoFrameCallback(frame);
      }
    };
    look();
    setInterval(look, 100);
  });
}

/** @param {Person} person @returns {Promise<number>} milliseconds */
function longestGap(person) {
  return person.page.evaluate(() => /** @type {any} */ (window).__gap.longest);
}

test('three who were put together see and hear each other, and the lobby says where the pictures go', async ({ server, member }) => {
  const [ana, ben, cem] = [await member('Ana'), await member('Ben'), await member('Cem')];
  const { start, seat } = await together(server, ana, ben);
  const third = await cem.client.book(start);
  seatBeside(server, third, seat(ana));
  await server.advanceTo(start - 120);
  await cem.page.goto(`/session/${third}`);
  await expect(cem.page.locator('#trio-words')).toContainText('passes the pictures on');
  await sitDown(ana, seat(ana));
  await sitDown(ben, seat(ben));
  await sitDown(cem, third);
  for (const [who, others] of /** @type {[Person, Person[]][]} */ ([[ana, [ben, cem]], [ben, [ana, cem]], [cem, [ana, ben]]])) {
    for (const other of others) await who.sees(other.id);
  }
  await expect(ana.page.locator('#through-server')).toBeVisible();
});

test('a running pair is asked, keeps picture, goals and timer, and is a pair again when the third leaves', async ({ server, member }) => {
  const [ana, ben, cem] = [await member('Ana'), await member('Ben'), await member('Cem')];
  const { start, seat } = await inCall(server, ana, ben);
  await setGoal(ana, 'Write the first page');
  await ana.page.getByRole('button', { name: 'Chat' }).click();
  await ana.page.locator('#chat-text').fill('Between the two of us');
  await ana.page.keyboard.press('Enter');
  await server.advanceTo(start + 200);
  await inPhase('focus', ana, ben);
  const third = await cem.client.book(server.slot(1), 25);
  seatBeside(server, third, seat(ana));
  for (const person of [ana, ben]) await watchGaps(person);
  await sitDown(cem, third);
  for (const person of [ana, ben]) {
    await expect(person.page.locator('#third-sheet')).toContainText('could technically see them');
    await person.page.getByRole('button', { name: 'Sit together' }).click();
  }
  const agreed = Date.now();
  await ana.sees(cem.id);
  console.log(`    the third is seen ${((Date.now() - agreed) / 1000).toFixed(1)} s after the last word`);
  await ben.sees(cem.id);
  await cem.sees(ana.id);
  await ana.sees(ben.id);
  for (const person of [ana, ben]) expect.soft(await longestGap(person), 'no gap in the picture').toBeLessThanOrEqual(200);
  await expect(cem.page.locator('#chat-lines')).not.toContainText('Between the two of us');
  await expect(ana.page.locator('#goal-list textarea').first()).toHaveValue('Write the first page');

  await cem.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await cem.page.getByRole('button', { name: 'Leave now' }).click();
  await ana.seesNot(cem.id);
  await ana.sees(ben.id);
  await expect(ana.page.locator('#through-server')).toBeHidden();
  for (const person of [ana, ben]) expect.soft(await longestGap(person), 'no gap on the way back').toBeLessThanOrEqual(200);
});

test('who says "not now" goes on as a pair, and the third is told nothing unkind', async ({ server, member }) => {
  const [ana, ben, cem] = [await member('Ana'), await member('Ben'), await member('Cem')];
  const { seat } = await inCall(server, ana, ben);
  const third = await cem.client.book(server.slot(1), 25);
  seatBeside(server, third, seat(ana));
  await sitDown(cem, third);
  await ana.page.getByRole('button', { name: 'Not now' }).click();
  await ben.page.getByRole('button', { name: 'Sit together' }).click();
  await ana.sees(ben.id);
  await ben.seesNot(cem.id);
  await expect(room(cem)).toHaveAttribute('data-seated', 'true');
});
