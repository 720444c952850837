/** What a session survives: a reload, a cut cable, a server that is killed, two tabs, refused WebSockets. */
import { chromium, flags } from '../playwright.config.mjs';
import { inCall, inPhase, room, seeAndHearEachOther, setGoal, sitDown, takeSeat, theirGoals, together } from '../lib/room.mjs';
import { expect, test } from '../lib/test.mjs';

// The cable needs to know the addresses that browsers otherwise veil from each other.
test.use({ launchOptions: { executablePath: chromium, args: [...flags, '--disable-features=WebRtcHideLocalIpsWithMdns'] } });
test.describe.configure({ timeout: 150_000 });

const SIGNALLING = /console (error|warning): .*(WebSocket|Failed to load resource|EventSource)|request failed: .*(\/live|\/events|\/send)/;

test('a reload in the middle brings back goals, chat, time and the call', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben', 'Asia/Kathmandu')];
  const { start } = await inCall(server, ana, ben);
  await setGoal(ana, 'Read chapter two');
  await say(ana, 'I will read.');
  await expect(ben.page.locator('#chat-lines')).toContainText('I will read.');
  await server.advanceTo(start + 10 * 60);
  await inPhase('focus', ana, ben);

  await ana.page.reload();
  await back(ana);
  await inPhase('focus', ana);
  await seeAndHearEachOther(ana, ben);
  await expect(ana.page.locator('#goal-list textarea').first()).toHaveValue('Read chapter two');
  await expect(ana.page.locator('#chat-lines')).toContainText('I will read.');
  await expect(ana.page.locator('#timer')).toHaveText(/^1[45]:\d\d$/);
  await expect(theirGoals(ben)).toContainText('Read chapter two');
});

for (const seconds of [3, 8, 20]) {
  test(`after ${seconds} seconds without a network the frames are back within 3 seconds`, async ({ server, member, cable }) => {
    const ana = await member('Ana', 'Europe/Berlin', { origin: cable.origin });
    const ben = await member('Ben');
    ana.allow(SIGNALLING);
    await cable.joinCalls(ana.context);
    await cable.joinCalls(ben.context);
    await inCall(server, ana, ben);
    await setGoal(ana, 'Before the cut');

    cable.cut();
    await expect.poll(async () => {
      const before = [...(await ana.frames()).values()].join();
      await ana.page.waitForTimeout(500);
      return before === [...(await ana.frames()).values()].join();
    }, { message: 'the cut is a cut' }).toBe(true);
    await ana.page.waitForTimeout(seconds * 1000 - 500);
    cable.heal();
    const [here, there] = await Promise.all([ana.framesGrow({ by: 2 }), ben.framesGrow({ by: 2 })]);
    expect.soft(here, 'frames at Ana, milliseconds after the heal').toBeLessThanOrEqual(3000);
    expect.soft(there, 'frames at Ben, milliseconds after the heal').toBeLessThanOrEqual(3000);
    await expect(room(ana)).toHaveAttribute('data-link', 'open');
    await seeAndHearEachOther(ana, ben);
    await setGoal(ana, 'After the cut');
    await expect(theirGoals(ben)).toContainText('After the cut');
  });
}

test('a server that is killed and started again finds everybody in the session, and the call has not stopped', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  for (const person of [ana, ben]) person.allow(SIGNALLING, /ERR_CONNECTION_REFUSED|ERR_NETWORK|ERR_HTTP2|ERR_EMPTY|ERR_CONNECTION_CLOSED|ERR_CONNECTION_RESET/);
  const { start } = await inCall(server, ana, ben);
  await setGoal(ana, 'Survive');
  await say(ben, 'Good luck.');
  await expect(ana.page.locator('#chat-lines')).toContainText('Good luck.');
  await server.advanceTo(start + 5 * 60);
  await inPhase('focus', ana, ben);
  const calls = (await ana.frames()).size;

  await server.kill9();
  await ana.framesGrow();
  await ben.framesGrow();
  await ana.hears(ben.id);
  await server.restart();
  for (const person of [ana, ben]) await expect(room(person)).toHaveAttribute('data-link', 'open', { timeout: 20_000 });
  await inPhase('focus', ana, ben);
  await ana.framesGrow();
  expect((await ana.frames()).size, 'the call is the same one').toBe(calls);
  await expect(theirGoals(ben)).toContainText('Survive');
  await setGoal(ben, 'Go on');
  await expect(theirGoals(ana)).toContainText('Go on');
  // Chat is not on the disk: the pages give it back.
  await ana.page.reload();
  await back(ana);
  await expect(ana.page.locator('#chat-lines')).toContainText('Good luck.');
  await seeAndHearEachOther(ana, ben);
});

