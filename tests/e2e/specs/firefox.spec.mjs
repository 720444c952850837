/** The second engine: pages open, two people meet in it and across engines, in a session of their own and in a room. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Person } from '../lib/people.mjs';
import { startFirefox } from '../lib/firefox.mjs';
import { seeAndHearEachOther, sitDown, together } from '../lib/room.mjs';
import { comeIn } from '../lib/table.mjs';
import { expect, test as base } from '../lib/test.mjs';
import { trustingProfile } from '../lib/trust.mjs';

/** @typedef {import('../lib/room.mjs').Member} Member */
/** @typedef {(name: string, engine: 'firefox' | 'chromium') => Promise<Member>} Visit */

const test = /** @type {import('@playwright/test').TestType<{ visit: Visit, server: import('../lib/server.mjs').Server, cable: import('../lib/cable.mjs').Cable } & import('@playwright/test').PlaywrightTestArgs, import('@playwright/test').PlaywrightWorkerArgs>} */ (/** @type {unknown} */ (base.extend(/** @type {any} */ ({
  fox: [async (/** @type {object} */ {}, /** @type {any} */ use) => {
    const { browser, end } = await startFirefox();
    await use(browser);
    await end();
  }, { scope: 'worker', timeout: 180_000 }],

  visit: async (/** @type {any} */ { fox, browser, server }, /** @type {any} */ use) => {
    /** @type {Person[]} */
    const people = [];
    await use(async (/** @type {string} */ name, /** @type {string} */ engine) => {
      const client = await server.join(name);
      const person = await Person.come(engine === 'firefox' ? fox : browser, server.origin, people.length + 1, name, { client });
      people.push(person);
      server.pages.add(person.page);
      return Object.assign(person, { client });
    });
    const complaints = people.flatMap((person) => person.unexpected().map((text) => `${person.name}: ${text}`));
    for (const person of people) await person.context.close();
    expect(complaints, 'no browser complains').toEqual([]);
  },
}))));

test.describe.configure({ timeout: 240_000 });

test('the pages open in Firefox', async ({ visit }) => {
  const ana = await visit('Ana', 'firefox');
  for (const [path, title] of /** @type {const} */ ([['/', 'Calendar'], ['/guide', 'Help'], ['/me', 'Me'], ['/history', 'History'], ['/rooms', 'Rooms']])) {
    const answer = await ana.page.goto(path);
    expect(answer?.status(), title).toBe(200);
    await expect(ana.page.locator('h1').first()).toBeVisible();
  }
});

test('in Firefox, too, the way back after signing out leads to no page of the member', async ({ server, visit }) => {
  (await server.join('Ben')).close();
  const { page } = await visit('Ana', 'firefox');
  await page.goto('/people');
  await expect(page.getByText('Ben').first()).toBeVisible();
  await page.goto('/about');
  await page.locator('header .menu > summary').click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/login/);
  await page.evaluate(() => { history.go(-2); });
  await expect(page).toHaveURL(/login/);
  await expect(page.getByLabel('Password')).toBeVisible();
  await expect(page.getByText('Ben')).toHaveCount(0);
});

for (const [one, other] of /** @type {const} */ ([['firefox', 'firefox'], ['firefox', 'chromium'], ['chromium', 'firefox']])) {
  test(`a session of ${one} and ${other}`, async ({ server, visit }) => {
    const [ana, ben] = [await visit('Ana', one), await visit('Ben', other)];
    const { start, seat } = await together(server, ana, ben);
    await server.advanceTo(start - 120);
    for (const person of [ana, ben]) await sitDown(person, seat(person));
    await seeAndHearEachOther(ana, ben);
  });
}

test('a room of two in Firefox', async ({ visit }) => {
  await meet([await visit('Ana', 'firefox'), await visit('Ben', 'firefox')]);
});

test('a room of three in both engines', async ({ visit }) => {
  await meet([await visit('Ana', 'firefox'), await visit('Ben', 'chromium'), await visit('Cem', 'firefox')]);
});

test('in Firefox a call by which no picture comes is made anew by the page itself', async ({ visit, cable }) => {
  const [ana, ben] = [await visit('Ana', 'firefox'), await visit('Ben', 'chromium')];
  await cable.joinCalls(ana.context);
  for (const person of [ana, ben]) await comeIn(person);
  await ana.sees(ben.id);
  const calls = () => ana.page.evaluate(() => /** @type {any} */ (window).__here.calls.length);
  const before = await calls();
  cable.darken();
  const dark = Date.now();
  await expect.poll(calls, { message: 'another connection', timeout: 60_000 }).toBe(before + 1);
  await ana.sees(ben.id);
  console.log(`    seen again ${((Date.now() - dark) / 1000).toFixed(1)} s after it went dark`);
  expect(await calls(), 'one is enough').toBe(before + 1);
});

test('with the authority in its list Firefox opens the place by address and name, and the page about trust sees it', async ({ server }) => {
  const profile = trustingProfile(join(server.dataFolder, 'ca.pem'));
  const { context, end } = await startFirefox({ profile });
  try {
    if (!context) throw new Error('there is no context');
    // By an address it accepts the page like by a name, and doesn't tell the page.
    for (const [host, state] of /** @type {const} */ ([['127.0.0.1', 'unseen'], ['localhost', 'good']])) {
      const page = await context.newPage();
      await page.goto(`https://${host}:${server.port}/trust`);
      await expect(page.locator('#trust-state'), host).toHaveAttribute('data-state', state);
    }
  } finally {
    await end();
    rmSync(profile, { recursive: true, force: true });
  }
});

test('where a warning was passed by the page about trust says so in Firefox', async ({ visit }) => {
  const ana = await visit('Ana', 'firefox');
  await ana.page.goto('/trust');
  await expect(ana.page.locator('#trust-state')).toHaveAttribute('data-state', 'slow');
});

/** Everybody sees everybody, and hears who is not muted. @param {Member[]} people */
async function meet(people) {
  for (const person of people) await comeIn(person);
  for (const person of people) for (const other of people) if (other !== person) await person.sees(other.id);
  const [first, ...others] = people;
  await first?.page.locator('#mic').click();
  for (const other of others) await other.hears(first?.id ?? 0);
}
