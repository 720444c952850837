/** Manners: whom I prefer and whom I never meet stays with me; a report reaches those who read them; history forgets. */
import { inPhase, more, sitDown, together } from '../lib/room.mjs';
import { expect, test } from '../lib/test.mjs';

test('a block unpairs without a word, and the two are never paired again', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start } = await together(server, ana, ben, { ahead: 60 });
  ana.page.on('dialog', (dialog) => dialog.accept());
  await ana.page.goto('/people');
  const card = ana.page.locator('.person-card').filter({ hasText: 'Ben' });
  await card.getByText('More').click();
  await card.getByRole('button', { name: /Never pair us/ }).click();
  await expect(card).toContainText('You won’t be paired'.replace('’', "'"));

  await ben.page.goto('/');
  await expect(ben.page.locator('#next')).not.toContainText('With Ana');
  await expect(ben.page.locator('main')).not.toContainText(/block/i);
  const again = server.slot(180);
  const mine = await ana.client.book(again);
  const refused = await ben.client.post('/book', { start: again, minutes: 25, task: 'desk', with: mine });
  expect(JSON.stringify(refused)).not.toMatch(/block/i);
  await ben.client.post('/book', { start: again, minutes: 25, task: 'desk' });
  await ben.page.goto('/');
  await expect(ben.page.locator('section.waiting')).not.toContainText('Ana');
  await expect(ben.page.locator(`.chip.mine[data-start="${again}"], #next`).first()).not.toContainText('With Ana');
  expect(start).toBeGreaterThan(0);
});

test('a favorite is one press, and mine alone to see', async ({ member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await ana.page.goto('/people');
  await ana.page.getByRole('button', { name: /^Favorite ?: Ben/ }).click();
  await expect(ana.page.locator('.person-card').filter({ hasText: 'Ben' })).toContainText('A favorite of yours');
  await ben.page.goto('/people');
  await expect(ben.page.locator('.person-card').filter({ hasText: 'Ana' })).not.toContainText(/favorite of/);
});

test('a report from the session reaches the admin, and the one it is about learns nothing', async ({ server, member, come }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 60);
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  await server.advanceTo(start + 10);
  await inPhase('goals', ana, ben);
  await more(ana, 'Report');
  await ana.page.locator('#report-text').fill('He tried to sell me a course.');
  await ana.page.getByRole('button', { name: 'Send the report' }).click();
  await expect(ana.page.locator('#report-sheet')).toBeHidden();
  await expect(ben.page.locator('#session')).not.toContainText(/report(ed)? (you|by)/i);

  const keeper = await come('Keeper', { client: server.admin ?? undefined });
  await keeper.page.goto('/admin/reports');
  await expect(keeper.page.getByRole('heading', { name: 'About Ben' })).toBeVisible();
  await expect(keeper.page.locator('main')).toContainText('He tried to sell me a course.');
  await keeper.page.getByRole('button', { name: /It.s settled/ }).click();
  await expect(keeper.page.locator('main')).toContainText('Settled (1)');
});

test('leave and block ends it for good, from inside the session', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 60);
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  await server.advanceTo(start + 10);
  await inPhase('goals', ana, ben);
  await more(ana, 'Leave and block');
  await ana.page.getByRole('button', { name: 'Block and leave' }).click();
  await expect(ana.page.locator('#session[data-phase="goals"] #stage:visible')).toHaveCount(0);
  await ben.seesNot(ana.id);
  expect(await ben.page.locator('#session').innerText(), 'what Ben reads').not.toMatch(/block/i);
  await ana.page.goto('/people');
  await expect(ana.page.locator('.person-card').filter({ hasText: 'Ben' })).toContainText(/won.t be paired/);
});

test('history shows seven days, lets me report within them, and forgets after', async ({ server, member, come }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 60);
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  await server.advanceTo(start + 31 * 60);
  for (const person of [ana, ben]) await inPhase('closed', person);
  await ana.page.goto('/history');
  await expect(ana.page.locator('.past')).toHaveCount(1);
  await server.advance(6 * 24 * 60);
  await ana.page.reload();
  const past = ana.page.locator('.past');
  await past.getByText('About Ben').click();
  await past.getByRole('textbox').fill('It still bothers me.');
  await past.getByRole('button', { name: 'Send the report' }).click();
  await expect(ana.page.locator('.notice.good')).toBeVisible();
  const keeper = await come('Keeper', { client: server.admin ?? undefined });
  await keeper.page.goto('/admin/reports');
  await expect(keeper.page.locator('main')).toContainText('It still bothers me.');

  await server.advance(2 * 24 * 60);
  await expect.poll(async () => {
    await ana.page.reload();
    return ana.page.locator('.past').count();
  }).toBe(0);
  await expect(ana.page.locator('.totals')).toContainText('25 min');
  await expect(ana.page.locator('main')).not.toContainText('Ben');
});
