/** The engine of Safari: its pages open and live, a session is lived without the call that this build of it cannot do, and it trusts. */
import { join } from 'node:path';
import { enter, inPhase, setGoal, takeSeat, theirGoals } from '../lib/room.mjs';
import { PASSWORD } from '../lib/server.mjs';
import { expect, test } from '../lib/test.mjs';
import { dateIn } from '../lib/week.mjs';
import { WebKit } from '../lib/webkit.mjs';

test.describe.configure({ timeout: 180_000 });

/** Signed in by the page's own form. @param {import('../lib/server.mjs').Server} server @param {string} name */
async function signedIn(server, name) {
  const client = await server.join(name);
  const kit = await WebKit.start();
  await kit.go(`${server.origin}/login`);
  await kit.type('input[name=who]', name);
  await kit.type('input[name=password]', PASSWORD);
  await kit.click('form button.primary');
  await expect.poll(() => kit.run('return location.pathname')).toBe('/');
  return { client, kit };
}

test('every page opens in WebKit, wide and narrow: its scripts run, nothing is wider than the window', async ({ server }) => {
  const { client, kit } = await signedIn(server, 'Ana');
  const booked = await client.book(server.slot(2));
  try {
    for (const width of [1280, 480]) {
      await kit.size(width, 900);
      for (const path of ['/', '/rooms', '/people', '/history', '/guide', '/me', '/plans', '/check', '/trust', '/about', `/session/${booked}`]) {
        await kit.go(server.origin + path);
        // A module that could not be read or that broke off answers so to whoever asks for it again.
        const seen = await kit.run(`
          for (const script of document.querySelectorAll('script[type=module][src]')) await import(script.src);
          return { title: document.querySelector('h1')?.checkVisibility(), room: innerWidth, wide: document.documentElement.scrollWidth, secure: isSecureContext };`);
        expect(seen, `${path} at ${width}`).toMatchObject({ title: true, secure: true, wide: seen.room });
      }
    }
  } finally {
    await kit.end();
  }
});

test('in WebKit what others book appears by itself, a click on a name pairs, and two clicks book', async ({ server }) => {
  const { kit } = await signedIn(server, 'Ana');
  try {
    const ben = await server.join('Ben');
    const start = server.slot(90);
    const day = dateIn(start, 'Europe/Berlin');
    await kit.go(`${server.origin}/?week=${day}&day=${day}`);
    const first = await ben.book(start, 50, { quiet: 'on' });
    await expect.poll(() => kit.text(`#w-${first}`)).toContain('Ben');
    await kit.click(`#sit-${first}`);
    await expect.poll(() => kit.text(`.chip.mine[data-start="${start}"]`)).toContain('Ben');
    await expect.poll(() => kit.text('#next')).toContain('Ben');
    // An hour later, at the end of that session, nobody waits.
    await kit.click('#grid tbody tr:nth-child(1) td:nth-of-type(7)');
    await kit.click('#book-go');
    await expect.poll(() => kit.run('return document.querySelectorAll(".chip.mine").length')).toBe(2);
  } finally {
    await kit.end();
  }
});

test('a session of WebKit and Chromium has goals, chat and the clock, and both are told why there is no call', async ({ server, member }) => {
  const { client, kit } = await signedIn(server, 'Ana');
  try {
    const ben = await member('Ben');
    const start = server.slot(2);
    const mine = await client.book(start);
    const theirs = await ben.client.book(start, 25, { with: mine });
    await server.advanceTo(start - 120);
    await enter(ben, theirs);
    await takeSeat(ben);
    await kit.go(`${server.origin}/session/${mine}`);
    await expect.poll(() => kit.text('main')).toContain("This browser can't do calls.");
    await kit.click('#take-seat');
    await expect.poll(() => kit.run('return document.querySelector("#session").dataset.seated')).toBe('true');
    await server.advanceTo(start + 5);
    await inPhase('goals', ben);
    await expect(ben.page.locator('main')).toContainText("Ana's browser can't do calls. Goals and chat go on.");
    await setGoal(ben, 'Letter to the archive');
    await expect.poll(() => kit.text('#partner-goals')).toContain('Letter to the archive');
    await kit.type('#goal-list textarea', 'Sort the shelf\uE007');
    await expect(theirGoals(ben)).toContainText('Sort the shelf');
    await kit.click('#chat-open');
    await kit.type('#chat-text', 'Hello from here\uE007');
    await ben.page.locator('#chat-open').click();
    await expect(ben.page.locator('#chat-lines')).toContainText('Hello from here');
    await ben.page.locator('#chat-text').fill('And from there');
    await ben.page.locator('#chat-text').press('Enter');
    await expect.poll(() => kit.text('#chat-lines')).toContain('And from there');
  } finally {
    await kit.end();
  }
});

test('with the authority in the list of its machine WebKit opens the place without a warning, and without it does not', async ({ server }) => {
  const wary = await WebKit.start({ careless: false });
  try {
    await wary.go(`${server.origin}/trust`).catch(() => {});
    expect(await wary.run('return [document.title, document.querySelector("#trust-state")]')).toEqual(['', null]);
  } finally {
    await wary.end();
  }
  const trusting = await WebKit.start({ careless: false, authorities: join(server.dataFolder, 'ca.pem') });
  try {
    for (const host of ['localhost', '127.0.0.1']) {
      await trusting.go(`https://${host}:${server.port}/trust`);
      // It shows the page at all, and without WebRTC there is nothing by which a page could see more.
      await expect.poll(() => trusting.run('return document.querySelector("#trust-state").dataset.state'), host).toBe('unseen');
    }
  } finally {
    await trusting.end();
  }
});
