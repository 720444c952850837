/** Plans and groups: times that are found, appointments of every week, a move to where somebody is, and notices that come by themselves. */
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';
import { cell, myChip, openWeek } from '../lib/week.mjs';

test.describe.configure({ timeout: 120_000 });
// Monday, ten in the morning in Berlin.
test.use({ at: '2026-11-16T09:00:00Z' });

const at = (/** @type {string} */ text) => Date.parse(`${text}:00Z`) / 1000;
const TUESDAY_TEN = at('2026-11-17T09:00');

test('half-days are ticked in a sheet, and a time is found where somebody would be alone', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await ben.client.book(TUESDAY_TEN, 50);
  await ana.page.goto('/');
  await ana.page.getByRole('button', { name: 'Find me times' }).click();
  const sheet = ana.page.getByRole('dialog', { name: 'Find me times' });
  await sheet.locator('input[name=times][value="1"]').check({ force: true });
  for (const part of ['Tuesday morning', 'Tuesday afternoon', 'Thursday morning']) await sheet.getByLabel(part).check();
  await look(ana, 'plans-find');
  await sheet.getByRole('button', { name: 'Find them' }).click();
  await expect(ana.page.locator('#done')).toContainText('We look for times');
  await expect(ana.page.locator('.plans')).toContainText('Looking for one more time this week.');
  await server.advanceTo(TUESDAY_TEN - 17 * 3600);
  await expect(ana.page.locator('.plans .found')).toContainText('Tue 10:00', { timeout: 30_000 });
  await look(ana, 'plans-found');
  await ana.page.locator('.plans .found button').click();
  await expect(ana.page.locator('#mine-title')).toContainText('10:00');
});

test('an appointment of every week is proposed, agreed to with one tap, and ended', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben', 'Asia/Kathmandu')];
  const waits = await ben.client.book(TUESDAY_TEN, 50);
  await ben.page.goto('/');
  await openWeek(ana.page, TUESDAY_TEN, 'Europe/Berlin');
  await (await cell(ana.page, TUESDAY_TEN)).click();
  await ana.page.locator('#book').getByText('More about it').click();
  await ana.page.locator('#book-every-week').check();
  await ana.page.locator('#book').getByRole('button', { name: 'Sit with Ben' }).click();
  await expect(ana.page.locator('#done')).toContainText('And every week from then on');
  expect(waits).toBeGreaterThan(0);
  await expect(ben.page.locator('#notices')).toContainText('Ana would like to sit with you every Tuesday at 14:45');
  await look(ben, 'plans-proposed');
  await ben.page.getByRole('button', { name: 'Yes, every week' }).click();
  await expect(ben.page.locator('#notices')).toHaveCount(0);
  await expect(ana.page.locator('#notices')).toContainText('Ben sits with you every Tuesday at 10:00');
  await ana.page.locator('.plans').getByRole('link', { name: 'Plans' }).click();
  await expect(ana.page.getByText('Booked: 17 Nov, 24 Nov, 1 Dec, 8 Dec.')).toBeVisible();
  await ana.page.getByLabel('From', { exact: true }).fill('2026-11-23');
  await ana.page.getByLabel('To, this day too').fill('2026-11-29');
  await ana.page.getByRole('button', { name: 'Keep' }).click();
  await expect(ana.page.getByText('Booked: 17 Nov, 1 Dec, 8 Dec.')).toBeVisible();
  await look(ana, 'plans');
  ana.page.on('dialog', (dialog) => dialog.accept());
  await ana.page.getByRole('button', { name: /End it/ }).click();
  await expect(ana.page.getByText('Nothing yet.')).toBeVisible();
  await expect(ben.page.locator('#notices')).toContainText('Ana has ended your appointment');
  await server.advanceTo(at('2026-11-16T09:05'));
});

test('a lone booking moves in one click to where somebody is, and to any other time', async ({ member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const [noon, later] = [at('2026-11-16T11:00'), at('2026-11-16T11:30')];
  const mine = await ana.client.book(noon, 50);
  await ana.page.goto('/');
  await expect(ana.page.locator('#next')).toContainText('Ask around');
  await ben.client.book(later, 50);
  await expect(ana.page.locator('#next')).toContainText('Nobody at 12:00 yet. Ben is at 12:30.');
  await look(ana, 'plans-move');
  await ana.page.locator('#next').getByRole('button', { name: 'Move to 12:30' }).click();
  await expect(myChip(ana.page, later)).toBeVisible();
  await ana.page.locator('#next').getByText('Move it').click();
  await ana.page.locator('#next').getByLabel('Day').fill('2026-11-17');
  await ana.page.locator('#next').getByLabel('Time').fill('08:15');
  await ana.page.locator('#next').getByRole('button', { name: 'Move', exact: true }).click();
  await expect(ana.page.locator(`[data-mine="${mine}"][data-start="${at('2026-11-17T07:15')}"]`).first()).toBeVisible();
});

test('who likes to be asked hears by themselves, and who waits for an hour is told', async ({ member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await ben.page.goto('/me');
  await ben.page.getByLabel(/Tell me when somebody waits alone/).check();
  await ben.page.locator('form[action="/me/company"]').getByRole('button').click();
  await ben.page.goto('/');
  await ana.client.book(at('2026-11-16T11:00'), 50);
  await ana.page.goto('/');
  await ana.page.getByRole('button', { name: 'Ask around' }).first().click();
  await expect(ana.page.locator('#done')).toContainText('Asked.');
  await expect(ben.page.locator('#notices')).toContainText('Ana waits for company at 12:00');
  await look(ben, 'plans-asked');
  await ben.page.locator('#notices').getByRole('button', { name: 'Sit with them' }).click();
  await expect(ben.page.locator('#notices')).toHaveCount(0);
  await expect(ben.page.locator('#next')).toContainText('Ana');

  const evening = at('2026-11-17T16:00');
  await openWeek(ben.page, evening, 'Europe/Berlin');
  await (await cell(ben.page, evening)).click();
  await ben.page.getByRole('button', { name: 'Tell me when somebody is there' }).click();
  await expect(ben.page.locator('#done')).toContainText('We tell you');
  await ana.client.book(evening, 25);
  await expect(ben.page.locator('#notices')).toContainText('Ana waits for company on Tuesday at 17:00');
  await ben.page.locator('#notices').getByRole('button', { name: 'Put away' }).click();
  await expect(ben.page.locator('#notices')).toHaveCount(0);
});

test('the keeper makes a group, and a booking can be kept inside it', async ({ server, come }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  for (const name of ['Ben', 'Cem', 'Dai']) (await server.join(name, 'Asia/Tokyo')).close();
  await keeper.page.goto('/admin/groups');
  await keeper.page.getByLabel('Name').fill('Reading club');
  await keeper.page.getByRole('button', { name: 'Make the group' }).click();
  await keeper.page.getByText('Change Reading club').click();
  const group = keeper.page.getByRole('listitem').filter({ hasText: 'Reading club' });
  for (const name of ['Keeper', 'Ben']) await group.getByLabel(name, { exact: true }).check();
  await look(keeper, 'admin-groups');
  await group.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(group).toContainText('Ben, Keeper.');
  const start = at('2026-11-16T15:00');
  await openWeek(keeper.page, start, 'Europe/Berlin');
  await (await cell(keeper.page, start)).click();
  await keeper.page.locator('#book').getByText('More about it').click();
  await look(keeper, 'plans-book');
  await keeper.page.getByLabel('Where').selectOption('Only in Reading club');
  await keeper.page.locator('#book-go').click();
  await expect(keeper.page.locator('#next')).toContainText('Only in Reading club');
});
