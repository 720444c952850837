/** What comes after the one command: from the link that it printed (ALONGSIDE_LINK) to the first call. Run by `tests/packages/first_call`. */
import { expect, test } from '@playwright/test';
import { Person } from '../lib/people.mjs';
import { room, seeAndHearEachOther, takeSeat } from '../lib/room.mjs';
import { INSTANCE, PASSWORD } from '../lib/server.mjs';

test('two people call each other by the link that the installation printed', async ({ browser }) => {
  // The next start may be a quarter of an hour away, and its lobby five minutes.
  test.setTimeout(8 * 60_000);
  const link = new URL(process.env.ALONGSIDE_LINK ?? '');
  const ana = await Person.come(browser, link.origin, 1, 'Ana');
  const ben = await Person.come(browser, link.origin, 2, 'Ben');

  await ana.page.goto(link.href);
  await ana.page.getByLabel('What is it called?').fill(INSTANCE);
  await ana.page.getByLabel('Your name').fill('Ana');
  await ana.page.getByLabel('Choose a password').fill(PASSWORD);
  await ana.page.getByRole('button', { name: 'Open the house' }).click();
  await ana.page.getByRole('link', { name: 'To the calendar' }).click();
  await ana.page.getByRole('link', { name: 'Make a link' }).click();
  await ana.page.getByRole('button', { name: 'Make the invite' }).click();
  const invite = await ana.page.locator('#made-link').inputValue();

  await ben.page.goto(invite);
  await ben.page.getByLabel('Your name').fill('Ben');
  await ben.page.getByLabel('Choose a password').fill(PASSWORD);
  await ben.page.getByLabel(/how we treat each other/).check();
  await ben.page.getByRole('button', { name: 'Take my seat' }).click();

  await ana.page.goto('/');
  for (const person of [ana, ben]) {
    await person.page.getByRole('button', { name: 'Start now' }).click();
    await person.page.waitForURL(/\/session\/\d+/);
    await expect(room(person)).toHaveAttribute('data-link', 'open');
  }
  const clicked = Date.now();
  await expect(ana.page.getByRole('button', { name: 'Take my seat' })).toBeEnabled({ timeout: 6 * 60_000 });
  console.log(`the lobby opened after ${Math.round((Date.now() - clicked) / 1000)} s`);
  await takeSeat(ana);
  await takeSeat(ben);
  await seeAndHearEachOther(ana, ben);
  for (const person of [ana, ben]) {
    expect(person.unexpected(), `the browser of ${person.name} does not complain`).toEqual([]);
    await person.context.close();
  }
});
