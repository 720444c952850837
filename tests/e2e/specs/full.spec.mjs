/** A server that carries no further call says so where it matters: no third chair is offered, and the relay names itself. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { enter, inPhase, room, sitDown, together } from '../lib/room.mjs';
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';
import { onlyBy } from '../lib/way.mjs';

test.describe.configure({ timeout: 240_000 });

const AWAY = /ERR_|request failed|WebSocket connection|answer 5\d\d/;
const PROCESSOR = /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim();
const relayFull = /Your networks need the server's relay, which is full/;

/** Starts the server anew on a machine that was measured to carry next to nothing, or as much as it does. @param {import('../lib/server.mjs').Server} server */
async function restarted(server, { full = true } = {}) {
  const file = join(server.dataFolder, 'capacity.json');
  await server.kill9();
  if (full) {
    const capacity = { relayed: 1, given: 1, processors: availableParallelism() };
    writeFileSync(file, JSON.stringify({ at: Math.round(server.now() / 1000), version: '0', processor: PROCESSOR, capacity }));
  } else {
    rmSync(file);
  }
  await server.restart();
}

// A measurement holds for the processor that it names. Where the kernel names none, this is not tried, which continuous integration counts.
test.skip(!PROCESSOR, 'the kernel does not name this processor');

test('a full server offers no third chair, and when there is room the chair is offered', async ({ server, member }) => {
  await server.setup();
  await restarted(server);
  const [ana, ben, cem] = [await member('Ana'), await member('Ben'), await member('Cem')];
  const start = server.slot(2);
  const first = await ana.client.book(start, 50, { trio: 'yes' });
  const second = await ben.client.book(start, 50, { with: first, trio: 'yes' });
  // Cem's partner does not come.
  const dai = await server.join('Dai');
  const absent = await dai.book(start, 50, { trio: 'yes' });
  const third = await cem.client.book(start, 50, { with: absent, trio: 'yes' });
  dai.close();
  await server.advanceTo(start - 60);
  for (const [who, seat] of /** @type {const} */ ([[ana, first], [ben, second], [cem, third]])) await sitDown(who, seat);
  await server.advanceTo(start + 200);
  await inPhase('focus', ana, ben, cem);
  await ana.sees(ben.id);
  await expect(cem.page.locator('#lounge')).toBeVisible();
  // Three looks of the lounge.
  await cem.page.waitForTimeout(9_000);
  await expect(cem.page.locator('#lounge-words')).not.toContainText('free chair');

  for (const who of [ana, ben, cem]) who.allow(AWAY);
  await restarted(server, { full: false });
  await expect(cem.page.locator('#lounge-words')).toContainText('free chair', { timeout: 30_000 });
});

test('a pair that has only the relay is told that it is full, until when, and that the rest works', async ({ server, member }) => {
  await server.setup();
  await restarted(server);
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  for (const person of [ana, ben]) await person.context.addInitScript(onlyBy, 'relay udp');
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 120);
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  await server.advanceTo(start + 5);
  await inPhase('goals', ana, ben);
  await expect(ana.page.getByText(relayFull)).toBeVisible({ timeout: 60_000 });
  await look(ana, 'relay-full');
  await expect(room(ana)).toHaveAttribute('data-partners', '1');
  for (const person of [ana, ben]) person.allow(AWAY);
  await restarted(server, { full: false });
  await enter(ana, seat(ana));
});