for (const phase of /** @type {const} */ (['lobby', 'goals', 'wrap_up'])) {
  test(`a server killed in the phase ${phase} comes back to it, goals and outcomes kept`, async ({ server, member }) => {
    const [ana, ben] = [await member('Ana'), await member('Ben')];
    for (const person of [ana, ben]) person.allow(SIGNALLING, /ERR_/);
    const { start, seat } = await together(server, ana, ben);
    const at = { lobby: start - 90, goals: start + 30, wrap_up: start + 25 * 60 + 20 }[phase];
    await server.advanceTo(start - 120);
    for (const person of [ana, ben]) await sitDown(person, seat(person));
    await setGoal(ana, 'Keep this');
    await server.advanceTo(at);
    await inPhase(phase, ana, ben);
    await server.kill9();
    await server.restart();
    for (const person of [ana, ben]) {
      await person.page.reload();
      await back(person);
    }
    await inPhase(phase, ana, ben);
    await expect(theirGoals(ben)).toContainText('Keep this');
    await seeAndHearEachOther(ana, ben);
  });
}

test('of two tabs the newer one takes over and the older one says so', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  const { seat } = await inCall(server, ana, ben);
  const second = await ana.context.newPage();
  await second.goto(`/session/${seat(ana)}`);
  if (await second.getByRole('button', { name: 'Take my seat' }).isVisible()) await takeSeat(ana, second);
  await expect(ana.page.locator('#elsewhere')).toBeVisible();
  await expect(second.locator('#session')).toHaveAttribute('data-link', 'open');
  await ana.sees(ben.id, { page: second });
  await ben.sees(ana.id);
  await ana.seesNot(ben.id);
  await ana.page.getByRole('button', { name: 'Use it here' }).click();
  await expect(second.locator('#elsewhere')).toBeVisible();
  await ana.sees(ben.id);
  await ben.sees(ana.id);
});

test('where WebSockets are refused, an event stream carries the whole session', async ({ server, member }) => {
  const ana = await member('Ana', 'Europe/Berlin', { sockets: false });
  const ben = await member('Ben');
  const { start } = await inCall(server, ana, ben);
  await setGoal(ana, 'Without sockets');
  await expect(theirGoals(ben)).toContainText('Without sockets');
  await say(ben, 'I read you.');
  await expect(ana.page.locator('#chat-lines')).toContainText('I read you.');
  await say(ana, 'And I you.');
  await expect(ben.page.locator('#chat-lines')).toContainText('And I you.');
  await server.advanceTo(start + 4 * 60);
  await inPhase('focus', ana, ben);
  await ana.page.reload();
  await back(ana);
  await seeAndHearEachOther(ana, ben);
});

/** In the room again, in the seat again: by itself, or by one press. @param {import('../lib/people.mjs').Person} person */
async function back(person) {
  await expect(room(person)).toHaveAttribute('data-link', 'open');
  const seat = person.page.getByRole('button', { name: 'Take my seat' });
  if (await seat.isVisible()) await seat.click();
  await expect(room(person)).toHaveAttribute('data-seated', 'true');
}

/** @param {import('../lib/people.mjs').Person} person @param {string} text */
async function say(person, text) {
  const chat = person.page.locator('#chat');
  if (!(await chat.isVisible())) await person.page.locator('#chat-open').click();
  await person.page.locator('#chat-text').fill(text);
  await chat.getByRole('button', { name: 'Send' }).click();
}
