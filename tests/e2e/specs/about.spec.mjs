/** What runs here: after an upgrade each admin is led once to what is new; every part is shown with its licence. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

const OLDER = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
db.execute("UPDATE setting SET value = '0.0.9' WHERE key = 'version'")
db.commit()
`;

test('after an upgrade the admin is led to what is new, once, and finds of what it is made', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const { page } = keeper;
  const ana = await member('Ana');
  // The server is killed twice.
  for (const person of [keeper, ana]) person.allow(/request failed|ERR_/);
  await page.goto('/');
  await expect(page.locator('#notices')).toHaveCount(0);

  // As an older version would have left the house.
  await server.kill9();
  execFileSync('python3', ['-c', OLDER, join(server.dataFolder, 'alongside.db')]);
  await server.restart();
  await page.goto('/');
  await expect(page.locator('#notices')).toContainText('Alongside was upgraded here');
  await look(keeper, 'calendar-upgraded');
  await ana.page.goto('/');
  await expect(ana.page.locator('#notices')).toHaveCount(0);

  await page.getByRole('link', { name: 'What is new' }).click();
  await expect(page.getByRole('heading', { name: 'What is new', level: 1 })).toBeVisible();
  await expect(page.getByText('0.0.9 ran before it')).toBeVisible();
  await look(keeper, 'about-news');
  await page.goto('/');
  await page.getByRole('button', { name: 'Put away' }).click();
  await expect(page.locator('#notices')).toHaveCount(0);
  await server.kill9();
  await server.restart();
  await page.goto('/');
  await expect(page.locator('#notices')).toHaveCount(0);

  await page.goto('/about');
  await look(keeper, 'about');
  await page.getByRole('link', { name: /parts, with version and licence/ }).click();
  await expect(page.getByRole('cell', { name: 'rustls', exact: true })).toBeVisible();
  await look(keeper, 'about-parts');
});
