/** By the keyboard alone, and by ear: every stop has a name, a ring and is in sight; the focus is never lost; what is said aloud is said once. */
import { aloud, faults, listen, walk } from '../lib/keys.mjs';
import { inPhase, setGoal, sitDown, takeSeat, together } from '../lib/room.mjs';
import { PASSWORD } from '../lib/server.mjs';
import { comeIn } from '../lib/table.mjs';
import { expect, test } from '../lib/test.mjs';
import { cell, openWeek } from '../lib/week.mjs';

test.describe.configure({ timeout: 180_000 });

/** The id or the words of what has the focus. @param {import('@playwright/test').Page} page */
function focused(page) {
  return page.evaluate(() => {
    const here = document.activeElement;
    return here instanceof HTMLElement && here !== document.body ? here.id || here.innerText.trim() || here.tagName : 'nothing';
  });
}

/** @param {import('@playwright/test').Locator} wanted */
function holds(wanted) {
  return wanted.evaluate((element) => element === document.activeElement, undefined, { timeout: 1_000 }).catch(() => false);
}

/** Tabs until that has the focus. @param {import('@playwright/test').Page} page @param {import('@playwright/test').Locator} wanted */
async function tabTo(page, wanted, most = 60) {
  for (let n = 0; n < most; n += 1) {
    if (n > 0 || !(await holds(wanted))) await page.keyboard.press('Tab');
    if (await holds(wanted)) return;
  }
  await expect(wanted).toBeFocused();
}

for (const width of [360, 1280]) {
  test(`every stop of the Tab key has a name, a ring and is in sight, at ${width} px`, async ({ server, come, member }) => {
    const keeper = await come('Keeper', { client: await server.setup() });
    const ana = await member('Ana');
    const other = await server.join('Ben', 'Asia/Tokyo');
    await other.book(server.slot(45), 50, { title: 'Letters' });
    await ana.client.book(server.slot(200));
    other.close();
    for (const person of [ana, keeper]) await person.page.setViewportSize({ width, height: 740 });
    for (const path of ['/', '/rooms', '/people', '/history', '/me', '/plans', '/guide', '/test-session', '/room/1']) {
      await ana.page.goto(path);
      if (path.startsWith('/room/')) await expect(ana.page.locator('#room')).toHaveAttribute('data-link', 'open');
      expect.soft(faults(await walk(ana.page)), path).toEqual([]);
    }
    for (const path of ['/admin', '/admin/company', '/admin/members', '/admin/invites', '/admin/groups', '/admin/rooms', '/admin/house']) {
      await keeper.page.goto(path);
      expect.soft(faults(await walk(keeper.page)), path).toEqual([]);
    }
  });
}

test.describe('in the morning', () => {
  test.use({ at: '2027-03-24T09:00:00Z' });

  test('from the login to a booked session without a mouse, and the focus stays where it was', async ({ server, come }) => {
    const ben = await server.join('Ben');
    (await server.join('Ana')).close();
    const { page } = await come('Ana');
    await page.goto('/login');
    await tabTo(page, page.getByLabel('Name'));
    await page.keyboard.type('Ana');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await expect(page.locator('#grid')).toBeVisible();
    const start = server.slot(180);
    await openWeek(page, start, 'Europe/Berlin');
    const place = await cell(page, start);
    // One stop of the Tab key is the whole week; arrows walk in it.
    await tabTo(page, page.locator('#grid td[tabindex="0"]'));
    for (let n = 0; n < 96 && !(await holds(place)); n += 1) await page.keyboard.press('ArrowDown');
    await expect(place).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.locator('#book')).toBeVisible();
    await expect(page.locator('#book-go')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.locator('#book')).toBeHidden();
    await expect(place).toBeFocused();

    // Somebody else's booking renews the week under the focus.
    await ben.book(server.slot(400));
    await expect(page.locator('.chip', { hasText: 'Ben' }).first()).toBeAttached();
    await expect(place).toBeFocused();
    ben.close();

    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await expect(page.locator(`.chip.mine[data-start="${start}"]`)).toBeVisible();
    await expect(page.locator('#book')).toBeHidden();
    await expect(place).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.locator('#mine')).toBeVisible();
    await tabTo(page, page.locator('#mine').getByRole('button', { name: /^Cancel/ }).first());
    await page.keyboard.press('Enter');
    await expect(page.locator('#done')).toContainText(/\S/);
    await expect.poll(() => focused(page), { message: 'the focus is in the week' }).not.toBe('nothing');
  });

});

