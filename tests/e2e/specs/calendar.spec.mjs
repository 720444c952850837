/** The home page: two clicks to a booked session, live without reloading, right in every zone and on every screen. */
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';
import { bookByClicks, cell, clockIn, dateIn, myChip, openWeek } from '../lib/week.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

test('two clicks from the calendar make a booked session', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(30);
  await openWeek(ana.page, start, 'Europe/Berlin');
  await (await cell(ana.page, start)).click();
  await ana.page.locator('#book-go').click();
  await expect(myChip(ana.page, start)).toBeVisible();
  await ana.page.reload();
  await expect(ana.page.locator('#next')).toContainText(clockIn(start, 'Europe/Berlin'));
});

test('a booking of somebody else appears within a second, without reloading', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const start = server.slot(60);
  await openWeek(ana.page, start, 'Europe/Berlin');
  await listening(ana);
  // The fastest of three: what else the machine does is not the server's doing.
  const took = [];
  let booking = 0;
  for (const later of [0, 60, 120]) {
    const began = Date.now();
    booking = await ben.client.book(start + later * 60, 50, { quiet: 'on' });
    await ana.page.locator(`#w-${booking}`).getByText('Ben').first().waitFor();
    took.push(Date.now() - began);
  }
  expect(Math.min(...took), `milliseconds from the booking to the sight of it: ${took}`).toBeLessThan(1000);
  await expect((await cell(ana.page, start)).getByText('Ben', { exact: true })).toBeVisible();
  await expect(ana.page.locator(`#w-${booking}`)).toContainText(/quiet/);
  await ben.client.done('/cancel', { booking });
  await expect(ana.page.locator(`#w-${booking}`)).toHaveCount(0);
});

/** So many event streams may one member have open; the server knows the number as `LineKind::Listening`. */
const STREAMS = 32;

test('of more pages than a member may have open the oldest rests, says so, and goes on with one press', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(120);
  await openWeek(ana.page, start, 'Europe/Berlin');
  await listening(ana);
  const other = await ana.context.newPage();
  await other.goto('/about');
  await other.evaluate(async (many) => { await Promise.all(Array.from({ length: many }, () => fetch('/live', { headers: { accept: 'text/event-stream' } }))); }, STREAMS);
  const resting = ana.page.locator('#resting');
  await expect(resting).toContainText('this one rests');
  await look(ana, 'resting');
  const ben = await server.join('Ben');
  const booking = await ben.book(start);
  await ana.page.waitForTimeout(1_500);
  await expect(ana.page.locator(`#w-${booking}`)).toHaveCount(0);
  await expect(ana.page.locator('#away')).toBeHidden();
  await resting.getByRole('button', { name: 'Go on here' }).click();
  await expect(resting).toBeHidden();
  await expect(ana.page.locator(`#w-${booking}`)).toBeVisible();
  ben.close();
});

test('a click on somebody who waits pairs at once, and both see it', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana', 'Europe/Berlin'), await member('Ben', 'Asia/Kathmandu')];
  const start = server.slot(60);
  await ben.client.book(start);
  for (const [person, zone] of /** @type {const} */ ([[ana, 'Europe/Berlin'], [ben, 'Asia/Kathmandu']])) {
    await openWeek(person.page, start, zone);
    await listening(person);
  }
  await ana.page.getByRole('button', { name: 'Sit with Ben' }).click();
  await expect(myChip(ana.page, start)).toContainText('Ben');
  await expect(myChip(ben.page, start)).toContainText('Ana', { timeout: 1500 });
  await expect(myChip(ana.page, start)).toContainText(`${clockIn(start, 'Asia/Kathmandu')} for Ben`);
  await expect(ana.page.locator('#next')).toContainText('for Ben');
});

test('who is flexible is seen with an unlit lamp where they could come, and sits down there with who asks', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  // At ten in Berlin, where the week opens.
  const start = Math.ceil(server.slot(24 * 60) / 86_400) * 86_400 + 9 * 3600;
  await openWeek(ana.page, start, 'Europe/Berlin');
  await listening(ana);
  const booking = await ben.client.book(start, 50, { flexible: '30' });
  await (await member('Cleo')).client.book(start + 1800, 25, { flexible: '15' });
  await (await member('Dai')).client.book(start + 4 * 900, 50);
  const later = await cell(ana.page, start + 900);
  for (const at of [start - 1800, start - 900]) await expect((await cell(ana.page, at)).locator('.could')).toHaveText('Ben could come');
  await expect(later.locator('.could')).toContainText('Cleo');
  await expect((await cell(ana.page, start)).locator('.could')).toHaveCount(0);
  await expect(ana.page.locator(`#w-${booking}`)).toHaveCount(1);
  await look(ana, 'could-come');
  const there = await cell(ana.page, start - 900);
  await there.click();
  const sheet = ana.page.locator('#book');
  await expect(sheet.locator('#book-people')).toContainText('Who could come then');
  await expect(sheet.locator('#book-people')).toContainText(`Ben could come, too; waits at ${clockIn(start, 'Europe/Berlin')}`);
  await expect(there).toHaveAttribute('aria-label', /Ben could come for 50 minutes/);
  await look(ana, 'could-come-sheet');
  await sheet.getByRole('button', { name: 'Sit with Ben' }).click();
  await expect(myChip(ana.page, start - 900)).toContainText('Ben');
  await openWeek(ben.page, start, 'Europe/Berlin');
  await expect(ben.page.locator('#next')).toContainText(`at ${clockIn(start - 900, 'Europe/Berlin')}. You are with Ana.`);
});

