/** The calendar's week in a browser: find a start's cell, open it, book it. */
import { expect } from '@playwright/test';

/** The date of an instant in a zone, as the calendar's address wants it. @param {number} start epoch seconds @param {string} zone */
export function dateIn(start, zone) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(start * 1000);
}

/** "9:15", as the calendar says it. @param {number} start epoch seconds @param {string} zone */
export function clockIn(start, zone) {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: 'numeric', minute: '2-digit' }).format(start * 1000).replace(/^0(\d)/, '$1');
}

/** Opens the week in which that start lies. @param {import('@playwright/test').Page} page @param {number} start @param {string} zone */
export async function openWeek(page, start, zone) {
  const date = dateIn(start, zone);
  await page.goto(`/?week=${date}&day=${date}`);
  await expect(page.locator('#grid')).toBeVisible();
}

/**
 * The cell of a start. In an ordinary week a cell's instant follows from its place; in a week with a clock change each
 * cell says it.
 * @param {import('@playwright/test').Page} page
 * @param {number} start
 */
export async function cell(page, start) {
  const said = page.locator(`#grid td[data-t="${start}"]`);
  if ((await page.locator('#grid td[data-t]').count()) > 0) return said;
  const place = await page.evaluate((instant) => {
    const grid = /** @type {HTMLElement} */ (document.querySelector('#grid'));
    const days = [...grid.querySelectorAll('thead th[data-t]')].map((day) => Number(/** @type {HTMLElement} */ (day).dataset.t));
    const day = days.findLastIndex((from) => from <= instant);
    const row = (instant - (days[day] ?? 0)) / 60 / Number(grid.dataset.step);
    return { day, row };
  }, start);
  return page.locator(`#grid tbody tr:nth-child(${place.row + 1}) td:nth-of-type(${place.day + 1})`);
}

/** First click: the cell. Second click: Book. @param {import('@playwright/test').Page} page @param {number} start @param {{ minutes?: number }} [wish] */
export async function bookByClicks(page, start, { minutes } = {}) {
  await (await cell(page, start)).click();
  if (minutes) await page.locator('#book').getByRole('radio', { name: `${minutes} min` }).check();
  await page.locator('#book-go').click();
  await expect(page.locator(`.chip.mine[data-start="${start}"]`)).toBeVisible();
}

/** My chip at that start. @param {import('@playwright/test').Page} page @param {number} start */
export function myChip(page, start) {
  return page.locator(`.chip.mine[data-start="${start}"]`);
}
