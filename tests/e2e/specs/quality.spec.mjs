/**
 * Every page, as it is served: readable by everybody (axe, WCAG 2.2 AA, light and dark), one h1, no sideways scroll at 360 px,
 * light to load. Screenshots of all of them go to `artefacts/screens` to be looked at.
 */
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

test.describe.configure({ timeout: 180_000 });

test('the doors are open to everybody: setup, login, invite, reset, guide, about', async ({ server, come }) => {
  const person = await come('Somebody');
  await person.page.goto(server.setupLink);
  await look(person, 'setup');
  await person.page.goto('/setup');
  await look(person, 'setup-shut');
  await server.setup();
  await person.page.goto('/login');
  await look(person, 'login');
  await person.page.goto(await server.invite());
  await look(person, 'join');
  person.allow(/answer 4\d\d/, /console error: .*4\d\d/);
  for (const [name, path] of [['join-gone', '/join/nothing'], ['reset-shut', '/reset/nothing'], ['not-found', '/nothing/here']]) {
    await person.page.goto(path);
    await look(person, name);
  }
  for (const name of ['guide', 'about']) {
    await person.page.goto(`/${name}`);
    await look(person, name);
  }
});

test('the calendar is open to everybody: the first empty week, a full one, the sheets', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  await keeper.page.goto('/');
  await look(keeper, 'calendar-first');
  const ana = await member('Ana');
  for (const [n, name] of ['Ben', 'Cem', 'Dai', 'Eva', 'Finn'].entries()) {
    const other = await server.join(name, ['Asia/Kathmandu', 'America/New_York', 'Europe/Berlin'][n % 3]);
    for (let k = 0; k < 3; k += 1) await other.book(server.slot(45 + 90 * k + 15 * n), 25, n % 2 ? { quiet: 'on' } : {});
    other.close();
  }
  const free = server.slot(600);
  const start = server.slot(45);
  await ana.client.book(start);
  await ana.client.book(free, 50);
  await ana.page.goto('/');
  await look(ana, 'calendar');
  await ana.page.locator('#grid td:not(.x)').nth(300).click({ trial: true }).catch(() => {});
  await ana.page.locator(`[data-mine]`).first().click();
  if (await ana.page.locator('dialog#mine').isVisible()) await look(ana, 'calendar-mine');
});

test('a long name and a long word have their room: calendar, people, Admin', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup({ instance: 'Wohnungseigentümergemeinschaftsverwaltung' }) });
  const ana = await member('Ana');
  const start = server.slot(30);
  const other = await server.join('Bartholomäus-Maximilian von und zu Hohen');
  const first = await other.book(start, 50, { title: 'Rechtsschutzversicherungsgesellschaftenangestelltenvertretungsvorsitzenderwahlen' });
  await ana.client.book(start, 50, { with: first });
  other.close();
  for (const [name, path] of [['calendar', '/'], ['people', '/people']]) {
    await ana.page.goto(path);
    await look(ana, `long-${name}`);
  }
  await keeper.page.goto('/admin/members');
  await look(keeper, 'long-members');
  await keeper.page.setViewportSize({ width: 360, height: 740 });
  await keeper.page.getByText('Admin: Members').click();
  await keeper.page.getByRole('link', { name: 'Way in' }).click();
  await expect(keeper.page.getByText('Admin: Way in')).toBeVisible();
});

test('the members’ pages are open to everybody: people, history, settings, test session', async ({ server, member }) => {
  const ana = await member('Ana');
  for (const name of ['Ben', 'Cem']) (await server.join(name, 'Asia/Tokyo')).close();
  for (const [name, path] of [['people', '/people'], ['history-empty', '/history'], ['settings', '/me'], ['test-session', '/test-session']]) {
    await ana.page.goto(path);
    await look(ana, name);
  }
});

test('the admin’s pages are open to everybody', async ({ server, come }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  for (const name of ['Ben', 'Cem']) (await server.join(name, 'Asia/Tokyo')).close();
  for (const name of ['', 'invites', 'members', 'reports', 'house']) {
    await keeper.page.goto(`/admin/${name}`.replace(/\/$/, ''));
    await look(keeper, `admin-${name || 'overview'}`);
  }
  await keeper.page.goto('/admin/invites');
  await keeper.page.getByRole('button', { name: 'Make the invite' }).click();
  await expect(keeper.page.locator('#made-link')).toBeVisible();
  await look(keeper, 'admin-invite-made');
});

test('the calendar’s first visit weighs at most 80 KiB', async ({ member }) => {
  const ana = await member('Ana');
  const wire = await ana.context.newCDPSession(ana.page);
  await wire.send('Network.enable');
  /** @type {Map<string, string>} */
  const asked = new Map();
  /** @type {{ url: string, bytes: number }[]} */
  const loaded = [];
  wire.on('Network.responseReceived', ({ requestId, response }) => asked.set(requestId, response.url));
  wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => loaded.push({ url: asked.get(requestId) ?? '', bytes: encodedDataLength }));
  await ana.page.goto('/', { waitUntil: 'load' });
  await expect.poll(async () => {
    const before = loaded.length;
    await ana.page.waitForTimeout(300);
    return loaded.length === before && before > 3;
  }).toBe(true);
  const sum = loaded.reduce((total, one) => total + one.bytes, 0);
  const list = loaded.map((one) => `${one.bytes} ${one.url}`).join('\n');
  console.log(`    first visit: ${(sum / 1024).toFixed(1)} KiB in ${loaded.length} requests`);
  expect(sum, list).toBeLessThanOrEqual(80 * 1024);
});

test('every answer carries the strict policy, and assets may be kept for ever', async ({ member }) => {
  const ana = await member('Ana');
  const page = await ana.client.get('/');
  const policy = String(page.headers['content-security-policy']);
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    expect.soft(policy).toContain(part);
  }
  expect.soft(policy).not.toContain('unsafe');
  expect.soft(page.headers['x-content-type-options']).toBe('nosniff');
  expect.soft(String(page.headers['cache-control'])).toContain('no-store');
  const asset = /\/assets\/[^"]+base\.css/.exec(page.body)?.[0] ?? '';
  // A debug build serves the files as they lie in the tree, under the version `dev`.
  const kept = asset.includes('/dev/') ? 'no-cache' : 'immutable';
  expect.soft(String((await ana.client.get(asset)).headers['cache-control'])).toContain(kept);
  const cookie = (await ana.client.get('/login')).headers['set-cookie'];
  expect.soft(cookie ?? []).toEqual([]);
});
