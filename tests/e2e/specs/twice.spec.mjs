/** The same thing twice, in two tabs, or too late: what somebody does without thinking comes out as they meant it. */
import { expect, test } from '../lib/test.mjs';
import { cell, clockIn, myChip, openWeek } from '../lib/week.mjs';

/** @param {import('@playwright/test').Page} page */
function focused(page) {
  return page.evaluate(() => (document.activeElement instanceof HTMLElement && document.activeElement !== document.body ? document.activeElement.innerText.trim() || document.activeElement.tagName : 'nothing'));
}

test('a double click books once, opens a sheet that stays, and says no word of an overlap', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(26 * 60);
  await openWeek(ana.page, start, 'Europe/Berlin');
  let sent = 0;
  ana.page.on('request', (request) => { if (request.url().endsWith('/book')) sent += 1; });
  // The answer takes a while, so that the second click comes before it.
  await ana.page.route('**/book', async (route) => {
    await new Promise((done) => { setTimeout(done, 400); });
    await route.continue();
  });
  await (await cell(ana.page, start)).dblclick();
  await expect(ana.page.locator('#book')).toBeVisible();
  await ana.page.locator('#book-go').dblclick();
  await expect(myChip(ana.page, start)).toBeVisible();
  await expect(ana.page.locator('#done')).toContainText(`Booked for ${clockIn(start, 'Europe/Berlin')}`);
  expect(sent).toBe(1);
  await expect(ana.page.locator('.chip.mine')).toHaveCount(1);
});

test('two tabs of one member: both show what either books, and a sheet over what the other cancelled closes and says so', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(26 * 60);
  const other = await ana.context.newPage();
  for (const page of [ana.page, other]) await openWeek(page, start, 'Europe/Berlin');
  await expect.poll(() => ana.streams).toBeGreaterThan(1);
  await (await cell(other, start)).click();
  await other.locator('#book-go').click();
  await expect(myChip(ana.page, start)).toBeVisible();
  await myChip(ana.page, start).click();
  await expect(ana.page.locator('#mine')).toBeVisible();
  await ana.client.done('/cancel', { booking: (await myChip(other, start).getAttribute('data-mine')) ?? '' });
  await expect(ana.page.locator('#mine')).toBeHidden();
  await expect(ana.page.locator('#done')).toContainText('no longer on your calendar');
  await expect(myChip(other, start)).toHaveCount(0);
});

test('an open sheet follows who waits there, and the focus goes to what is nearest', async ({ server, member }) => {
  const ana = await member('Ana');
  const ben = await server.join('Ben');
  const start = server.slot(26 * 60);
  const first = await ben.book(start);
  await openWeek(ana.page, start, 'Europe/Berlin');
  await expect.poll(() => ana.streams).toBeGreaterThan(0);
  await (await cell(ana.page, start)).click();
  const sit = ana.page.locator('#book').getByRole('button', { name: 'Sit with Ben' });
  await expect(sit).toBeFocused();
  await ben.done('/cancel', { booking: first });
  await expect(sit).toHaveCount(0);
  await expect(ana.page.locator('#book-people')).toBeHidden();
  await expect(ana.page.locator('#book-go')).toBeFocused();
  await expect(ana.page.locator('#say')).toContainText('Nobody waits there any more');
  await ben.book(start);
  await expect(sit).toBeVisible();
  await expect(ana.page.locator('#book-go'), 'the focus is not taken away').toBeFocused();
  await ana.page.keyboard.press('Escape');

  // In the page itself: the button under the focus goes with the one who took the booking back.
  const button = ana.page.locator('.waiting').getByRole('button', { name: 'Sit with Ben' });
  await button.focus();
  await ben.done('/cancel', { booking: (await ana.page.locator('.waiting li[id^=w-]').first().getAttribute('id'))?.slice(2) ?? '' });
  await expect(button).toHaveCount(0);
  await expect.poll(() => focused(ana.page)).not.toBe('nothing');
  ben.close();
});