test('of many who wait at one start the cell names two, and the sheet over it all of them', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(26 * 60);
  for (const [n, name] of ['Ben', 'Cleo', 'Dai', 'Eve'].entries()) await (await member(name)).client.book(start, n < 2 ? 25 : 50);
  await openWeek(ana.page, start, 'Europe/Berlin');
  const there = await cell(ana.page, start);
  await expect(there).toContainText('Ben');
  await expect(there).toContainText('+2');
  await expect(there).not.toContainText('Dai');
  await there.click();
  const sheet = ana.page.locator('#book');
  for (const name of ['Ben', 'Cleo', 'Dai', 'Eve']) await expect(sheet.getByRole('button', { name: `Sit with ${name}` })).toBeVisible();
  await expect(sheet.getByRole('button', { name: 'Sit with Ben' })).toBeFocused();
  await look(ana, 'many-wait');
  await ana.page.keyboard.press('Escape');

  // On a slow line the sheet opens all the same, with the names that the cell has; nothing moves away from under a finger.
  let answer = () => {};
  const slow = new Promise((done) => { answer = () => done(undefined); });
  await ana.page.route('**/calendar/waiting*', async (route) => {
    await slow;
    await route.continue();
  });
  await there.click();
  await expect(sheet).toContainText('And 2 more.');
  await expect(sheet.locator('#book-go')).toBeFocused();
  answer();
  await expect(sheet.getByRole('button', { name: 'Sit with Eve' })).toBeVisible();
  await expect(sheet.locator('#book-go')).toBeFocused();
  await ana.page.keyboard.press('Escape');

  await there.click();
  await sheet.getByRole('button', { name: 'Sit with Dai' }).click();
  await expect(myChip(ana.page, start)).toContainText('Dai');
});

test('a cancelled partner is told, and the booking waits again', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const start = server.slot(60);
  const mine = await ana.client.book(start);
  const theirs = await ben.client.book(start, 25, { with: mine });
  await openWeek(ana.page, start, 'Europe/Berlin');
  await listening(ana);
  await expect(myChip(ana.page, start)).toContainText('Ben');
  await ben.client.done('/cancel', { booking: theirs });
  await expect(myChip(ana.page, start)).toContainText(/waiting/i);
  await expect(ana.page.locator('#next .news')).toContainText('Ben');
});

test('overlapping footprints are refused one by one, with the reason, and the rest is booked', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(120);
  await ana.client.book(start, 50);
  const answer = await ana.client.post('/book', { start: [String(start + 45 * 60), String(start + 60 * 60)], minutes: 25, task: 'desk' });
  expect(answer.booked.map((/** @type {any} */ one) => one.start)).toEqual([start + 60 * 60]);
  expect(answer.refused).toHaveLength(1);
  expect(answer.refused[0].start).toBe(start + 45 * 60);
  expect(answer.refused[0].sentence).toMatch(/\w+/);

  await openWeek(ana.page, start, 'Europe/Berlin');
  ana.allow(/answer 4\d\d: POST .*\/book/, /console error: .*4\d\d/);
  const free = await cell(ana.page, start - 30 * 60);
  await free.click();
  await ana.page.locator('#book').getByRole('radio', { name: '50 min' }).check();
  await ana.page.locator('#book-go').click();
  await expect(ana.page.locator('#book-trouble')).toBeVisible();
  await expect(ana.page.locator('#book')).toBeVisible();
});

test('a booking can be cancelled by who made it', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(60);
  await ana.client.book(start);
  await openWeek(ana.page, start, 'Europe/Berlin');
  await myChip(ana.page, start).click();
  const sheet = ana.page.locator('dialog#mine');
  await expect(sheet).toBeVisible();
  await sheet.getByRole('button', { name: 'Cancel' }).click();
  await expect(myChip(ana.page, start)).toHaveCount(0);
});

