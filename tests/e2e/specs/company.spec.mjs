/** Nobody works alone: who is left over becomes the third, who is stranded is offered company, and who is truly alone can work. */
import { enter, inPhase, room, setGoal, sitDown, takeSeat } from '../lib/room.mjs';
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

test.describe.configure({ timeout: 180_000 });

/** @typedef {import('../lib/room.mjs').Member} Member */

/**
 * Two who picked each other.
 * @param {number} start @param {Member} a @param {Member} b @param {string} trio
 */
async function pair(start, a, b, trio) {
  const first = await a.client.book(start, 25, { trio });
  return [first, await b.client.book(start, 25, { with: first, trio })];
}

test('who is left over is promised company, and becomes the third of a pair that agreed', async ({ server, member }) => {
  const people = [await member('Ana'), await member('Ben'), await member('Cleo')];
  const start = server.slot(20);
  const seats = [];
  for (const who of people) seats.push(await who.client.book(start, 25, { trio: 'yes' }));
  await server.advanceTo(start - 14 * 60);
  const promised = /We.ll tell you with whom just before/;
  await expect.poll(async () => {
    const pages = await Promise.all(people.map(async (who) => {
      await who.page.goto('/');
      return promised.test(await who.page.locator('#next').innerText());
    }));
    return pages.filter(Boolean).length;
  }).toBe(1);
  await server.advanceTo(start - 5 * 60);
  for (const [n, who] of people.entries()) await enter(who, seats[n]);
  const lone = [];
  for (const who of people) if (await who.page.locator('#who-name', { hasText: 'Company is on its way' }).isVisible()) lone.push(who);
  expect(lone).toHaveLength(1);
  await server.advanceTo(start - 55);
  for (const who of people) await expect(room(who)).toHaveAttribute('data-partners', '2');
});

test('after a no-show the free chair of a pair is offered; it is taken with one tap, and the pair may say "not now"', async ({ server, member }) => {
  const [ana, ben, dai, eva] = [await member('Ana'), await member('Ben'), await member('Dai'), await member('Eva')];
  const start = server.slot(2);
  const [, seat] = await pair(start, ben, ana, 'yes');
  const [d, e] = await pair(start, dai, eva, 'yes');
  await server.advanceTo(start - 60);
  await sitDown(dai, d);
  await sitDown(eva, e);
  await sitDown(ana, seat);
  await server.advanceTo(start + 60);
  await expect(ana.page.locator('#lounge')).toBeHidden();
  await server.advanceTo(start + 121);
  await expect(ana.page.locator('#lounge-words')).toHaveText(/Dai and Eva have a free chair. Sit with them\?/);
  await ana.page.getByRole('button', { name: 'Sit with them' }).click();
  await expect(room(ana)).toHaveAttribute('data-partners', '2');
  await expect(dai.page.locator('#third-sheet')).toContainText('Ana');
  await dai.page.locator('#third-no').click();
  await expect(room(dai)).toHaveAttribute('data-partners', '1');
  await expect(room(ana)).toHaveAttribute('data-partners', '0');
  await expect(ana.page.locator('#lounge')).toBeVisible();
  await expect(ana.page.locator('#lounge-words')).not.toContainText('free chair');
  // What became of it stands beside the lounge, also after a reload, until the next company comes.
  const words = 'Dai and Eva go on as two this time. Your seat, your goals and your timer are as they were.';
  await expect(ana.page.locator('#came-words')).toHaveText(words);
  await expect(ana.page.locator('#alone')).toBeHidden();
  await look(ana, 'sent on');
  await ana.page.reload();
  await expect(ana.page.locator('#came')).toBeVisible();
  await expect(ana.page.locator('#came-words')).toHaveText(words);
  await expect(ana.page.locator('#lounge')).toBeVisible();
});

