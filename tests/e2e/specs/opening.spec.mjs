/** Opening hours: set without a drag, drawn in the week, said when one asks. */
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

test.use({ at: '2026-11-16T08:10:00Z' });

const at = (/** @type {string} */ text) => Date.parse(`${text}:00Z`) / 1000;

test('a keeper sets hours by keyboard, is told what lies outside, and the calendar shows what is closed', async ({ server, come }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const { page } = keeper;
  keeper.allow(/answer 422/, /console error: .*422/);
  const ben = await server.join('Ben', 'UTC');
  await ben.book(at('2026-11-18T18:00'), 50);
  await page.goto('/admin/house');
  await page.getByRole('link', { name: 'Change them' }).click();
  await expect(page.getByRole('heading', { name: 'Opening hours', level: 1 })).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Always open' })).toBeChecked();
  await look(keeper, 'hours-always');
  await page.getByLabel('Monday, open from', { exact: true }).fill('09:00');
  await page.getByLabel('Monday, open to', { exact: true }).fill('12:30');
  await page.locator('[data-day="0"] summary').click();
  await page.getByLabel('Monday, open from, span 2').fill('13:30');
  await page.getByLabel('Monday, open to, span 2').fill('17:00');
  await expect(page.getByRole('radio', { name: 'At these hours' })).toBeChecked();
  await page.getByRole('button', { name: 'Same from Tuesday to Friday' }).press('Enter');
  await expect(page.getByLabel('Friday, open to, span 2')).toHaveValue('17:00');
  await page.getByLabel('Saturday, open from', { exact: true }).fill('20:00');
  await page.getByLabel('Saturday, open to', { exact: true }).fill('02:00');
  await expect(page.locator('[data-day="5"] .hours-bar rect')).toHaveCount(1);
  await expect(page.locator('[data-day="6"] .hours-bar rect')).toHaveAttribute('width', '120');
  await page.getByLabel('From', { exact: true }).first().fill('2026-11-19');
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(page.getByRole('alert')).toContainText('One booking ahead lies outside these hours.');
  await expect(page.getByLabel('Monday, open to, span 2')).toHaveValue('17:00');
  await look(keeper, 'hours-asks');
  await page.getByRole('button', { name: 'Save all the same' }).click();
  await expect(page.locator('.notice.good')).toContainText('Saved');
  await look(keeper, 'hours-saved');
  await page.goto('/admin/house');
  await expect(page.locator('#opening')).toContainText('Monday to Friday 9:00–12:30 and 13:30–17:00');

  await page.goto('/');
  await look(keeper, 'hours-calendar');
  const cell = (/** @type {string} */ time, /** @type {number} */ day) => page.locator('#grid tbody tr', { has: page.locator('th', { hasText: new RegExp(`^${time}$`) }) }).locator('td').nth(day);
  await cell('12:45', 1).click();
  await expect(page.locator('#done')).toContainText('The house is closed then. It opens at 13:30.');
  await expect(page.locator('#book')).toBeHidden();
  await cell('12:45', 1).press('ArrowDown');
  await expect(page.locator('#grid td[tabindex="0"]')).toHaveAttribute('aria-label', /Tuesday 17 November, 13:00, closed/);
  await cell('10:00', 3).click();
  await expect(page.locator('#done')).toContainText('The house is closed then. It opens Friday at 9:00.');
  await cell('13:30', 1).click();
  await expect(page.locator('#book')).toBeVisible();
  await page.locator('#book').getByRole('radio', { name: '75 min' }).check();
  await page.getByRole('button', { name: 'Book 13:30' }).click();
  await expect(page.locator('#done')).toContainText('Booked for 13:30');
});

test('on a phone a closed day says so, and what was booked before still stands there', async ({ server, come }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const { page } = keeper;
  await server.admin?.book(at('2026-11-21T12:00'), 50);
  await page.goto('/admin/hours');
  for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']) {
    await page.getByLabel(`${day}, open from`, { exact: true }).fill('13:00');
    await page.getByLabel(`${day}, open to`, { exact: true }).fill('17:00');
  }
  keeper.allow(/answer 422/, /console error: .*422/);
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.getByRole('button', { name: 'Save all the same' }).click();
  await expect(page.locator('.notice.good')).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/');
  await expect(page.getByText('Closed now. It opens at')).toBeVisible();
  const row = (/** @type {string} */ time) => page.locator('#grid tbody tr', { has: page.locator('th', { hasText: new RegExp(`^${time}$`) }) });
  await expect(row('12:45')).toBeHidden();
  await expect(row('13:00')).toBeVisible();
  await page.locator('.day-tabs a').nth(6).click();
  await expect(page.getByText('The house is closed on Sunday 22 November.')).toBeVisible();
  await expect(row('13:00')).toBeHidden();
  await page.screenshot({ path: 'artefacts/screens/hours-phone-sunday.png', fullPage: true });
  await page.locator('.day-tabs a').nth(5).click();
  await expect(page.locator('.chip.mine')).toBeVisible();
  await page.locator('#night').click();
  await expect(page.locator('#night')).toHaveText('Fold closed hours');
  await expect(row('12:45')).toBeVisible();
});
