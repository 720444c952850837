/** A member's own look at devices and ways: what works is said, what is closed is named with its way out, and all of it can be passed on. */
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

/** @param {import('../lib/people.mjs').Person} person */
async function looked(person) {
  await person.page.goto('/check');
  await person.page.getByRole('button', { name: 'Look now' }).click();
  await expect(person.page.locator('#result')).toBeVisible({ timeout: 45_000 });
}

/** What became of each row; a way that is open and slow on a busy machine is open. @param {import('../lib/people.mjs').Person} person */
function states(person) {
  return person.page.locator('.health > li').evaluateAll((rows) => Object.fromEntries(rows.map((row) => {
    const state = row.textContent?.includes('It is far') ? 'good' : /** @type {HTMLElement} */ (row).dataset.state;
    return [row.id.replace('row-', ''), state];
  })));
}

const WELL = { secure: 'good', browser: 'good', clock: 'good', camera: 'good', mic: 'good', socket: 'good', events: 'good', stun: 'good', 'turn-udp': 'good', 'turn-tcp': 'good', 'sfu-udp': 'good', 'sfu-tcp': 'good' };

test('where everything is open, every row says so, and the text can be passed on', async ({ member }) => {
  const ana = await member('Ana');
  await ana.page.goto('/check');
  await look(ana, 'check-before');
  await looked(ana);
  // A certificate that was clicked through does not cover TURN over TLS, and the page says why that is no harm.
  expect(await states(ana)).toEqual({ ...WELL, 'turn-tls': 'slow' });
  await expect(ana.page.locator('#verdict')).toHaveText('Everything works from here.');
  await expect(ana.page.locator('#row-sfu-udp .said')).toContainText('came back');
  await expect(ana.page.locator('#row-turn-udp .figure')).toHaveText(/^\d+ ms$/);
  const text = (await ana.page.locator('#result-text').textContent()) ?? '';
  expect(text).toContain('Everything works from here.');
  expect(text.match(/^( ok |but )/gm)).toHaveLength(13);
  await ana.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await ana.page.getByRole('button', { name: 'Copy it' }).click();
  await expect(ana.page.locator('#copy')).toHaveText('Copied');
  expect(await ana.page.evaluate(() => navigator.clipboard.readText())).toBe(text);
  await look(ana, 'check');
});

test('where the relay is closed to UDP and the live line refused, the detours are named', async ({ member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { sockets: false });
  await ana.page.route('**/check/ways', async (route) => {
    const said = await (await route.fetch()).json();
    for (const server of said.servers) server.urls = server.urls.map((/** @type {string} */ url) => url.replace(/^turn:[^?]*\?transport=udp/, 'turn:127.0.0.1:9?transport=udp'));
    await route.fulfill({ json: said });
  });
  await looked(ana);
  expect(await states(ana)).toMatchObject({ socket: 'slow', events: 'good', 'turn-udp': 'bad', 'turn-tcp': 'good' });
  await expect(ana.page.locator('#verdict')).toContainText('lets no UDP through');
  await expect(ana.page.locator('#result-text')).toContainText('BAD  Relay, UDP');
});

test('a camera that is refused is named with what to do, and the rest is looked at all the same', async ({ member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { devices: 'both' });
  await looked(ana);
  expect(await states(ana)).toMatchObject({ camera: 'bad', mic: 'bad', 'turn-udp': 'good', 'sfu-udp': 'good' });
  await expect(ana.page.locator('#row-camera .said')).toContainText('The browser keeps the camera closed.');
  await expect(ana.page.locator('#verdict')).toContainText("camera and microphone don't");
});