test('a device’s clock that is set while the calendar is open moves nothing', async ({ server, member }) => {
  const ana = await member('Ana');
  await ana.client.book(server.slot(30));
  await ana.page.addInitScript(() => {
    const real = Date.now;
    Date.now = () => real() + (/** @type {any} */ (window).__set ?? 0);
  });
  await ana.page.goto('/');
  const until = ana.page.locator('#next [data-until]').first();
  await expect(until).toContainText(/in \d+ minutes/);
  const asked = ana.page.waitForResponse(/\/calendar\/part/);
  await ana.page.evaluate(() => { /** @type {any} */ (window).__set = 86_400_000; });
  await asked;
  await expect(until).toContainText(/in \d+ minutes/);
});

test('a page whose scripts don’t come says so and leads to itself; one whose scripts came does not', async ({ server, member }) => {
  const ana = await member('Ana');
  ana.allow(/request failed|console error: Failed to load/);
  const booking = await ana.client.book(server.slot(30));
  const { page } = ana;
  for (const [path, module] of [['/', 'morph'], [`/session/${booking}`, 'beat|chime'], ['/room/1', 'table'], ['/check', 'ways'], ['/test-session', 'stand_in']]) {
    const lost = new RegExp(`/(${module})\\.js`);
    await page.route(lost, (route) => route.abort());
    await page.goto(String(path));
    const words = page.locator('.asleep');
    await expect(words, `${path} says so`).toBeVisible();
    await page.unroute(lost);
    await words.getByRole('link', { name: 'Load it again' }).click();
    await expect(page.locator('html'), `${path} is there`).toHaveAttribute('data-awake', '');
    await expect(words).toBeHidden();
  }
});

test('after signing out the way back leads to no page of the member', async ({ server, member }) => {
  const ana = await member('Ana');
  (await server.join('Ben')).close();
  const { page } = ana;
  await page.goto('/people');
  await expect(page.getByText('Ben').first()).toBeVisible();
  await page.goto('/');
  await page.locator('header .menu > summary').click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/login/);
  for (let n = 0; n < 2; n += 1) {
    await page.evaluate(() => history.back());
    await expect(page).toHaveURL(/login/);
    await expect(page.getByLabel('Password')).toBeVisible();
    await expect(page.getByText('Ben')).toHaveCount(0);
  }
});

test.describe('where the clock goes back by half an hour', () => {
  test.use({ at: '2027-04-01T00:00:00Z' });

  test('the doubled half hour stands in the week twice, and a booking in either is on the right instant', async ({ server, member }) => {
    const zone = 'Australia/Lord_Howe';
    const ana = await member('Ana', zone);
    // Sunday 4 April 2027, 2:00 becomes 1:30: 1:30 and 1:45 are there twice.
    const change = Date.UTC(2027, 3, 3, 15) / 1000;
    await openWeek(ana.page, change, zone);
    await ana.page.evaluate(() => document.querySelector('#grid')?.classList.add('night'));
    for (const [start, row] of /** @type {const} */ ([[change - 1800, '1:30'], [change - 900, '1:45'], [change, '1:30 again'], [change + 900, '1:45 again'], [change + 1800, '2:00']])) {
      const place = await cell(ana.page, start);
      await expect(place).toHaveCount(1);
      await expect(place.locator('xpath=../th')).toHaveText(row);
    }
    const again = await cell(ana.page, change);
    await again.click();
    await expect(again).toHaveAttribute('aria-label', /Sunday 4 April, 1:30 again/);
    await ana.page.locator('#book-go').click();
    await expect(myChip(ana.page, change)).toBeVisible();
    await expect(again.locator('.chip.mine')).toHaveCount(1);
    await expect((await cell(ana.page, change - 1800)).locator('.chip.mine')).toHaveCount(0);
  });
});