test('who chose it is moved to a pair by itself, silent and veiled, when there is a hand on the page, and both sides read why', async ({ server, member }) => {
  const [ana, ben, dai, eva] = [await member('Ana'), await member('Ben'), await member('Dai'), await member('Eva')];
  const start = server.slot(2);
  const first = await ben.client.book(start, 25, { trio: 'yes' });
  const seat = await ana.client.book(start, 25, { with: first, trio: 'yes', by_itself: 'on' });
  const [d, e] = await pair(start, dai, eva, 'yes');
  await server.advanceTo(start - 60);
  await sitDown(dai, d);
  await sitDown(eva, e);
  await sitDown(ana, seat);
  await dai.page.locator('#chat-open').click();
  await dai.page.locator('#chat-text').fill('just between us');
  await dai.page.locator('#chat-text').press('Enter');
  await server.advanceTo(start + 119);
  await ana.page.mouse.move(40, 40);
  await expect(ana.page.locator('#lounge-words')).toHaveText(/Ben isn't here. In ten seconds you join Dai and Eva\./);
  await ana.page.getByRole('button', { name: 'Stay alone' }).click();
  await server.advanceTo(start + 150);
  await expect(room(ana)).toHaveAttribute('data-partners', '1');
  await ana.page.getByRole('button', { name: 'Look for company after all' }).click();
  await expect(ana.page.locator('#lounge-soon')).toBeVisible();
  await expect(room(ana)).toHaveAttribute('data-partners', '2', { timeout: 20_000 });
  await expect(ana.page.locator('#came-words')).toHaveText(/Ben isn’t here, so you sit with Dai and Eva from here on, as you chose/);
  await expect(ana.page.locator('#me-tile')).toHaveAttribute('data-muted', 'true');
  await expect(ana.page.locator('#me-tile')).toHaveAttribute('data-camera', 'veiled');
  await look(ana, 'came by itself');
  await expect(dai.page.locator('#third-itself')).toContainText('Ana chose with the booking');
  await look(dai, 'third by itself');
  await dai.page.locator('#third-yes').click();
  await eva.page.locator('#third-yes').click();
  await expect(ana.page.locator('#through-server')).toBeVisible();
  await expect(ana.page.locator('#chat-lines')).not.toContainText('just between us');
  await ana.page.locator('#came-close').click();
  await expect(ana.page.locator('#came')).toBeHidden();
});

test('beside an empty chair there is an offer and a way to wait, and who comes back is never shut out', async ({ server, member }) => {
  const [ana, ben, cleo] = [await member('Ana'), await member('Ben'), await member('Cleo')];
  const start = server.slot(2);
  const [b, a] = await pair(start, ben, ana, 'yes');
  const c = await cleo.client.book(start, 50, { trio: 'yes' });
  await server.advanceTo(start - 60);
  await sitDown(ben, b);
  await sitDown(ana, a);
  await server.advanceTo(start + 4 * 60);
  await ben.page.locator('#away').click();
  await expect(ana.page.locator('.tile.partner .tile-words')).toContainText(/back/i);
  await expect(ana.page.locator('#lounge')).toBeHidden();
  await server.advanceTo(start + 6 * 60 + 2);
  await expect(ana.page.locator('#lounge-words')).toHaveText('Ben is away for a moment. We look for company for you meanwhile.');
  await look(ana, 'lounge while away');
  await ana.page.getByRole('button', { name: 'Wait for Ben' }).click();
  await expect(ana.page.locator('#lounge-words')).toHaveText('You wait for Ben.');
  await ben.page.locator('#away').click();
  await expect(ana.page.locator('#lounge')).toBeHidden();
  await ben.page.locator('#away').click();
  await sitDown(cleo, c);
  await server.advanceTo(start + 8 * 60 + 10);
  await expect(ana.page.locator('#lounge-words')).toHaveText('Ben is away for a moment. Cleo is alone too. Sit together?');
  await ana.page.getByRole('button', { name: 'Sit together' }).click();
  await cleo.page.getByRole('button', { name: 'Sit together' }).click();
  await ana.sees(cleo.id);
  await expect(ben.page.locator('#came-words')).toHaveText(/^Ana found company while you were away\. Your seat, your goals/);
  await ben.page.locator('#away').click();
  await expect(ben.page.locator('#lounge-words')).toHaveText(/(Ana and Cleo|Cleo and Ana) have a free chair\. Sit with them\?/);
  await look(ben, 'back from away');
  await ben.page.getByRole('button', { name: 'Sit with them' }).click();
  await expect(room(ben)).toHaveAttribute('data-partners', '2');
});

test('two who were left alone sit down together when both say so', async ({ server, member }) => {
  const [ana, ben, cleo, dai] = [await member('Ana'), await member('Ben'), await member('Cleo'), await member('Dai')];
  const start = server.slot(2);
  const [, a] = await pair(start, ben, ana, 'no');
  const [, c] = await pair(start, dai, cleo, 'no');
  await server.advanceTo(start - 60);
  await sitDown(ana, a);
  await sitDown(cleo, c);
  await setGoal(ana, 'The third chapter');
  await server.advanceTo(start + 121);
  await ana.page.getByRole('button', { name: 'Sit together' }).click();
  await expect(cleo.page.locator('#lounge-words')).toHaveText('Ana is alone too, and would like to sit with you.');
  await cleo.page.getByRole('button', { name: 'Sit together' }).click();
  await ana.sees(cleo.id);
  await cleo.sees(ana.id);
  await expect(cleo.page.locator('#partner-goals')).toContainText('The third chapter');
  await expect(ana.page.locator('#lounge')).toBeHidden();
});

test('with nobody there at all one is told so, may stay alone, and works on', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(2);
  const seat = await ana.client.book(start);
  await server.advanceTo(start - 60);
  await enter(ana, seat);
  await takeSeat(ana);
  await server.advanceTo(start + 5);
  await expect(ana.page.locator('#lounge-words')).toHaveText('We look for company for you. The door stays open.');
  await ana.page.getByRole('button', { name: 'Stay alone' }).click();
  await expect(ana.page.locator('#lounge-words')).toHaveText('You sit alone, as you asked.');
  await setGoal(ana, 'Work all the same');
  await ana.page.getByRole('button', { name: 'Look for company after all' }).click();
  await expect(ana.page.locator('#lounge-words')).toHaveText('We look for company for you. The door stays open.');
  await server.advanceTo(start + 4 * 60);
  await inPhase('focus', ana);
});
