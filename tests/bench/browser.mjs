/**
 * The figures that only a browser can tell: what a first visit of the calendar weighs, and how long it takes from "Take my
 * seat" to the first picture of the other. Prints rows of the bench's table.
 *
 *   node tests/bench/browser.mjs [--small] [weight] [join]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join as path, resolve } from 'node:path';
import { flags, chromium as program } from '../e2e/playwright.config.mjs';
import { Person } from '../e2e/lib/people.mjs';
import { enter, sitDown } from '../e2e/lib/room.mjs';
import { Server } from '../e2e/lib/server.mjs';

const { chromium } = /** @type {typeof import('@playwright/test')} */ (createRequire(new URL('../e2e/package.json', import.meta.url))('@playwright/test'));
const release = resolve(import.meta.dirname, process.env.CARGO_TARGET_DIR ?? '../../target', 'release');
const small = process.argv.includes('--small');
const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const wants = (/** @type {string} */ part) => asked.length === 0 || asked.includes(part);
let missed = false;

/** @param {string} what @param {number} bar @param {number} measured @param {string} unit @param {string} beside */
function row(what, bar, measured, unit, beside) {
  const kept = measured <= bar;
  missed ||= !kept && !small;
  console.log(`| ${what} | ≤ ${bar} ${unit} | ${measured.toFixed(1)} ${unit} (${beside}) | ${small ? '' : kept ? 'kept' : 'MISSED'} |`);
}

/** @returns {Promise<import('@playwright/test').Browser>} */
function browser() {
  return chromium.launch({ executablePath: program, args: flags, headless: true });
}

/** Everything that a first visit of a full week brings over the line, headers and all, icons and manifest too. */
async function weight() {
  const folder = mkdtempSync(path(tmpdir(), 'alongside-bench-'));
  spawnSync(path(release, 'examples', 'bench'), ['seed', folder, ...(small ? ['--small'] : [])], { stdio: 'inherit' });
  writeFileSync(path(folder, 'alongside.toml'), 'listen = ["127.0.0.1"]\n');
  const [cookie = ''] = readFileSync(path(folder, 'cookies'), 'utf8').split('\n');
  const server = spawn(path(release, 'alongside'), ['serve', '--port', '0', '--data-dir', folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  const shown = await browser();
  try {
    const port = await new Promise((ready) => {
      let said = '';
      server.stdout.on('data', (text) => {
        const found = /Ready on port (\d+)/.exec((said += text));
        if (found) ready(found[1]);
      });
    });
    const context = await shown.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 }, timezoneId: 'Europe/Berlin' });
    await context.addCookies([{ name: '__Host-alongside', value: cookie, domain: 'localhost', path: '/', secure: true, httpOnly: true }]);
    const page = await context.newPage();
    const wire = await context.newCDPSession(page);
    await wire.send('Network.enable');
    /** @type {Map<string, string>} */
    const names = new Map();
    let bytes = 0;
    let largest = { name: '', bytes: 0 };
    wire.on('Network.requestWillBeSent', ({ requestId, request }) => names.set(requestId, new URL(request.url).pathname));
    wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      bytes += encodedDataLength;
      if (process.env.BENCH_LIST) console.error(`    ${names.get(requestId)} ${encodedDataLength}`);
      if (encodedDataLength > largest.bytes) largest = { name: names.get(requestId) ?? '', bytes: encodedDataLength };
    });
    await page.goto(`https://localhost:${port}/`, { waitUntil: 'load' });
    await pause(2_000);
    // A browser without a window asks for neither icon nor manifest: they are fetched as one with a window does.
    await page.evaluate(async () => {
      const links = [...document.querySelectorAll('link[rel~="icon"], link[rel="manifest"]')].slice(0, 2);
      for (const link of links) await (await fetch(/** @type {HTMLLinkElement} */ (link).href)).arrayBuffer();
    });
    await pause(300);
    const beside = `${names.size} requests, the largest ${largest.name} with ${(largest.bytes / 1024).toFixed(1)}`;
    row('calendar, first visit of a full week, all requests with headers', 80, bytes / 1024, 'KiB', beside);
  } finally {
    await shown.close();
    server.kill('SIGTERM');
    await new Promise((ended) => server.once('exit', ended));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two browsers, two members: one sits, the other presses the button; until the first frame is there, decoded and shown. */
async function joined() {
  const server = await Server.start();
  const [one, two] = [await browser(), await browser()];
  /** @type {number[]} */
  const waits = [];
  /** @type {number[]} */
  const theirs = [];
  try {
    const clients = [await server.join('Ada'), await server.join('Ben')];
    const come = async (/** @type {import('@playwright/test').Browser} */ in_, /** @type {number} */ n, /** @type {string} */ name) => {
      const client = /** @type {import('../e2e/lib/client.mjs').Client} */ (clients[n]);
      const person = await Person.come(in_, server.origin, n + 1, name, { client, context: { ignoreHTTPSErrors: true } });
      await person.context.addInitScript(watchFirstFrame);
      server.pages.add(person.page);
      return Object.assign(person, { client });
    };
    const [ada, ben] = [await come(one, 0, 'Ada'), await come(two, 1, 'Ben')];
    for (let turn = 0; turn < (small ? 2 : 11); turn++) {
      const start = server.slot(12);
      const seats = [await ada.client.book(start), await ben.client.book(start)];
      await server.advanceTo(start - 300);
      await sitDown(ada, seats[0] ?? 0);
      await enter(ben, seats[1] ?? 0);
      await pause(1_500);
      await ben.page.getByRole('button', { name: 'Take my seat' }).click();
      waits.push(await firstFrame(ben.page, 'click'));
      theirs.push(await firstFrame(ada.page, 'call'));
      await server.advanceTo(start + 45 * 60);
      for (const person of [ada, ben]) await person.page.goto('/guide');
    }
  } finally {
    await one.close();
    await two.close();
    await server.stop();
  }
  const sorted = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b);
  const at = (/** @type {number[]} */ values, /** @type {number} */ share) => sorted(values)[Math.round((values.length - 1) * share)] ?? NaN;
  const beside = `worst ${at(waits, 1).toFixed(0)}, the one who sat already from the call's beginning ${at(theirs, 0.5).toFixed(0)}, ${waits.length} runs, two Chromium with software codecs`;
  row('join click to the first frame of the other, median', 500, at(waits, 0.5), 'ms', beside);
}

/** Runs in the page: notes the click, the beginning of the call and the first frame that is shown. */
function watchFirstFrame() {
  const marks = /** @type {any} */ ((/** @type {any} */ (window)).__marks = { click: 0, call: 0, frame: 0 });
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button?.textContent?.includes('Take my seat')) marks.click ||= performance.now();
  }, true);
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      marks.call ||= performance.now();
      this.addEventListener('track', ({ track }) => {
        if (track.kind !== 'video') return;
        const video = document.createElement('video');
        video.muted = true;
        video.srcObject = new MediaStream([track]);
        video.requestVideoFrameCallback(() => { marks.frame ||= performance.now(); });
        video.play().catch(() => {});
      });
    }
  };
}

/** @param {import('@playwright/test').Page} page @param {'click' | 'call'} from */
async function firstFrame(page, from) {
  await page.waitForFunction(() => /** @type {any} */ (window).__marks.frame > 0, null, { timeout: 20_000, polling: 50 });
  return page.evaluate((since) => { const marks = /** @type {any} */ (window).__marks; return marks.frame - marks[since]; }, from);
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

if (wants('weight')) await weight();
if (wants('join')) await joined();
process.exit(missed ? 1 : 0);
