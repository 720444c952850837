/** When things do not go as planned: nobody comes, somebody leaves, a camera is refused, somebody is late or wants to start now. */
import { enter, inCall, inPhase, more, room, setGoal, sitDown, theirGoals, together } from '../lib/room.mjs';
import { expect, test } from '../lib/test.mjs';

test.describe.configure({ timeout: 120_000 });

test('a partner who never comes leaves a seat to work in, and only the absent one is marked', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 60);
  await sitDown(ana, seat(ana));
  await server.advanceTo(start + 130);
  await expect(ana.page.locator('#alone')).toBeVisible();
  await expect(ana.page.locator('#alone')).toContainText('Ben');
  await server.advanceTo(start + 5 * 60 + 5);
  await inPhase('focus', ana);
  await expect(ana.page.locator('#alone')).toContainText(/doesn.t count against you/i);
  await setGoal(ana, 'Work all the same');
  await server.advanceTo(start + 25 * 60 + 2);
  await inPhase('wrap_up', ana);
  await server.advanceTo(start + 31 * 60);
  await ana.page.goto('/history');
  await expect(ana.page.locator('.past').first()).toContainText(/didn.t come/);
  await expect(ana.page.locator('.past').first()).not.toContainText(/weren.t there/);
  await ben.page.goto('/history');
  await expect(ben.page.locator('.past').first()).toContainText(/weren.t there/);
});

test('who comes four minutes late finds the door open', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 60);
  await sitDown(ana, seat(ana));
  await server.advanceTo(start + 4 * 60);
  await sitDown(ben, seat(ben));
  await ana.sees(ben.id);
  await ben.sees(ana.id);
  await expect(ana.page.locator('#alone')).toBeHidden();
});

test('who leaves early takes a note that the partner reads', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start } = await inCall(server, ana, ben);
  await server.advanceTo(start + 6 * 60);
  await inPhase('focus', ana, ben);
  await ben.page.locator('#leave').click();
  await ben.page.locator('#leave-note').fill('The doorbell. Sorry.');
  await ben.page.locator('#leave-now').click();
  await expect(ana.page.locator('#session')).toContainText('The doorbell. Sorry.');
  await ana.seesNot(ben.id);
  await inPhase('focus', ana);
});

test('a refused camera keeps nobody out, says the way, and the partner is told', async ({ server, member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { devices: 'camera' });
  const ben = await member('Ben');
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 120);
  await enter(ana, seat(ana));
  await expect(ana.page.locator('#device-trouble')).toBeVisible();
  await expect(ana.page.locator('#device-guide')).toHaveAttribute('href', /^\/guide#camera-/);
  await ana.page.getByRole('button', { name: 'Take my seat' }).click();
  await expect(room(ana)).toHaveAttribute('data-seated', 'true');
  await sitDown(ben, seat(ben));
  await ana.sees(ben.id);
  await ben.hears(ana.id);
  await expect(ben.page.locator('.tile.partner')).toContainText(/camera/i);
  await server.advanceTo(start + 10);
  await setGoal(ana, 'Unseen');
  await expect(theirGoals(ben)).toContainText('Unseen');
});

for (const [devices, words] of /** @type {const} */ ([['both', /allow|permission|blocked/i], ['busy', /another program/i], ['missing', /no camera|find/i]])) {
  test(`the trouble "${devices}" with the devices is named in the lobby and keeps nobody out`, async ({ server, member }) => {
    const ana = await member('Ana', 'Europe/Berlin', { devices });
    const start = server.slot(2);
    const booking = await ana.client.book(start);
    await server.advanceTo(start - 60);
    await enter(ana, booking);
    await expect(ana.page.locator('#device-trouble')).toContainText(words);
    await ana.page.getByRole('button', { name: 'Take my seat' }).click();
    await expect(room(ana)).toHaveAttribute('data-seated', 'true');
  });
}

test('a shared screen is seen by the other and goes when it ends', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await inCall(server, ana, ben);
  await ana.page.locator('#share').click();
  await expect(ben.page.locator('#screen-tile')).toBeVisible();
  await expect.poll(async () => (await ben.pictures()).some((picture) => picture.shown && picture.width >= 640)).toBe(true);
  await ben.sees(ana.id);
  await expect(ana.page.locator('#my-screen')).toBeVisible();
  await ana.page.locator('#share').click();
  await expect(ben.page.locator('#screen-tile')).toBeHidden();
});

