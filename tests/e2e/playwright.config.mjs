/**
 * How the browser tests run: Debian's own Chromium, one browser for all people of a test, a server of its own for each test.
 *
 * Six projects: `pages` (no media, two at a time), `media` (calls, one at a time, because a call wants a core), `nat` (calls
 * through networks of all kinds, in namespaces), `firefox` (calls in it and between it and Chromium), `webkit` (pages in it) and
 * `installed` (a machine that was made outside).
 */
import { defineConfig } from '@playwright/test';

const CI = Boolean(process.env.CI);

export const chromium = process.env.ALONGSIDE_CHROMIUM ?? '/usr/lib/chromium/chromium';

/** Flags that every browser here gets. The sandbox needs rights that root in a container lacks. */
export const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

const MEDIA = ['journey', 'reconnect', 'absent', 'people', 'quality_session', 'harness', 'rooms', 'rooms_media', 'relay', 'check', 'trio', 'company', 'full'].map((name) => `${name}.spec.mjs`);

/** Tests in a network of their own: they need root, and one worker holds the lab. */
const NAT = ['nat', 'ports', 'trusted'].map((name) => `${name}.spec.mjs`);

/** Those of them that are judged by time. With ALONE=yes in the environment they are all that the project has, with ALONE=no it has them not. */
const LINES = ['loss', 'restart', 'roam'].map((name) => `${name}.spec.mjs`);

const LAB = { yes: LINES, no: NAT }[process.env.ALONE ?? ''] ?? [...NAT, ...LINES];

const FIREFOX = 'firefox.spec.mjs';

const WEBKIT = 'webkit.spec.mjs';

/** On a machine that was installed outside, by `tests/packages/first_call`. */
const INSTALLED = 'installed.spec.mjs';

export default defineConfig({
  testDir: './specs',
  outputDir: './artefacts/failures',
  fullyParallel: true,
  forbidOnly: CI,
  retries: CI ? 2 : 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ?? 'artefacts/report.json' }]],
  use: {
    browserName: 'chromium',
    headless: true,
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    // A trace makes a test take two or three times as long, so that only a second try has one.
    trace: 'on-first-retry',
    screenshot: 'only-on-failure',
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    launchOptions: { executablePath: chromium, args: flags },
  },
  projects: [
    { name: 'media', testMatch: MEDIA, workers: 1 },
    { name: 'pages', testIgnore: [...MEDIA, ...NAT, ...LINES, FIREFOX, WEBKIT, INSTALLED], workers: 2 },
    // One test after the other, in the order of the file: a browser is started once for all rows that need it.
    { name: 'nat', testMatch: LAB, workers: 1, fullyParallel: false, use: { trace: 'off' } },
    { name: 'firefox', testMatch: FIREFOX, workers: 1, fullyParallel: false, use: { trace: 'off' }, expect: { timeout: 30_000 } },
    { name: 'installed', testMatch: INSTALLED, workers: 1, use: { trace: 'off' } },
    { name: 'webkit', testMatch: WEBKIT, workers: 1, fullyParallel: false, use: { trace: 'off' }, expect: { timeout: 30_000 } },
  ],
  workers: 2,
});
