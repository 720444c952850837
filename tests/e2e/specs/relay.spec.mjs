/** Browsers that cannot reach each other are relayed by the one port, whichever way leads to it. */
import { watchGaps } from '../lib/gaps.mjs';
import { inCall, seeAndHearEachOther } from '../lib/room.mjs';
import { expect, test } from '../lib/test.mjs';

test.describe.configure({ timeout: 120_000 });

for (const way of ['udp', 'tcp']) {
  test(`a pair that cannot reach each other is relayed over ${way}`, async ({ server, member }) => {
    const [ana, ben] = [await member('Ana'), await member('Ben')];
    for (const person of [ana, ben]) await person.context.addInitScript(relayedOnly, way);
    await inCall(server, ana, ben);
    await seeAndHearEachOther(ana, ben);
    for (const person of [ana, ben]) {
      expect(await person.page.evaluate(() => /** @type {any} */ (window).__way())).toEqual({ type: 'relay', protocol: way });
    }
  });
}

test('a pair of which one has TCP only is relayed between UDP and TCP', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  await ana.context.addInitScript(relayedOnly, 'udp');
  await ben.context.addInitScript(relayedOnly, 'tcp');
  await inCall(server, ana, ben);
  await seeAndHearEachOther(ana, ben);
  expect(await ben.page.evaluate(() => /** @type {any} */ (window).__way())).toEqual({ type: 'relay', protocol: 'tcp' });
});

test('the page says which way a call goes, and when the network changes a relayed call finds the direct way without a gap', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  for (const person of [ana, ben]) await person.context.addInitScript(relayedOnly, 'tcp');
  await inCall(server, ana, ben);
  await expect(ana.page.locator('#way-line')).toContainText("server's relay (TCP)");
  const watch = await watchGaps(ben, ana.id);
  await ben.page.waitForTimeout(2_000);
  const usual = await watch();
  for (const person of [ana, ben]) await person.page.evaluate(() => /** @type {any} */ (window).__setFree());
  for (const person of [ben, ana]) await person.page.evaluate(() => { window.dispatchEvent(new Event('online')); });
  await expect(ana.page.locator('#way-line')).toContainText('straight from browser to browser', { timeout: 30_000 });
  expect(await ana.page.evaluate(() => /** @type {any} */ (window).__way())).not.toMatchObject({ type: 'relay' });
  const gap = await watch();
  console.log(`    the longest wait for a picture: ${gap} ms, before ${usual} ms`);
  expect.soft(gap, 'the change of way is not seen').toBeLessThanOrEqual(200 + usual);
  await seeAndHearEachOther(ana, ben);
});

test('when both look for another way, and again at the same moment, a few words suffice', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben')];
  for (const person of [ana, ben]) await person.context.addInitScript(countOffers);
  await inCall(server, ana, ben);
  const offers = async () => (await Promise.all([ana, ben].map((person) => person.page.evaluate(() => /** @type {any} */ (window).__offers)))).reduce((sum, n) => sum + n, 0);
  const before = await offers();
  for (const people of [[ana], [ben], [ana, ben]]) {
    await Promise.all(people.map((person) => person.page.evaluate(() => {
      for (const call of /** @type {RTCPeerConnection[]} */ (/** @type {any} */ (window).__here.calls)) if (call.connectionState === 'connected') call.restartIce();
    })));
    await ana.page.waitForTimeout(1_500);
  }
  // One for each who looked, and one more of each where they met.
  expect(await offers() - before).toBeLessThanOrEqual(6);
  await seeAndHearEachOther(ana, ben);
});

/** In the page: counts the offers that its connections make. */
function countOffers() {
  const w = /** @type {any} */ (window);
  const Real = window.RTCPeerConnection;
  if (!Real || w.__offers !== undefined) return;
  w.__offers = 0;
  w.RTCPeerConnection = class extends Real {
    async setLocalDescription(/** @type {RTCLocalSessionDescriptionInit | undefined} */ given) {
      await super.setLocalDescription(given);
      if (this.localDescription?.type === 'offer') w.__offers += 1;
    }
  };
}

/** In the page: connections use the relay alone, over one transport, until they are set free, and say which way they took. @param {string} way */
function relayedOnly(way) {
  const w = /** @type {any} */ (window);
  const Real = window.RTCPeerConnection;
  if (!Real || w.__way) return;
  /** @type {RTCPeerConnection[]} */
  const all = [];
  const useful = (/** @type {string} */ url) => url.startsWith('turn:') && url.endsWith(`transport=${way}`);
  const narrowed = (/** @type {RTCConfiguration} */ given = {}) => (w.__free ? { ...given, iceTransportPolicy: /** @type {const} */ ('all') } : {
    ...given,
    iceTransportPolicy: /** @type {const} */ ('relay'),
    iceServers: (given.iceServers ?? [])
      .map((server) => ({ ...server, urls: [server.urls].flat().filter(useful) }))
      .filter((server) => server.urls.length > 0),
  });
  w.RTCPeerConnection = class extends Real {
    constructor(/** @type {RTCConfiguration | undefined} */ given) {
      super(narrowed(given));
      all.push(this);
    }

    setConfiguration(/** @type {RTCConfiguration} */ given) {
      super.setConfiguration(narrowed(given));
    }
  };
  // The network lets everything through from now on, whatever the page has asked for since.
  w.__setFree = () => {
    w.__free = true;
    for (const pc of all.filter((one) => one.connectionState !== 'closed')) pc.setConfiguration(pc.getConfiguration());
  };
  w.__way = async () => {
    for (const pc of all.filter((one) => one.connectionState === 'connected')) {
      const stats = [...(await pc.getStats()).values()];
      const chosen = stats.find((entry) => entry.type === 'transport')?.selectedCandidatePairId;
      const pair = stats.find((entry) => entry.id === chosen);
      const local = stats.find((entry) => entry.id === pair?.localCandidateId);
      if (local) return { type: local.candidateType, protocol: local.relayProtocol };
    }
    return null;
  };
}
