/** What is half typed when the page is loaded anew, the line breaks or the server is killed: nothing of it is lost, and the page says what happens. */
import { enter, inPhase, sitDown, together } from '../lib/room.mjs';
import { comeIn } from '../lib/table.mjs';
import { expect, test } from '../lib/test.mjs';
import { cell, openWeek } from '../lib/week.mjs';

test.describe.configure({ timeout: 120_000 });

const AWAY = [/ERR_|request failed|WebSocket connection|answer 5\d\d/];

test('a booking that is half written outlives a reload and a killed server', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await server.join('Ben')];
  ana.allow(...AWAY);
  const { page } = ana;
  const start = server.slot(180);
  await openWeek(page, start, 'Europe/Berlin');
  await (await cell(page, start)).click();
  await page.locator('#book summary').click();
  await page.locator('#book-words').fill('Chapter four');
  await page.reload();
  await (await cell(page, start)).click();
  await expect(page.locator('#book-words')).toBeVisible();
  await expect(page.locator('#book-words')).toHaveValue('Chapter four');

  await server.kill9();
  await page.locator('#book-go').click();
  await expect(page.locator('#book-trouble')).toContainText("The server can't be reached just now. Nothing is lost");
  await expect(page.locator('#away')).toContainText('The line to the server is away', { timeout: 20_000 });
  await expect(page.locator('#book-words')).toHaveValue('Chapter four');
  await server.restart();
  await expect(page.locator('#away')).toBeHidden({ timeout: 40_000 });
  await page.locator('#book-go').click();
  await expect(page.locator(`.chip.mine[data-start="${start}"]`)).toBeVisible();
  expect(await ben.text(`/calendar/waiting?start=${start}`)).toContain('Chapter four');
  ben.close();
  // What was sent is no draft: the next booking has words of its own.
  await page.reload();
  await expect(page.locator('#book-words')).toHaveValue('');
});

test('a goal, a line of chat and a note that are half typed in a session are there after a reload', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  for (const person of [ana, ben]) person.allow(...AWAY);
  const { page } = ana;
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 60);
  await enter(ana, seat(ana));
  await page.locator('#goal-list textarea').first().fill('Half a go');
  await page.reload();
  await expect(page.locator('#goal-list textarea').first()).toHaveValue('Half a go');
  await sitDown(ana, seat(ana));
  await server.advanceTo(start + 200);
  await inPhase('focus', ana);
  await page.locator('#chat-open').click();
  await page.locator('#chat-text').fill('Tea at');
  await page.reload();
  await page.locator('#chat-open').click();
  await expect(page.locator('#chat-text')).toHaveValue('Tea at');

  await server.kill9();
  await page.locator('#chat-text').pressSequentially(' four?');
  await expect(page.locator('#line-status')).toContainText('The line to the server is away');
  await page.keyboard.press('Enter');
  await server.restart();
  await expect(page.locator('#session')).toHaveAttribute('data-link', 'open');
  await sitDown(ben, seat(ben));
  await ben.page.locator('#chat-open').click();
  await expect(ben.page.locator('#chat-lines')).toContainText('Tea at four?');
  await page.reload();
  await expect(page.locator('#chat-text')).toHaveValue('');
});

test('a tab that another takes over keeps what is half typed in it', async ({ member }) => {
  const ana = await member('Ana');
  await comeIn(ana);
  await ana.page.locator('#chat-open').click();
  await ana.page.locator('#chat-text').fill('Wait for');
  const other = await ana.context.newPage();
  await other.goto('/room/1');
  await expect(ana.page.locator('#room')).toHaveAttribute('data-part', 'elsewhere');
  await other.close();
  await ana.page.getByRole('button', { name: 'Use it here' }).click();
  await expect(ana.page.locator('#room')).toHaveAttribute('data-part', 'table');
  await expect(ana.page.locator('#chat-text')).toHaveValue('Wait for');
});