test('the calendar file holds the instant, the length and the way in', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(60);
  const booking = await ana.client.book(start, 50);
  const answer = await ana.client.get(`/booking/${booking}.ics`);
  expect(answer.headers['content-type']).toContain('text/calendar');
  const utc = (/** @type {number} */ at) => new Date(at * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  expect(answer.body).toContain('BEGIN:VEVENT');
  expect(answer.body).toContain(`DTSTART:${utc(start)}`);
  expect(answer.body).toContain(`DTEND:${utc(start + 50 * 60)}`);
  expect(answer.body.replace(/\r\n[ \t]/g, '')).toContain(`/session/${booking}`);
  expect(answer.body.split('\r\n').every((line) => Buffer.byteLength(line) <= 75), 'lines are folded').toBe(true);
  await ana.page.goto('/');
  const download = ana.page.waitForEvent('download');
  await ana.page.getByRole('link', { name: 'Calendar file' }).first().click();
  expect((await download).suggestedFilename()).toMatch(/\.ics$/);
});

test('nobody opens another member’s booking, session or calendar file', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const booking = await ana.client.book(server.slot(60));
  for (const path of [`/booking/${booking}.ics`, `/session/${booking}`]) expect((await ben.client.get(path)).status).toBe(404);
  expect((await ben.client.post('/cancel', { booking })).ok).not.toBe(true);
});

test('a cell shows the viewer’s own time in a zone of three quarters of an hour', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana', 'Asia/Kathmandu'), await member('Ben', 'UTC')];
  const start = server.slot(120);
  await openWeek(ana.page, start, 'Asia/Kathmandu');
  await bookByClicks(ana.page, start);
  await expect((await cell(ana.page, start)).locator('xpath=..').getByRole('rowheader')).toHaveText(clockIn(start, 'Asia/Kathmandu'));
  await openWeek(ben.page, start, 'UTC');
  await expect((await cell(ben.page, start)).getByText('Ana', { exact: true })).toBeVisible();
  await expect((await cell(ben.page, start)).locator('xpath=..').getByRole('rowheader')).toHaveText(clockIn(start, 'UTC'));
});

test.describe('in the week of the clock change', () => {
  test.use({ at: '2027-03-24T09:00:00Z' });

  test('the skipped hour has no cell, and a booking after it is at the right instant', async ({ member }) => {
    const ana = await member('Ana', 'Europe/Berlin');
    // Sunday 28 March 2027, 9:00 in Berlin, is 7:00 UTC: an hour earlier than the Sunday before.
    const start = Date.UTC(2027, 2, 28, 7, 0) / 1000;
    await openWeek(ana.page, start, 'Europe/Berlin');
    await expect(ana.page.locator('#grid td.x')).toHaveCount(4);
    await bookByClicks(ana.page, start);
    await expect(myChip(ana.page, start).locator('xpath=ancestor::tr').getByRole('rowheader')).toHaveText('9:00');
    const day = await ana.page.locator('#grid tbody tr').count();
    expect(day).toBe(96);
  });
});

test.describe('in the week in which an hour happens twice', () => {
  test.use({ at: '2027-10-27T09:00:00Z' });

  test('both hours can be booked and are told apart', async ({ member }) => {
    const ana = await member('Ana', 'Europe/Berlin');
    // Sunday 31 October 2027: 2:30 in Berlin is 0:30 UTC and, again, 1:30 UTC.
    const [first, second] = [Date.UTC(2027, 9, 31, 0, 30) / 1000, Date.UTC(2027, 9, 31, 1, 30) / 1000];
    await openWeek(ana.page, first, 'Europe/Berlin');
    await expect(ana.page.locator('#grid tbody tr')).toHaveCount(100);
    for (const start of [first, second]) await bookByClicks(ana.page, start);
    await expect(myChip(ana.page, second).locator('xpath=ancestor::tr').getByRole('rowheader')).toHaveText(/2:30.*again/);
  });
});

test.describe('in the morning', () => {
  test.use({ at: '2027-02-10T07:00:00Z' });

  test('on a phone the people waiting and the next hours come first, the day below, and the night is folded', async ({ server, member }) => {
    const ben = await member('Ben');
    const ana = await member('Ana', 'Europe/Berlin', { context: PHONE });
    const start = server.slot(40);
    await ben.client.book(start);
    await ana.page.goto('/');
    const [waiting, hours, week] = [ana.page.locator('section.waiting'), ana.page.locator('.hours'), ana.page.locator('section.week')];
    const tops = await Promise.all([waiting, hours, week].map(async (part) => (await part.boundingBox())?.y ?? NaN));
    expect([...tops].sort((a, b) => a - b)).toEqual(tops);
    await expect(ana.page.locator('#grid tr.n:not(.gone)').first()).toBeHidden();
    await ana.page.getByRole('button', { name: 'Show the night' }).click();
    await expect(ana.page.locator('#grid tr.n:not(.gone)').first()).toBeVisible();
    await ana.page.getByRole('button', { name: 'Sit with Ben' }).click();
    await expect(ana.page.locator('#next')).toContainText('With Ben');
    await ana.page.locator('.day-tabs a').nth(3).click();
    await expect(ana.page.locator('.day-tabs a').nth(3)).toHaveAttribute('aria-current', 'date');
    // With something booked, too, the one button is on the first screen.
    await ana.page.goto('/');
    await expect(ana.page.locator('#next')).toContainText('With Ben');
    await expect(ana.page.getByRole('button', { name: 'Start now' })).toBeInViewport({ ratio: 1 });
  });
});

