/** The main job, whole: two strangers to the place come in, meet, work to the bell and say how it went. */
import { expect, test } from '../lib/test.mjs';
import { inPhase, mark, room, seeAndHearEachOther, setGoal, takeSeat, theirGoals } from '../lib/room.mjs';
import { INSTANCE, PASSWORD } from '../lib/server.mjs';
import { bookByClicks, clockIn, myChip, openWeek } from '../lib/week.mjs';

const ADA = 'Europe/Berlin';
const BEN = 'America/St_Johns';

test('two people in different zones go all the way from the setup link to both outcomes', async ({ server, come }) => {
  test.setTimeout(180_000);
  const ada = await come('Ada', { zone: ADA });
  const ben = await come('Ben', { zone: BEN });

  await test.step('Ada sets the place up by the printed link', async () => {
    await ada.page.goto(server.setupLink);
    await ada.page.getByLabel('What is it called?').fill(INSTANCE);
    await ada.page.getByLabel('Your name').fill('Ada');
    await ada.page.getByLabel('Choose a password').fill(PASSWORD);
    await expect(ada.page.locator('#zone')).toHaveValue(ADA);
    await ada.page.getByRole('button', { name: 'Open the house' }).click();
    await expect(ada.page.getByRole('heading', { level: 1 })).toHaveText('Let this device trust this place');
    await ada.page.getByRole('link', { name: 'To the calendar' }).click();
    await expect(ada.page.getByText('Your first week is still empty')).toBeVisible();
  });

  const invite = await test.step('Ada makes an invite', async () => {
    await ada.page.getByRole('link', { name: 'Make a link' }).click();
    await ada.page.getByLabel('For how many people?').fill('1');
    await ada.page.getByRole('button', { name: 'Make the invite' }).click();
    const link = await ada.page.locator('#made-link').inputValue();
    await expect(ada.page.locator('#made-text')).toHaveValue(new RegExp(`${link}[\\s\\S]*warn`));
    return new URL(link).pathname;
  });

  await test.step('Ben comes in by it, and his clock is taken from his browser', async () => {
    await ben.page.goto(invite);
    await expect(ben.page.getByRole('heading', { level: 1 })).toContainText('Ada keeps a seat for you');
    await expect(ben.page.locator('#zone')).toHaveValue(BEN);
    await ben.page.getByLabel('Your name').fill('Ben');
    await ben.page.getByLabel('Choose a password').fill(PASSWORD);
    await ben.page.getByLabel(/how we treat each other/).check();
    await ben.page.getByRole('button', { name: 'Take my seat' }).click();
    await expect(ben.page.locator('#calendar')).toHaveAttribute('data-zone', BEN);
  });

  const start = server.slot(20);
  await test.step('Ada books on the calendar, Ben sees her lamp and sits down with her', async () => {
    await openWeek(ada.page, start, ADA);
    await openWeek(ben.page, start, BEN);
    await bookByClicks(ada.page, start, { minutes: 25 });
    await expect(myChip(ada.page, start)).toContainText(/waiting/i);
    const waiting = ben.page.locator('.waiting li').filter({ hasText: 'Ada' });
    await expect(waiting).toContainText(clockIn(start, BEN));
    await waiting.getByRole('button', { name: 'Sit with Ada' }).click();
    await expect(myChip(ben.page, start)).toContainText('Ada');
    await expect(myChip(ada.page, start)).toContainText('Ben');
    await expect(myChip(ada.page, start)).toContainText(`${clockIn(start, BEN)} for Ben`);
    await expect(ada.page.locator('#next')).toContainText('for Ben');
  });

  await test.step('both open the lobby; nobody sees or hears anybody before the seat is taken', async () => {
    await server.advanceTo(start - 5 * 60);
    for (const person of [ada, ben]) {
      await person.page.reload();
      await person.page.getByRole('link', { name: 'Open the lobby' }).first().click();
      await expect(room(person)).toHaveAttribute('data-phase', 'lobby');
      await expect(room(person)).toHaveAttribute('data-link', 'open');
    }
    await ada.sees(ada.id);
    await expect(ada.page.locator('#who-name')).toHaveText('Ben');
    await expect(ada.page.locator('#who-facts')).toContainText('first session');
    await expect(ada.page.locator('#first-guide')).toBeVisible();
    await setGoal(ada, 'Write the opening');
    await takeSeat(ada);
    expect((await ben.pictures()).filter((picture) => picture.id === ada.id)).toEqual([]);
    await takeSeat(ben);
  });

  await test.step('they see and hear each other', () => seeAndHearEachOther(ada, ben));

  await test.step('two notes begin the session', async () => {
    for (const person of [ada, ben]) await person.hush();
    await server.advanceTo(start - 2);
    for (const person of [ada, ben]) {
      await person.hearsChime();
      const pitches = (await person.sounds()).map((sound) => sound.hz);
      expect(pitches.some((hz) => Math.abs(hz - 523) < 25), `${person.name}: ${pitches}`).toBe(true);
    }
    await inPhase('goals', ada, ben);
  });

  await test.step('each sees the other’s goals as they are set', async () => {
    await expect(theirGoals(ben)).toContainText('Write the opening');
    await setGoal(ben, 'Sort the letters');
    await expect(theirGoals(ada)).toContainText('Sort the letters');
  });

  await test.step('they work: the call goes on, the time is in the title', async () => {
    await server.advanceTo(start + 3 * 60 + 2);
    await inPhase('focus', ada, ben);
    await expect(ada.page.locator('#timer')).toHaveText(/^21:5\d|22:00$/);
    await expect(ada.page).toHaveTitle(/2[12]/);
    await seeAndHearEachOther(ada, ben);
  });

  await test.step('the bowl ends it', async () => {
    for (const person of [ada, ben]) await person.hush();
    await server.advanceTo(start + 25 * 60 - 2);
    for (const person of [ada, ben]) {
      await person.hearsChime();
      await expect.poll(async () => (await person.sounds()).some((sound) => Math.abs(sound.hz - 262) < 20)).toBe(true);
    }
    await inPhase('wrap_up', ada, ben);
    await ada.framesGrow();
  });

  await test.step('both say how it went, see it of each other, and meet in a high-five', async () => {
    await mark(ada, 'Write the opening', 'Done');
    await mark(ben, 'Sort the letters', 'Partly');
    await expect(theirGoals(ben)).toContainText(/done/i);
    await expect(theirGoals(ada)).toContainText(/partly/i);
    await ada.page.getByRole('button', { name: 'High five' }).click();
    await ben.page.getByRole('button', { name: 'High five' }).click();
    for (const person of [ada, ben]) await expect(person.page.locator('#high-five-words')).not.toBeEmpty();
  });

  await test.step('the room closes by itself, and the history has it', async () => {
    await server.advanceTo(start + 30 * 60 + 2);
    await inPhase('closed', ada, ben);
    await expect(ada.page.locator('#closed')).toBeVisible();
    await ada.page.goto('/history');
    const past = ada.page.locator('.past').first();
    await expect(past).toContainText('with Ben');
    await expect(past).toContainText('Write the opening');
    await expect(past).toContainText('done');
    await ben.page.goto('/history');
    await expect(ben.page.locator('.past').first()).toContainText('partly');
    await expect(ben.page.locator('.totals')).toContainText('25 min');
  });
});

