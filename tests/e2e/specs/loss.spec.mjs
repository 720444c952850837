/** One packet in twenty is lost, both ways, on one person's line: the picture goes on all the same, and what is sent again is bounded. */
import { expect, test } from '../lib/nat_test.mjs';
import { twoInRoom, twoInSession } from '../lib/two_homes.mjs';

test.describe.configure({ timeout: 120_000 });

/** @typedef {import('../lib/room.mjs').Member} Member */

/** Five in a hundred. */
const NTH = 20;
const SECONDS = 15;
/** What the loss may do to a picture in that time: freezes, the length of each, and packets sent again. */
const FREEZES = 2;
const FREEZE_S = 0.5;
const AGAIN_PERCENT = 10;

test.afterEach(async ({ lab }) => {
  await lab.loss('a', 0);
});

test('a session through the relay bears the loss', async ({ lab, house, visit }) => {
  const { ana, ben } = await twoInSession({ lab, house, visit }, 'relay udp');
  await bears(lab, ana, ben);
});

test('a room bears the loss', async ({ lab, house, visit }) => {
  const { ana, ben } = await twoInRoom({ lab, house, visit });
  await bears(lab, ana, ben);
});

/**
 * Measures the call without loss and with it: what a busy machine does to a picture is not the loss's doing.
 * @param {import('../lib/lab.mjs').Lab} lab @param {Member} ana @param {Member} ben
 */
async function bears(lab, ana, ben) {
  // Bandwidth is found out in the first seconds; what is measured is the call after them.
  await ana.page.waitForTimeout(3000);
  const alone = await over(ana, ben);
  await lab.loss('a', NTH);
  const lossy = await over(ana, ben);
  for (const [n, name] of /** @type {const} */ ([[0, 'Ana'], [1, 'Ben']])) {
    const [before, now] = [alone[n], lossy[n]];
    const again = (/** @type {number} */ some, /** @type {number} */ all) => (100 * some) / Math.max(1, all);
    const [sent, got] = [again(now.sentAgain, now.sent), again(now.gotAgain, now.got)];
    console.log(`    ${name}: ${now.frames} frames, ${now.freezes} freezes of ${now.frozenS.toFixed(2)} s in all (without loss ${before.frames}, ${before.freezes} of ${before.frozenS.toFixed(2)} s); sent again ${sent.toFixed(1)} %, got again ${got.toFixed(1)} %`);
    expect(now.freezes, `freezes at ${name}`).toBeLessThanOrEqual(before.freezes + FREEZES);
    expect(now.frozenS, `seconds frozen at ${name}`).toBeLessThanOrEqual(before.frozenS + FREEZES * FREEZE_S);
    expect(sent, `per cent sent again by ${name}`).toBeLessThanOrEqual(AGAIN_PERCENT);
    expect(got, `per cent sent again to ${name}`).toBeLessThanOrEqual(AGAIN_PERCENT);
  }
  expect(lossy[0].nacks, 'the loss is a loss').toBeGreaterThan(0);
}

/** What both count in that time. @param {Member} ana @param {Member} ben */
async function over(ana, ben) {
  const before = [await ana.page.evaluate(figures), await ben.page.evaluate(figures)];
  await ana.page.waitForTimeout(SECONDS * 1000);
  const after = [await ana.page.evaluate(figures), await ben.page.evaluate(figures)];
  const grown = (/** @type {number} */ n) =>
    /** @type {Awaited<ReturnType<typeof figures>>} */ (Object.fromEntries(Object.entries(after[n] ?? {}).map(([key, value]) => [key, value - (/** @type {Record<string, number>} */ (before[n])[key] ?? 0)])));
  return /** @type {const} */ ([grown(0), grown(1)]);
}

/** In the page: what the newest connected call has counted so far, pictures only. */
async function figures() {
  const sums = { frames: 0, freezes: 0, frozenS: 0, sent: 0, sentAgain: 0, got: 0, gotAgain: 0, nacks: 0 };
  const calls = /** @type {RTCPeerConnection[]} */ (/** @type {any} */ (window).__here?.calls ?? []);
  const call = [...calls].reverse().find((one) => one.connectionState === 'connected');
  for (const entry of (await call?.getStats())?.values() ?? []) {
    if (entry.kind !== 'video') continue;
    if (entry.type === 'inbound-rtp') {
      sums.frames += entry.framesDecoded ?? 0;
      sums.freezes += entry.freezeCount ?? 0;
      sums.frozenS += entry.totalFreezesDuration ?? 0;
      sums.got += entry.packetsReceived ?? 0;
      sums.gotAgain += entry.retransmittedPacketsReceived ?? 0;
      sums.nacks += entry.nackCount ?? 0;
    } else if (entry.type === 'outbound-rtp') {
      sums.sent += entry.packetsSent ?? 0;
      sums.sentAgain += entry.retransmittedPacketsSent ?? 0;
    }
  }
  return sums;
}
