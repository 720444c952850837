/** Doors and keys: invites, passwords, logins, rules. */
import { PASSWORD } from '../lib/server.mjs';
import { expect, test } from '../lib/test.mjs';

test('the setup link opens once, and without it nothing can be set up', async ({ server, come }) => {
  const stranger = await come('Stranger');
  await stranger.page.goto('/setup');
  await expect(stranger.page.locator('main')).toContainText('alongside setup-link');
  await expect(stranger.page.locator('form')).toHaveCount(0);
  const link = server.setupLink;
  await server.setup();
  await stranger.page.goto(link);
  await expect(stranger.page.locator('form[action="/setup"]')).toHaveCount(0);
});

test('an invite lets in as many as it says, and a revoked or expired one nobody', async ({ server, come }) => {
  await server.setup();
  const invite = await server.invite({ uses: 2 });
  await server.join('Ana', 'UTC', { invite });
  await server.join('Ben', 'UTC', { invite });
  await expect(server.join('Cem', 'UTC', { invite })).rejects.toThrow(/4\d\d|200/);
  const person = await come('Dai');
  person.allow(/answer 4\d\d/, /console error: .*4\d\d/);
  await person.page.goto(invite);
  await expect(person.page.getByRole('heading', { level: 1 })).toContainText('Every seat of this invite is taken');

  const expiring = await server.invite({ uses: 5, days: 1 });
  await server.advance(24 * 60 + 1);
  await person.page.goto(expiring);
  await expect(person.page.getByRole('heading', { level: 1 })).toContainText('has run out');

  const keeper = await come('Keeper', { client: server.admin ?? undefined });
  keeper.page.on('dialog', (dialog) => dialog.accept());
  const revoked = await server.invite({ uses: 5 });
  await keeper.page.goto('/admin/invites');
  await keeper.page.locator('li').filter({ has: keeper.page.locator(`input[value$="${revoked}"]`) }).getByRole('button', { name: 'Take back' }).click();
  await expect(keeper.page.locator('.notice.good')).toBeVisible();
  await person.page.goto(revoked);
  await expect(person.page.getByRole('heading', { level: 1 })).toContainText('isn’t good any more'.replace('’', "'"));
});

test('an invite has a QR code that shows its link', async ({ server, come }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  await keeper.page.goto('/admin/invites');
  await keeper.page.getByRole('button', { name: 'Make the invite' }).click();
  const code = keeper.page.getByAltText('QR code of the invite link');
  await expect(code).toBeVisible();
  expect(await code.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth)).toBeGreaterThan(50);
});

