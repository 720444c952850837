/** The keeper's page of company: where people gather becomes focus hours by one button, and a change is tried on what was booked. */
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

test.use({ at: '2026-11-16T08:00:00Z' });

const at = (/** @type {string} */ text) => Date.parse(`${text}:00Z`) / 1000;

test('where people gather is found, put forward by one button, and what would bring more is tried', async ({ server, come }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const { page } = keeper;
  await page.goto('/admin');
  await page.getByRole('link', { name: 'Company', exact: true }).click();
  await expect(page.getByText('Nothing can be shown yet')).toBeVisible();
  await look(keeper, 'company-empty');
  // An hour ahead of UTC: ten o'clock and later in the house.
  const starts = ['09:00', '09:15', '09:15', '10:00', '10:15', '13:00'];
  for (const [n, start] of starts.entries()) {
    const client = await server.join(`Person ${n}`);
    await client.book(at(`2026-11-16T${start}`), 50);
  }
  await server.advanceTo(at('2026-11-16T16:00'));
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Where people gather' })).toBeVisible();
  await expect(page.locator('.gatherings')).toContainText('Monday 11:00');
  await expect(page.locator('.advice')).toContainText('more of 6 bookings would have had company');
  await look(keeper, 'company-advice');
  await page.getByRole('button', { name: 'Put these forward' }).click();
  await expect(page).toHaveURL(/admin\/house/);
  await page.goto('/admin/company');
  await expect(page.locator('.gatherings')).toHaveCount(0);
});