test('who mutes is not heard and who closes the camera is not seen, and the partner is told', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await inCall(server, ana, ben);
  await ana.page.locator('#mic').click();
  await ben.hearsNobody();
  await expect(ben.page.locator('.tile.partner .muted-sign')).toBeVisible();
  await ana.page.locator('#mic').click();
  await ben.hears(ana.id);
  await ana.page.locator('#camera').click();
  await ana.page.locator('#camera-menu').getByRole('menuitemradio', { name: 'Off', exact: true }).click();
  await ben.seesNot(ana.id);
  await ana.page.locator('#camera').click();
  await ana.page.locator('#camera-menu').getByRole('menuitemradio', { name: 'Veiled' }).click();
  await expect.poll(async () => (await ben.pictures()).some((picture) => picture.shown && picture.width === 320 && picture.bar < 0), 'a veiled picture shows nobody clearly').toBe(true);
  await ana.page.locator('#camera').click();
  await ana.page.locator('#camera-menu').getByRole('menuitemradio', { name: 'On', exact: true }).click();
  await ben.sees(ana.id);
});

test('"back in 5" is told to the partner and taken back', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await inCall(server, ana, ben);
  await ana.page.locator('#away').click();
  await expect(ben.page.locator('.tile.partner .tile-words')).toContainText(/back/i);
  await ana.page.locator('#away').click();
  await expect(ben.page.locator('.tile.partner .tile-words')).not.toContainText(/back/i);
});

test('one tap says "three minutes late", and the partner reads it', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 5 * 60);
  await sitDown(ana, seat(ana));
  await ben.page.goto('/');
  await ben.page.getByRole('button', { name: /three minutes late/ }).first().click();
  await expect(ana.page.locator('#session')).toContainText(/3 minutes late|three minutes late/);
});

test('start now takes whoever waits at this moment', async ({ server, member }) => {
  await server.advanceTo(server.slot(6) - 5 * 60);
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await ana.page.goto('/');
  await ana.page.getByRole('button', { name: 'Start now' }).click();
  await ana.page.waitForURL(/\/session\/\d+/);
  await expect(room(ana)).toHaveAttribute('data-link', 'open');
  await ben.page.goto('/');
  await ben.page.getByRole('button', { name: 'Start now' }).click();
  await ben.page.waitForURL(/\/session\/\d+/);
  for (const person of [ana, ben]) {
    const seat = person.page.getByRole('button', { name: 'Take my seat' });
    if (await seat.isVisible()) await seat.click();
  }
  await ana.sees(ben.id);
  await ben.sees(ana.id);
});

test('the shelf view is large, says the time, and leads back', async ({ server, member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { context: { viewport: { width: 360, height: 740 } } });
  const start = server.slot(2);
  const booking = await ana.client.book(start);
  await server.advanceTo(start - 30);
  await sitDown(ana, booking);
  await server.advanceTo(start + 4 * 60);
  await inPhase('focus', ana);
  const open = ana.page.getByRole('button', { name: 'Shelf view' });
  if (!(await open.isVisible())) await more(ana, 'Shelf view');
  else await open.click();
  await expect(ana.page.locator('#shelf-timer')).toHaveText(/^2[01]:\d\d$/);
  const box = await ana.page.locator('#shelf-timer').boundingBox();
  expect(box?.width ?? 0).toBeGreaterThan(200);
  await ana.page.keyboard.press('Escape');
  await expect(ana.page.locator('#shelf')).toBeHidden();
});

test('the bell rings in a tab that is in the background', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(2);
  const booking = await ana.client.book(start);
  await server.advanceTo(start - 30);
  await sitDown(ana, booking);
  await server.advanceTo(start + 24 * 60);
  await inPhase('focus', ana);
  const front = await ana.context.newPage();
  await front.goto('/guide');
  await front.bringToFront();
  await ana.hush();
  await server.advanceTo(start + 25 * 60 - 3);
  await ana.hearsChime({ within: 15_000 });
});
