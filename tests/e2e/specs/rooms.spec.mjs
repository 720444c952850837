/** Rooms, without their pictures: coming and going, goals, hands and chat, one shared clock, moderators, and a server that is killed. */
import { look } from '../lib/look.mjs';
import { act, atDoor, chair, comeIn, isWith } from '../lib/table.mjs';
import { expect, test } from '../lib/test.mjs';

test.describe.configure({ timeout: 240_000 });

test('a new house has a room that is open, and the list shows who comes and goes', async ({ member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await ben.page.goto('/');
  await ben.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Rooms' }).click();
  const card = ben.page.locator('.room-card').filter({ hasText: 'The long table' });
  await expect(card).toContainText('Nobody is inside just now.');
  await comeIn(ana);
  await expect(card).toContainText('Ana is inside.');
  await ana.page.getByRole('button', { name: 'Leave' }).click();
  await expect(ana.page).toHaveURL(/\/rooms$/);
  await expect(card).toContainText('Nobody is inside just now.');
});

test('people come muted, say what they are on, raise a hand, wave and write', async ({ member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await atDoor(ana);
  await ana.page.getByLabel('What are you on?').fill('Sort the letters');
  await ana.page.getByRole('button', { name: 'Come in' }).click();
  await comeIn(ben);
  await isWith(ana, ['Ana', 'Ben']);
  await expect(chair(ben, 'Ana')).toContainText('Sort the letters');
  await expect(chair(ben, 'Ana').locator('.muted-sign')).toBeVisible();
  await expect(ben.page.locator('#mic')).toContainText('Unmute');
  await ana.page.locator('#mic').click();
  await expect(chair(ben, 'Ana').locator('.muted-sign')).toBeHidden();
  await ana.page.getByRole('button', { name: 'Hand' }).click();
  await expect(chair(ben, 'Ana').locator('.hand-sign')).toBeVisible();
  await ben.page.getByRole('button', { name: 'Wave' }).click();
  await expect(chair(ana, 'Ben')).toHaveAttribute('data-wave', 'true');
  await ben.page.getByRole('button', { name: 'Chat' }).click();
  await ben.page.locator('#chat-text').fill('Tea at the break?');
  await ben.page.keyboard.press('Enter');
  await expect(ana.page.locator('#chat-unread')).toContainText('1');
  await ana.page.getByRole('button', { name: 'Chat' }).click();
  await expect(ana.page.locator('#chat-lines')).toContainText('Tea at the break?');
});

test('a reload keeps the chair, a second tab takes it over, and a killed server brings all of it back', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  for (const person of [ana, ben]) person.allow(/ERR_CONNECTION|request failed|WebSocket connection|net::ERR|answer 5\d\d/);
  await comeIn(ana);
  await comeIn(ben);
  await ana.page.getByLabel('What are you on?').fill('Read on');
  await ana.page.getByRole('button', { name: 'Chat' }).click();
  await ana.page.locator('#chat-text').fill('Before the night');
  await ana.page.keyboard.press('Enter');
  await expect(chair(ben, 'Ana')).toContainText('Read on');
  await ana.page.reload();
  await isWith(ana, ['Ana', 'Ben']);
  await expect(ana.page.getByLabel('What are you on?')).toHaveValue('Read on');

  const other = await ana.context.newPage();
  await comeTo(other);
  await expect(ana.page.getByRole('heading', { name: 'You are in this room in another tab' })).toBeVisible();
  await ana.page.getByRole('button', { name: 'Use it here' }).click();
  await expect(ana.page.locator('#room')).toHaveAttribute('data-part', 'table');
  await expect(other.locator('#room')).toHaveAttribute('data-part', 'elsewhere');
  await other.close();

  await server.kill9();
  await server.restart();
  await expect(ben.page.locator('.at-chair')).toHaveCount(2);
  await expect(chair(ben, 'Ana')).toContainText('Read on');
  await ben.page.getByRole('button', { name: 'Chat' }).click();
  await expect(ben.page.locator('#chat-lines')).toContainText('Before the night');
});

/** @param {import('@playwright/test').Page} page */
async function comeTo(page) {
  await page.goto('/room/1');
  await expect(page.locator('#room')).toHaveAttribute('data-part', 'table');
}

test.describe('by the clock', () => {
  test.use({ at: '2027-03-24T09:48:50Z' });

  test('one clock for everybody turns at the same moment, with a gentle bell', async ({ server, member }) => {
    const [ana, ben] = [await member('Ana', 'Europe/Berlin'), await member('Ben', 'America/New_York')];
    await comeIn(ana);
    await comeIn(ben);
    for (const person of [ana, ben]) {
      await expect(person.page.locator('#beat-words')).toHaveText('Working');
      await expect(person.page.locator('#beat-left')).toHaveText(/^(1:\d\d|0:[3-5]\d)$/);
    }
    await ana.hush();
    await server.advanceTo(Date.parse('2027-03-24T09:50:01Z') / 1000);
    for (const person of [ana, ben]) await expect(person.page.locator('#beat-words')).toHaveText('On a break');
    await expect(ana.page.locator('#pulse')).toContainText('A break');
    await ana.hearsChime();
  });
});

test('a full room says so at its door and opens by itself', async ({ server, member }) => {
  const keeper = await server.setup();
  await keeper.form('/admin/rooms', { name: 'Two chairs', purpose: '', capacity: '2', rhythm: 'none' });
  const [ana, ben, cem] = [await member('Ana'), await member('Ben'), await member('Cem')];
  await comeIn(ana, 2);
  await comeIn(ben, 2);
  await atDoor(cem, 2);
  await expect(cem.page.locator('#door-words')).toContainText('All 2 chairs are taken.');
  await expect(cem.page.getByRole('button', { name: 'Come in' })).toBeDisabled();
  await ana.page.getByRole('button', { name: 'Leave' }).click();
  await cem.page.getByRole('button', { name: 'Come in' }).click();
  await isWith(cem, ['Ben', 'Cem']);
});

test('a moderator mutes and sends out; a member reports; the list of reports says where', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  for (const person of [keeper, ana, ben]) await comeIn(person);
  await ben.page.locator('#mic').click();
  await act(keeper, 'Ben', 'Mute');
  await expect(ben.page.locator('#trouble-words')).toContainText('A moderator has muted you.');
  await expect(ben.page.locator('#mic')).toContainText('Unmute');

  await expect(chair(ana, 'Ben').locator('[data-act="mute"]')).toHaveCount(0);
  await act(ana, 'Ben', 'Report');
  await ana.page.locator('#report-text').fill('He sells courses.');
  await ana.page.getByRole('button', { name: 'Send the report' }).click();
  await expect(ana.page.locator('#trouble-words')).toContainText('with the moderators');

  await act(keeper, 'Ben', 'Send out for a day');
  await keeper.page.getByRole('button', { name: 'Send out', exact: true }).click();
  await expect(ben.page.locator('#closed-words')).toContainText('A moderator has asked you to leave');
  await isWith(ana, ['Keeper', 'Ana']);
  ben.allow(/422/);
  await ben.page.goto('/room/1');
  await expect(ben.page.locator('main')).toContainText('A moderator has asked you to leave');
  await keeper.page.goto('/admin/reports');
  await expect(keeper.page.locator('main')).toContainText('It was in the room “The long table”.');
});

