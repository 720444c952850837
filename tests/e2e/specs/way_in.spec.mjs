/** From where people come: asked by the setup in two answers, and answered again by the keeper. */
import { look } from '../lib/look.mjs';
import { PASSWORD } from '../lib/server.mjs';
import { expect, test } from '../lib/test.mjs';

// No authority is bothered by tests: this one is at a port of this machine where nobody answers.
test.beforeAll(() => void (process.env.ALONGSIDE_ACME_DIRECTORY = 'https://127.0.0.1:1/directory'));
test.afterAll(() => void delete process.env.ALONGSIDE_ACME_DIRECTORY);

/** @param {import('@playwright/test').Page} page @param {string} link */
async function fill(page, link) {
  await page.goto(link);
  await page.getByLabel('What is it called?').fill('The Reading Room');
  await page.getByLabel('Your name, as others see it').fill('Ana');
  await page.getByLabel('Choose a password').fill(PASSWORD);
}

test('in this house: the setup ends at the page about trust, with what the others type', async ({ server, come }) => {
  const ana = await come('Ana');
  await fill(ana.page, server.setupLink);
  await expect(ana.page.getByRole('radio', { name: 'In this house' })).toBeChecked();
  await expect(ana.page.getByLabel('By which name?')).toBeHidden();
  await ana.page.getByRole('button', { name: 'Open the house' }).click();
  await expect(ana.page).toHaveURL(/\/trust\?note=first$/);
  await expect(ana.page.getByRole('heading', { name: 'On the others’ devices'.replace('’', "'") })).toBeVisible();
  await look(ana, 'trust-first');
  await ana.page.getByRole('link', { name: 'To the calendar' }).click();
  await expect(ana.page).toHaveURL(/\/$/);
});

test('from anywhere: a name that holds here only is refused, a good one is looked at, and the answer can be changed', async ({ server, come }) => {
  const ana = await come('Ana');
  ana.allow(/answer 422/, /console error: .*422/);
  await fill(ana.page, server.setupLink);
  await ana.page.getByRole('radio', { name: 'From anywhere' }).check();
  await look(ana, 'setup-anywhere');
  await ana.page.getByLabel('By which name?').fill('desk.local');
  await ana.page.getByRole('button', { name: 'Open the house' }).click();
  await expect(ana.page.getByRole('alert')).toContainText('one network only');
  await expect(ana.page.getByLabel('By which name?')).toHaveValue('desk.local');
  await ana.page.getByLabel('By which name?').fill('https://desk.alongside.invalid/');
  await ana.page.getByLabel('Choose a password').fill(PASSWORD);
  await ana.page.getByRole('button', { name: 'Open the house' }).click();
  await expect(ana.page).toHaveURL(/\/admin\/way-in\?note=first$/);
  await expect(ana.page.getByRole('heading', { name: 'From anywhere, by desk.alongside.invalid' })).toBeVisible();
  // The page follows by itself: the look ends, and the authority cannot be reached from here.
  await expect(ana.page.locator('#way_in\\.name')).toContainText('leads nowhere yet');
  await expect(ana.page.locator('#proof')).toHaveAttribute('data-state', 'slow', { timeout: 60_000 });
  await look(ana, 'way-in-anywhere');
  await ana.page.getByRole('radio', { name: 'In this house' }).check();
  await ana.page.getByRole('button', { name: 'Keep' }).click();
  await expect(ana.page.getByRole('heading', { name: 'In this house' })).toBeVisible();
  await expect(ana.page.locator('#proof')).toHaveCount(0);
  await look(ana, 'way-in-house');
});
