/** Other eyes: where the system rules the colours (`forced-colors`) what is chosen, lit or mine is told from what is not; and on paper the week is whole. */
import { expect, test } from '../lib/test.mjs';

/**
 * Whether two elements look different in their edge or filling.
 * @param {import('@playwright/test').Page} page
 * @param {string} one
 * @param {string} other
 * @param {string} [pseudo]
 */
function differ(page, one, other, pseudo) {
  return page.evaluate(([a, b, part]) => {
    const looks = [a, b].map((css) => {
      const element = document.querySelector(css ?? '');
      if (!element) return `nothing is ${css}`;
      const style = getComputedStyle(element, part || undefined);
      return [style.backgroundColor, style.backgroundImage, style.borderTopColor, style.borderTopWidth, style.borderTopStyle, style.outlineStyle].join(' ');
    });
    return looks.some((look) => look.startsWith('nothing')) ? looks.join('; ') : looks[0] !== looks[1];
  }, [one, other, pseudo ?? '']);
}

test('without colours of our own what is chosen, lit and mine is told apart, and the line of this hour is seen', async ({ server, member }) => {
  const ana = await member('Ana');
  const [ben, cem] = [await server.join('Ben'), await server.join('Cem')];
  const start = server.slot(60);
  const first = await ben.book(start);
  await ana.client.book(start, 25, { with: first });
  await cem.book(start + 2 * 3600);
  await ana.client.book(start + 5 * 3600);
  const { page } = ana;
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await page.goto('/');
  await expect(page.locator('.chip.mine').first()).toBeAttached();
  const pairs = [
    ['.choices input:checked + span', '.choices input:not(:checked) + span'],
    ['.places [aria-current]', '.places a:not([aria-current])'],
    ['.start-now .button.primary', '#week-before'],
    ['.chip.mine:not(.waits)', '.chip:not(.mine)'],
    ['.chip.mine.waits', '.chip:not(.mine)'],
    ['thead [aria-current] b', 'thead th:not([aria-current]) b'],
  ];
  for (const [one = '', other = ''] of pairs) expect.soft(await differ(page, one, other), `${one} and ${other}`).toBe(true);
  const line = () => page.evaluate(() => {
    const cell = document.querySelector('#grid .now');
    return cell ? getComputedStyle(cell, '::after').backgroundColor !== getComputedStyle(document.body).backgroundColor : 'no line';
  });
  await expect.poll(line, { message: 'the line of this hour is seen' }).toBe(true);

  await page.goto('/me');
  expect.soft(await differ(page, '.choices.cards input:checked + span', '.choices.cards input:not(:checked) + span'), 'a chosen card').toBe(true);
  await page.goto('/test-session');
  await page.getByRole('button', { name: 'Microphone on' }).focus();
  const outline = await page.evaluate(() => document.activeElement && getComputedStyle(document.activeElement).outlineStyle);
  expect.soft(outline, 'the focus is seen').toBe('solid');
});

test('without colours of our own a goal that is done, partly or not is a full, a half and an empty lamp', async ({ member }) => {
  const ana = await member('Ana');
  const { page } = ana;
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto('/');
  await page.locator('#home').evaluate((home) => {
    for (const kind of ['lit', 'half', 'free']) home.append(Object.assign(document.createElement('i'), { className: `dot ${kind}`, id: kind }));
  });
  for (const [one, other] of /** @type {const} */ ([['lit', 'half'], ['half', 'free'], ['lit', 'free']])) {
    expect.soft(await differ(page, `#${one}`, `#${other}`), `${one} and ${other}`).toBe(true);
  }
});

test('on paper the calendar is the whole week, what comes next, and no buttons', async ({ server, member }) => {
  const ana = await member('Ana');
  const start = server.slot(60);
  await ana.client.book(start);
  const { page } = ana;
  await page.goto('/');
  await page.emulateMedia({ media: 'print' });
  const rows = page.locator('#grid-scroll');
  expect(await rows.evaluate((box) => box.scrollHeight - box.clientHeight), 'nothing of the week is scrolled away').toBeLessThanOrEqual(1);
  await expect(page.locator('#next .when')).toBeVisible();
  await expect(page.locator('.chip.mine').first()).toBeVisible();
  await expect(page.locator('h1')).toBeVisible();
  await expect(page.locator('button:visible, nav a:visible')).toHaveCount(0);
});
