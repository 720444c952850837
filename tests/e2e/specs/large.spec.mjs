/** Text of twice the usual size, as somebody sets it in their browser: nothing is cut, covered or wider than the window. */
import { chromium, flags } from '../playwright.config.mjs';
import { unreadable } from '../lib/readable.mjs';
import { inPhase, setGoal, sitDown, together } from '../lib/room.mjs';
import { expect, test } from '../lib/test.mjs';

test.use({ launchOptions: { executablePath: chromium, args: [...flags, '--blink-settings=defaultFontSize=32,defaultFixedFontSize=26'] } });
test.describe.configure({ timeout: 180_000 });

const SIZES = /** @type {const} */ ([[1280, 800], [360, 740]]);

/** Reads the page as it is, at both sizes. @param {import('../lib/people.mjs').Person} person @param {string} name */
async function read({ page }, name) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(height, Math.min(whole, 9000)) });
    await expect.soft.poll(() => page.evaluate(unreadable), { message: `${name} at ${width} px`, timeout: 3_000 }).toEqual([]);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('with text of twice the size the pages are read whole: calendar, people, settings, Admin', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const ana = await member('Ana');
  for (const [n, name] of ['Ben', 'Cem', 'Bartholomäus'].entries()) {
    const other = await server.join(name, 'Asia/Kathmandu');
    for (let k = 0; k < 3; k += 1) await other.book(server.slot(45) + (n * 15 + k * 120) * 60, [25, 50, 75][n], n ? { quiet: 'on' } : { flexible: '30' });
    other.close();
  }
  await ana.client.book(server.slot(45) + 24 * 3600, 50);
  await ana.page.goto('/');
  expect(await ana.page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize)), 'the text is large').toBe(34);
  for (const path of ['/', '/people', '/history', '/me', '/plans', '/rooms', '/room/1', '/guide', '/test-session', '/check', '/about']) {
    await ana.page.goto(path);
    await read(ana, path);
  }
  for (const path of ['', '/invites', '/members', '/groups', '/reports', '/house', '/rooms', '/company', '/way-in', '/backups', '/machine']) {
    await keeper.page.goto(`/admin${path}`);
    await read(keeper, `/admin${path}`);
  }
});

test('with text of twice the size a session is read whole: goals, focus, wrap-up', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben', 'Asia/Tokyo')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 120);
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  await server.advanceTo(start + 5);
  await inPhase('goals', ana, ben);
  await setGoal(ana, 'Write the first page of the report');
  await read(ana, 'goals');
  await server.advanceTo(start + 200);
  await inPhase('focus', ana, ben);
  await read(ana, 'focus');
  await server.advanceTo(start + 25 * 60 + 2);
  await inPhase('wrap_up', ana, ben);
  await read(ana, 'wrap-up');
});
