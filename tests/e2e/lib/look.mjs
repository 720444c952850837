/**
 * A look at a page as everybody meets it: axe, one h1, no sideways scroll, a picture in `artefacts/screens`; wide and light, narrow
 * and dark. With `LOOK=all` in the environment narrow and light, wide and dark too.
 */
import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { join } from 'node:path';

const SCREENS = join(import.meta.dirname, '../artefacts/screens');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Only what is wrong is wanted; the pages have no frames, so axe runs in the page itself (`setLegacyMode`). */
const RULES = { runOnly: { type: /** @type {const} */ ('tag'), values: TAGS }, resultTypes: /** @type {const} */ (['violations']) };
const SIZES = /** @type {const} */ ([['360', 360, 740, 'dark'], ['1280', 1280, 800, 'light']]);
const softly = expect.configure({ soft: true });
const ALL = process.env.LOOK === 'all';

/**
 * Looks at a page.
 * @param {import('../lib/people.mjs').Person} person
 * @param {string} name
 */
export async function look(person, name) {
  const { page } = person;
  expect.soft(await page.locator('html').getAttribute('lang'), `${name}: the language`).toBe('en');
  expect.soft(await page.locator('h1:visible').count(), `${name}: one h1`).toBe(1);
  expect.soft(await page.title(), `${name}: a title`).not.toBe('');
  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const [word, width, height, first] of SIZES) {
      if (!ALL && scheme !== first) continue;
      await page.setViewportSize({ width, height });
      const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      await softly.poll(over, { message: `${name} at ${width}: no sideways scroll` }).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(SCREENS, `${name}-${word}-${scheme}.png`), fullPage: true, animations: 'disabled' });
      // As high as the page, so that nothing lies under what sticks to the window's foot.
      await page.setViewportSize({ width, height: Math.max(height, await page.evaluate(() => document.documentElement.scrollHeight)) });
      const { violations } = await new AxeBuilder({ page }).options(RULES).setLegacyMode().analyze();
      const faults = violations.map((rule) => `${rule.id}: ${rule.help}: ${rule.nodes.slice(0, 4).map((node) => `${node.target.join(' ')} ${node.any.map((one) => one.message).join(' ').slice(0, 160)}`).join(' | ')}`);
      expect.soft(faults, `${name}, ${scheme}, ${width} px`).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1280, height: 800 });
}