test('a test session goes through all phases alone, with a stand-in partner', async ({ server, come }) => {
  test.setTimeout(120_000);
  const admin = await server.setup();
  const person = await come('Keeper', { client: admin });
  await person.page.goto('/test-session');
  await setGoal(person, 'See how it goes');
  await person.page.getByRole('button', { name: 'Take my seat' }).click();
  const seen = [];
  for (const expected of ['goals', 'focus', 'wrap_up']) {
    await expect(room(person)).toHaveAttribute('data-phase', expected, { timeout: 20_000 });
    seen.push(expected);
    if (expected !== 'wrap_up') await person.page.locator('#skip').click();
  }
  expect(seen).toEqual(['goals', 'focus', 'wrap_up']);
  await person.page.getByRole('button', { name: 'Done, to the calendar' }).click();
  await expect(person.page.locator('.first-card').first()).toContainText('Done');
});

test('a browser whose clock is wrong by hours goes by the server’s', async ({ server, member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { clock: true });
  const start = server.slot(20);
  const booking = await ana.client.book(start);
  await ana.context.clock.setSystemTime(Date.now() - 5 * 3600_000);
  await server.advanceTo(start - 60);
  await ana.page.goto(`/session/${booking}`);
  await inPhase('lobby', ana);
  await server.advanceTo(start + 4 * 60);
  await inPhase('focus', ana);
  await expect(ana.page.locator('#timer')).toHaveText(/^(20|21):\d\d$/);
});