test('a session is lived by the keyboard: menus and sheets give the focus back', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { page } = ana;
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 120);
  await page.goto(`/session/${seat(ana)}`);
  await expect(page.locator('#session')).toHaveAttribute('data-link', 'open');
  expect.soft(faults(await walk(page)), 'the lobby').toEqual([]);
  await tabTo(page, page.locator('#take-seat'));
  await page.keyboard.press('Enter');
  await expect(page.locator('#stage-title')).toBeFocused();
  await sitDown(ben, seat(ben));
  await server.advanceTo(start + 200);
  await inPhase('focus', ana, ben);
  expect.soft(faults(await walk(page)), 'the focus').toEqual([]);
  for (const [button, shown] of [['#camera', '#camera-menu'], ['#more', '#more-panel'], ['#chat-open', '#chat'], ['#leave', '#leave-sheet'], ['#shelf-open', '#shelf']]) {
    await page.locator(button).focus();
    await page.keyboard.press('Enter');
    await expect(page.locator(shown), shown).toBeVisible();
    await expect.poll(() => page.evaluate((sel) => document.querySelector(sel)?.contains(document.activeElement), shown), { message: `the focus is in ${shown}` }).toBe(true);
    await page.keyboard.press('Escape');
    await expect(page.locator(shown), shown).toBeHidden();
    await expect(page.locator(button), `${shown} gives the focus back`).toBeFocused();
  }
  for (const item of ['Sound and devices', 'Safety code', 'Report']) {
    await page.locator('#more').focus();
    await page.keyboard.press('Enter');
    await tabTo(page, page.locator('#more-panel').getByRole('button', { name: item }), 12);
    await page.keyboard.press('Enter');
    await expect(page.locator('dialog[open]'), item).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.locator('dialog[open]')).toHaveCount(0);
    await expect(page.locator('#more'), `${item} gives the focus back`).toBeFocused();
  }
});

test('who comes, the start, the bell and the end are said aloud, each once', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { page } = ana;
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 120);
  await page.goto(`/session/${seat(ana)}`);
  await expect(page.locator('#session')).toHaveAttribute('data-link', 'open');
  await takeSeat(ana);
  await listen(page);
  /** @param {RegExp} words */
  const times = async (words) => (await aloud(page)).filter((said) => words.test(said)).length;
  await sitDown(ben, seat(ben));
  await expect.poll(() => times(/Ben has taken the seat/)).toBe(1);
  await server.advanceTo(start + 3);
  await inPhase('goals', ana, ben);
  await expect.poll(() => times(/It begins/)).toBe(1);
  await setGoal(ana, 'Sort the letters');
  await server.advanceTo(start + 25 * 60 - 299);
  await expect.poll(() => times(/Five minutes left/)).toBe(1);
  await server.advanceTo(start + 25 * 60 + 1);
  await inPhase('wrap_up', ana, ben);
  await expect.poll(() => times(/That's the bell/)).toBe(1);
  await page.waitForTimeout(1_000);
  for (const words of [/Ben has taken the seat/, /It begins/, /Five minutes left/, /That's the bell/]) {
    expect.soft(await times(words), String(words)).toBe(1);
  }
});

test('an offer of company is said once, and lies above the goals on a phone', async ({ server, member }) => {
  const [ana, ben, cem] = [await member('Ana'), await member('Ben'), await member('Cem')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 60);
  await ana.page.setViewportSize({ width: 360, height: 740 });
  await sitDown(ana, seat(ana));
  await listen(ana.page);
  await server.advanceTo(start + 150);
  const lounge = ana.page.locator('#lounge');
  await expect(lounge).toBeVisible();
  await expect(lounge).toBeInViewport({ ratio: 0.9 });
  const first = await ana.page.locator('#lounge-words').innerText();
  await ana.page.waitForTimeout(1_500);
  expect((await aloud(ana.page)).filter((said) => said.includes(first)).length, first).toBe(1);
  await cem.page.goto('/');
});

test('a room says who comes, and its menus give the focus back', async ({ member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await comeIn(ana);
  await listen(ana.page);
  await comeIn(ben);
  await expect.poll(async () => (await aloud(ana.page)).filter((said) => /Ben came in/.test(said)).length).toBe(1);
  expect.soft(faults(await walk(ana.page)), 'the table').toEqual([]);
  for (const [button, shown] of [['#camera', '#camera-menu'], ['#more', '#more-panel'], ['#chat-open', '#chat']]) {
    await ana.page.locator(button).focus();
    await ana.page.keyboard.press('Enter');
    await expect(ana.page.locator(shown), shown).toBeVisible();
    await ana.page.keyboard.press('Escape');
    await expect(ana.page.locator(shown), shown).toBeHidden();
    await expect(ana.page.locator(button), `${shown} gives the focus back`).toBeFocused();
  }
});
