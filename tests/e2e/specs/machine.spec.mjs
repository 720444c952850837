/** What the machine carries: a small one says at the door until when it is full, and its keeper sees how much is taken. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

const BIN = resolve(process.env.ALONGSIDE_BIN ?? join(import.meta.dirname, '../../../target/release/alongside'));

/** @param {string[]} args */
function alongside(...args) {
  const { status, stdout, stderr } = spawnSync(BIN, args, { encoding: 'utf8', timeout: 60_000 });
  return { status, said: stdout + stderr, stdout };
}

test('the machine is measured, a small one is full at the door of a room, and its log says more for an hour', async ({ server, come, member }) => {
  test.setTimeout(120_000);
  const keeper = await come('Keeper', { client: await server.setup() });
  const { page } = keeper;
  await page.goto('/admin/machine');
  await expect(page.getByText('Not measured yet')).toBeVisible();
  await look(keeper, 'admin-machine-bare');
  const measured = alongside('bench', 'media', '--json', '--data-dir', server.dataFolder);
  expect(measured.status, measured.said).toBe(0);
  expect(measured.said).toContain('uses these figures from here on');
  await page.reload();
  await expect(page.getByText('Measured today')).toBeVisible();
  await page.getByRole('button', { name: 'Say more for an hour' }).click();
  await expect(page.getByText('It says more than usual until')).toBeVisible();
  expect(alongside('log', 'usual', '--data-dir', server.dataFolder).said).toContain('as much as usual');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Say more for an hour' })).toBeVisible();

  // The same machine, as if it were a tenth of what it is: two in a room, and not three.
  const file = join(server.dataFolder, 'capacity.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  record.capacity = { ...record.capacity, given: 1500 };
  await server.kill9();
  writeFileSync(file, JSON.stringify(record));
  await server.restart();
  const people = [await member('Ana'), await member('Ben'), await member('Cleo')];
  for (const [n, person] of people.entries()) {
    await person.page.goto('/room/1');
    await person.page.getByRole('button', { name: 'Come in' }).click();
    if (n < 2) await expect(person.page.locator('#room')).toHaveAttribute('data-part', 'table');
  }
  const cleo = people[2]?.page;
  await expect(/** @type {import('@playwright/test').Page} */ (cleo).locator('#door-words')).toContainText('This server is full until somebody leaves another room');
  if (people[2]) await look(people[2], 'room-server-full');
  const refused = alongside('bench', 'media', '--data-dir', server.dataFolder);
  expect(refused.status).toBe(1);
  expect(refused.said).toContain('Calls are under way');
  await page.goto('/admin/machine');
  await expect(page.getByText('2 people')).toBeVisible();
  // The first minute of the hour is drawn after a few seconds.
  await expect(async () => {
    await page.reload();
    expect(await page.locator('.load .taken').count()).toBeGreaterThan(0);
  }).toPass({ timeout: 30_000 });
  await look(keeper, 'admin-machine');
});