test('inside a chat program the invite leads to the real browser and is kept', async ({ server, come }) => {
  const invite = await server.invite({ uses: 1 });
  const person = await come('Ana', { context: { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 350.0.0.0' } });
  await person.page.goto(invite);
  await expect(person.page.locator('#invite-link')).toHaveValue(new RegExp(`${invite}$`));
  await expect(person.page.locator('main')).toContainText('inside Instagram');
});

test('an admin’s reset link gives a new password, once, and signs the old browsers out', async ({ server, member, come }) => {
  const ana = await member('Ana');
  const keeper = await come('Keeper', { client: server.admin ?? undefined });
  await keeper.page.goto('/admin/members');
  const card = keeper.page.locator('li.member').filter({ hasText: 'Ana' });
  await card.getByText('Change').click();
  await card.getByRole('button', { name: 'Link for a new password' }).click();
  const link = new URL(await keeper.page.locator('#reset-link').inputValue()).pathname;

  const fresh = await come('Ana elsewhere');
  await fresh.page.goto(link);
  await fresh.page.getByLabel('New password').fill('another lamp, brighter');
  await fresh.page.getByRole('button', { name: 'Keep it and sign in' }).click();
  await expect(fresh.page.locator('#calendar')).toBeVisible();
  await ana.page.goto('/');
  await expect(ana.page).toHaveURL(/\/login/);
  const late = await come('Somebody');
  late.allow(/answer 4\d\d/, /console error: .*4\d\d/);
  await late.page.goto(link);
  await expect(late.page.getByRole('heading', { level: 1 })).toContainText('good any more');
});

test('"log out everywhere" ends every login of mine and nobody else’s', async ({ member, come }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const phone = await come('Ana’s phone');
  await phone.page.goto('/login');
  await phone.page.getByLabel('Name or e-mail').fill('Ana');
  await phone.page.getByLabel('Password').fill(PASSWORD);
  await phone.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(phone.page.locator('#calendar')).toBeVisible();
  ana.page.on('dialog', (dialog) => dialog.accept());
  await ana.page.goto('/me');
  await ana.page.getByRole('button', { name: 'Log out everywhere' }).click();
  for (const person of [ana, phone]) {
    await person.page.goto('/people');
    await expect(person.page).toHaveURL(/\/login/);
  }
  await ben.page.goto('/people');
  await expect(ben.page).toHaveURL(/\/people/);
});

test('a wrong password and an unknown name are answered alike, and the way on is kept', async ({ member, come }) => {
  await member('Ana');
  const person = await come('Somebody');
  person.allow(/answer 4\d\d: POST .*\/login/, /console error: .*4\d\d/);
  await person.page.goto('/history');
  await expect(person.page).toHaveURL(/\/login\?next=/);
  const said = [];
  for (const who of ['Ana', 'Nobody at all']) {
    await person.page.getByLabel('Name or e-mail').fill(who);
    await person.page.getByLabel('Password').fill('not the password');
    await person.page.getByRole('button', { name: 'Sign in' }).click();
    said.push(await person.page.getByRole('alert').innerText());
    await expect(person.page.getByLabel('Name or e-mail')).toHaveValue(who);
  }
  expect(said[0]).toBe(said[1]);
  await person.page.getByLabel('Name or e-mail').fill('Ana');
  await person.page.getByLabel('Password').fill(PASSWORD);
  await person.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(person.page).toHaveURL(/\/history$/);
});

test('house rules are the admin’s to write and every newcomer’s to read', async ({ server, come }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  await keeper.page.goto('/admin/house');
  await keeper.page.getByLabel('House rules').fill('- Tea is shared.\n- <b>Nobody</b> shouts.');
  await keeper.page.getByLabel('Monday 9:00').check({ force: true });
  await keeper.page.getByRole('button', { name: 'Keep' }).click();
  await expect(keeper.page.locator('.notice.good')).toBeVisible();
  await expect(keeper.page.getByLabel('Monday 9:00')).toBeChecked();
  const person = await come('Ana');
  await person.page.goto(await server.invite());
  await expect(person.page.locator('main')).toContainText('Tea is shared.');
  await expect(person.page.locator('main')).toContainText('<b>Nobody</b> shouts.');
  await person.page.goto('/guide#rules');
  await expect(person.page.locator('#rules')).toContainText('Tea is shared.');
});

test('a paused member is out until let in again', async ({ server, member, come }) => {
  const ana = await member('Ana');
  const keeper = await come('Keeper', { client: server.admin ?? undefined });
  keeper.page.on('dialog', (dialog) => dialog.accept());
  await keeper.page.goto('/admin/members');
  const card = keeper.page.locator('li.member').filter({ hasText: 'Ana' });
  await card.getByText('Change').click();
  await card.getByRole('button', { name: 'Pause' }).click();
  await expect(card).toContainText('paused');
  await ana.page.goto('/people');
  await expect(ana.page).toHaveURL(/\/login/);
  await card.getByText('Change').click();
  await card.getByRole('button', { name: 'Let in again' }).click();
  await expect(card).not.toContainText('paused');
  expect(await ana.client.signIn(PASSWORD)).toBeTruthy();
});

test('admin pages are for admins', async ({ server, member }) => {
  await server.setup({ kind: 'company' });
  const ana = await member('Ana');
  for (const path of ['/admin', '/admin/invites', '/admin/members', '/admin/reports', '/admin/house']) {
    expect([403, 404], path).toContain((await ana.client.get(path)).status);
  }
  expect((await ana.client.post('/admin/invites', { role: 'admin', uses: 1, days: 1 })).ok).not.toBe(true);
});

test('a post from another origin changes nothing', async ({ server, member }) => {
  const ana = await member('Ana');
  const booking = await ana.client.book(server.slot(60));
  const real = ana.client.origin;
  const { request } = await import('node:https');
  const status = await new Promise((done) => {
    const cookie = ana.client.cookies().map((one) => `${one.name}=${one.value}`).join('; ');
    const body = `booking=${booking}`;
    request(new URL('/cancel', real), {
      method: 'POST', rejectUnauthorized: false,
      headers: { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length },
    }, (answer) => { answer.resume(); done(answer.statusCode); }).end(body);
  });
  expect(status).toBe(403);
  expect((await ana.client.get(`/booking/${booking}.ics`)).status).toBe(200);
});