test('the grid is one tab stop, arrows move in it, and a session is booked by keyboard alone', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(90);
  await openWeek(ana.page, start, 'Europe/Berlin');
  const stops = [];
  for (let n = 0; n < 80; n += 1) {
    await ana.page.keyboard.press('Tab');
    const where = await ana.page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return 'out';
      const ring = getComputedStyle(at);
      return `${at.closest('#grid') ? 'grid' : at.id || at.textContent?.trim().slice(0, 30)}|${ring.outlineStyle !== 'none' || ring.boxShadow !== 'none' ? 'ring' : 'NO RING'}`;
    });
    if (where === 'out') break;
    stops.push(where);
    if (where.startsWith('grid')) break;
  }
  expect(stops.filter((stop) => stop.endsWith('NO RING'))).toEqual([]);
  expect(stops.at(-1)).toMatch(/^grid/);
  await ana.page.keyboard.press('Tab');
  expect(await ana.page.evaluate(() => Boolean(document.activeElement?.closest('#grid'))), 'the grid is one stop').toBe(false);
  await ana.page.keyboard.press('Shift+Tab');

  const wanted = await (await cell(ana.page, start)).elementHandle();
  const place = (/** @type {any} */ element) => {
    const td = element.closest('td');
    return [td.parentElement.rowIndex, td.cellIndex];
  };
  const to = await ana.page.evaluate(place, wanted);
  for (let n = 0; n < 120; n += 1) {
    const at = await ana.page.evaluate(place, await ana.page.evaluateHandle(() => document.activeElement));
    if (at[0] === to[0] && at[1] === to[1]) break;
    await ana.page.keyboard.press(at[1] < to[1] ? 'ArrowRight' : at[1] > to[1] ? 'ArrowLeft' : at[0] < to[0] ? 'ArrowDown' : 'ArrowUp');
  }
  await ana.page.keyboard.press('Enter');
  await expect(ana.page.locator('#book')).toBeVisible();
  for (let n = 0; n < 12; n += 1) {
    if (await ana.page.locator('#book-go').evaluate((button) => button === document.activeElement)) break;
    await ana.page.keyboard.press('Tab');
  }
  await ana.page.keyboard.press('Enter');
  await expect(myChip(ana.page, start)).toBeVisible();
});

test('a reminder comes before the start, with the way to the lobby', async ({ server, member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { clock: true });
  const start = server.slot(30);
  await ana.client.book(start);
  await ana.page.goto('/');
  await expect(ana.page.locator('#soon')).toBeHidden();
  await server.advanceTo(start - 4 * 60);
  await expect(ana.page.locator('#soon')).toBeVisible({ timeout: 20_000 });
  await ana.page.locator('#soon').getByRole('link', { name: 'Open the lobby' }).click();
  await expect(ana.page.locator('#session')).toHaveAttribute('data-phase', 'lobby');
});

test('a browser in another zone is asked, never moved', async ({ member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { zone: 'Europe/Lisbon' });
  await ana.page.goto('/');
  const question = ana.page.locator('form#zone');
  await expect(question).toContainText('Lisbon');
  await question.getByRole('button', { name: /Yes/ }).click();
  await expect(ana.page.locator('#calendar')).toHaveAttribute('data-zone', 'Europe/Lisbon');
});

test('the weeks follow each other, and the way back to this one is there', async ({ server, member }) => {
  const ana = await member('Ana');
  await ana.page.goto('/');
  const week = await ana.page.locator('#calendar').getAttribute('data-week');
  await ana.page.locator('#week-after').click();
  await expect(ana.page.locator('#calendar')).not.toHaveAttribute('data-week', week ?? '');
  await ana.page.locator('#week-now').click();
  await expect(ana.page.locator('#calendar')).toHaveAttribute('data-week', week ?? '');
  expect(dateIn(server.now() / 1000, 'Europe/Berlin') >= (week ?? '')).toBe(true);
});

/** The page follows what others do. @param {import('../lib/people.mjs').Person} person */
async function listening(person) {
  await expect.poll(() => person.streams, { message: `the event stream of ${person.name} is open` }).toBeGreaterThan(0);
}