test('an admin makes, changes and closes a room, and who is inside is shown out kindly', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const ana = await member('Ana');
  await keeper.page.goto('/admin/rooms');
  await keeper.page.locator('#name').fill('Quiet study');
  await keeper.page.locator('#capacity').fill('4');
  await keeper.page.getByRole('button', { name: 'Open the room' }).click();
  await expect(keeper.page.locator('.notice.good')).toContainText('The room is open.');
  await comeIn(ana, 2);
  await keeper.page.getByText('Change Quiet study').click();
  await keeper.page.locator('#r2-name').fill('Library');
  await keeper.page.locator('form[action="/admin/rooms/2"]').getByRole('button', { name: 'Keep' }).click();
  await expect(ana.page.locator('#table-title')).toHaveText('Library');
  keeper.page.on('dialog', (dialog) => dialog.accept());
  await keeper.page.getByText('Change Library').click();
  await keeper.page.getByRole('button', { name: 'Close this room' }).click();
  await expect(ana.page.locator('#closed-words')).toContainText('This room has been closed.');
});

test('a browser without WebSockets is in the room all the same', async ({ member }) => {
  const [ana, ben] = [await member('Ana', 'Europe/Berlin', { sockets: false }), await member('Ben')];
  await comeIn(ana);
  await comeIn(ben);
  await isWith(ben, ['Ana', 'Ben']);
  await ana.page.getByRole('button', { name: 'Hand' }).click();
  await expect(chair(ben, 'Ana').locator('.hand-sign')).toBeVisible();
});

test('the list, the door and the looking after of rooms are open to everybody', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  await server.admin?.form('/admin/rooms', { name: 'Writing hour', purpose: 'Drafts, letters, theses. Nobody reads along.', capacity: '6', rhythm: '25/5' });
  const ana = await member('Ana');
  await ana.page.goto('/rooms');
  await look(ana, 'rooms');
  await atDoor(ana);
  await look(ana, 'room-door');
  await keeper.page.goto('/admin/rooms');
  await look(keeper, 'admin-rooms');
});

test('a table with people is open to everybody', async ({ server, member }) => {
  await server.setup();
  const ana = await member('Ana');
  await atDoor(ana);
  const others = [];
  for (const name of ['Ben', 'Cem', 'Dai', 'Eva']) others.push(await member(name));
  for (const [n, other] of others.entries()) {
    await atDoor(other);
    await other.page.getByLabel('What are you on?').fill(['The tax return, part two', 'Chapter 3', 'A letter to the council about the trees in our street', ''][n] ?? '');
    await other.page.getByRole('button', { name: 'Come in' }).click();
  }
  await ana.page.getByLabel('What are you on?').fill('Sort the letters');
  await ana.page.getByRole('button', { name: 'Come in' }).click();
  await expect(ana.page.locator('.at-chair')).toHaveCount(5);
  await others[0]?.page.getByRole('button', { name: 'Hand' }).click();
  await expect(chair(ana, 'Ben').locator('.hand-sign')).toBeVisible();
  await look(ana, 'room-table');
  await others[3]?.page.getByRole('button', { name: 'Leave' }).click();
  await expect(others[3]?.page.locator('.room-card').first() ?? ana.page.locator('main')).toContainText('are inside.');
  if (others[3]) await look(others[3], 'rooms-full');
});
