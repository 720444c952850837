/**
 * The harness itself: people are told apart by picture and tone, a chime is heard, silence is silence, a cut cable is cut.
 * Two bare pages call each other without any server, so that a fault here is the harness's own.
 */
import { test as base, expect } from '@playwright/test';
import { chromium, flags } from '../playwright.config.mjs';
import { Cable } from '../lib/cable.mjs';
import { Person } from '../lib/people.mjs';

const test = base.extend({});
test.use({ launchOptions: { executablePath: chromium, args: [...flags, '--disable-features=WebRtcHideLocalIpsWithMdns'] } });

/** @param {import('@playwright/test').Browser} browser @param {number} id @param {Cable} [cable] */
async function sitter(browser, id, cable) {
  const person = await Person.come(browser, 'https://table.test', id, `Person ${id}`);
  if (cable) await cable.joinCalls(person.context);
  await person.context.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<video autoplay playsinline></video>' }));
  await person.page.goto('/');
  return person;
}

/** Two pages call each other, the test being the signalling. @param {Person} a @param {Person} b */
async function call(a, b) {
  for (const [from, to] of [[a, b], [b, a]]) {
    await from.page.exposeFunction('pass', async (/** @type {any} */ candidate) => {
      await to.page.evaluate(async (given) => {
        const w = /** @type {any} */ (window);
        await w.described;
        await w.pc.addIceCandidate(given);
      }, candidate).catch(() => {});
    });
  }
  const sit = async () => {
    const w = /** @type {any} */ (window);
    w.pc = new RTCPeerConnection();
    w.described = new Promise((done) => { w.describedNow = done; });
    w.pc.onicecandidate = (/** @type {any} */ event) => event.candidate && w.pass(event.candidate.toJSON());
    w.pc.ontrack = (/** @type {any} */ event) => { /** @type {any} */ (document.querySelector('video')).srcObject = event.streams[0]; };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks()) w.pc.addTrack(track, stream);
  };
  await a.page.evaluate(sit);
  await b.page.evaluate(sit);
  const offer = await a.page.evaluate(async () => {
    const { pc } = /** @type {any} */ (window);
    await pc.setLocalDescription();
    return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
  });
  const answer = await b.page.evaluate(async (given) => {
    const { pc, describedNow } = /** @type {any} */ (window);
    await pc.setRemoteDescription(given);
    describedNow();
    await pc.setLocalDescription();
    return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
  }, offer);
  await a.page.evaluate(async (given) => {
    const { pc, describedNow } = /** @type {any} */ (window);
    await pc.setRemoteDescription(given);
    describedNow();
  }, answer);
}

test('two people are told apart by their pictures and their tones', async ({ browser }) => {
  const [a, b] = [await sitter(browser, 3, undefined), await sitter(browser, 4, undefined)];
  await a.seesNot(4);
  await a.hearsNobody();
  await call(a, b);
  await a.sees(4);
  await b.sees(3);
  await a.hears(4);
  await b.hears(3);
  await a.framesGrow();
  expect((await a.pictures()).map((picture) => picture.id)).toEqual([4]);
});

test('a picture that stands still is not taken for a person', async ({ browser }) => {
  const [a, b] = [await sitter(browser, 5, undefined), await sitter(browser, 6, undefined)];
  await call(a, b);
  await a.sees(6);
  await a.page.evaluate(() => document.querySelector('video')?.pause());
  await expect(a.sees(6, { within: 2000 })).rejects.toThrow('move');
});

test('a chime at the loudspeaker is heard, with its pitch', async ({ browser }) => {
  const person = await sitter(browser, 1, undefined);
  expect(await person.sounds()).toEqual([]);
  await person.page.evaluate(async () => {
    const audio = new AudioContext();
    await audio.resume();
    const tone = new OscillatorNode(audio, { frequency: 880 });
    tone.connect(new GainNode(audio, { gain: 0.2 })).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.4);
  });
  await person.hearsChime();
  const sounds = await person.sounds();
  expect(sounds.some((sound) => Math.abs(sound.hz - 880) < 20 && sound.peak > 0.15), JSON.stringify(sounds)).toBe(true);
});

test('a breach of the content security policy and an error in the console are seen', async ({ browser }) => {
  const person = await Person.come(browser, 'https://table.test', 1, 'Ana');
  await person.context.route('**/*', (route) => route.fulfill({
    contentType: 'text/html',
    headers: { 'content-security-policy': "default-src 'none'" },
    body: '<p style="color: red">x</p><script>document.title = "no"</script>',
  }));
  await person.page.goto('/');
  await person.page.evaluate(() => console.warn('a warning'));
  await expect.poll(() => person.unexpected().filter((text) => text.startsWith('content security policy')).length).toBe(2);
  await expect.poll(() => person.unexpected().some((text) => text.includes('a warning'))).toBe(true);
});

test('a cut cable stops the frames and a healed one lets them through', async ({ browser }) => {
  const cable = await Cable.lay(9);
  const [a, b] = [await sitter(browser, 7, cable), await sitter(browser, 8, cable)];
  await call(a, b);
  await a.sees(8);
  await b.sees(7);
  cable.cut();
  await expect.poll(async () => {
    const before = [...(await a.frames()).values()];
    await a.page.waitForTimeout(700);
    return JSON.stringify(before) === JSON.stringify([...(await a.frames()).values()]);
  }, { message: 'no frame comes through a cut cable' }).toBe(true);
  cable.heal();
  await a.framesGrow();
  await a.sees(8);
  await b.sees(7);
  cable.pull();
});
