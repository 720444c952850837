/** Temporary measure. */
import { chromium, flags } from '../playwright.config.mjs';
import { inCall } from '../lib/room.mjs';
import { test } from '../lib/test.mjs';
test.use({ launchOptions: { executablePath: chromium, args: [...flags, '--disable-features=WebRtcHideLocalIpsWithMdns'] } });
test.describe.configure({ timeout: 150_000 });
for (const s of [3, 8]) test(`m ${s}`, async ({ server, member, cable }) => {
  const ana = await member('Ana', 'Europe/Berlin', { origin: cable.origin });
  const ben = await member('Ben');
  ana.allow(/./); ben.allow(/./);
  await cable.joinCalls(ana.context); await cable.joinCalls(ben.context);
  await inCall(server, ana, ben);
  for (const p of [ana, ben]) await p.page.evaluate(() => {
    const w = /** @type {any} */ (window); w.__log = [];
    setInterval(async () => {
      const pc = w.__here.calls.filter((/** @type {any} */ c) => c.connectionState !== 'closed').at(-1); if (!pc) { w.__log.push([Date.now(), 'none']); return; }
      const st = [...(await pc.getStats()).values()];
      const v = st.filter((x) => x.type === 'inbound-rtp' && x.kind === 'video').map((x) => `pk${x.packetsReceived} fr${x.framesReceived} fd${x.framesDecoded} pli${x.pliCount} nk${x.nackCount}`).join(' ; ');
      const o = st.filter((x) => x.type === 'outbound-rtp' && x.kind === 'video').map((x) => `o${x.packetsSent} fe${x.framesEncoded} key${x.keyFramesEncoded} ${Math.round(x.targetBitrate / 1000)}k`).join(' ; ');
      const a = st.filter((x) => x.type === 'inbound-rtp' && x.kind === 'audio').map((x) => `a${x.packetsReceived}`).join();
      w.__log.push([Date.now(), `${pc.iceConnectionState}/${pc.signalingState} n${w.__here.calls.length} link=${/** @type {any} */ (document.querySelector('#session')).dataset.link} ${a} | ${v} | ${o}`]);
    }, 200);
  });
  cable.cut(); const c = Date.now();
  await ana.page.waitForTimeout(s * 1000);
  cable.heal(); const h = Date.now();
  await ana.page.waitForTimeout(6000);
  for (const p of [ana, ben]) for (const [t, l] of await p.page.evaluate(() => /** @type {any} */ (window).__log)) if (t > h - 600 && t < h + 5500 || (t < h && (t - c) % 1000 < 200)) console.log(s, p.name, t - h, l);
});
