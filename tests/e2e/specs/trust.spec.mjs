/** The house's own authority: what accepts it, what refuses to go beyond it, and the page that leads to it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';
import { trusting } from '../lib/trust.mjs';

/** What OpenSSL thinks of a leaf. @param {string} authority @param {string} leaf @param {string[]} ask */
function verified(authority, leaf, ...ask) {
  const { status, stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', authority, ...ask, leaf], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('OpenSSL accepts addresses and names under the constraints, and refuses a leaf beyond them', async ({ server }) => {
  const [authority, key, leaf] = ['ca.pem', 'ca.key', 'leaf.pem'].map((name) => join(server.dataFolder, name));
  expect(execFileSync('openssl', ['x509', '-in', authority, '-noout', '-ext', 'nameConstraints'], { encoding: 'utf8' })).toContain('IP:100.64.0.0/255.192.0.0');
  for (const ask of [['-verify_ip', '127.0.0.1'], ['-verify_ip', '::1'], ['-verify_hostname', 'localhost']]) {
    expect(verified(authority, leaf, ...ask), ask.join(' ')).toMatchObject({ status: 0 });
  }
  const folder = mkdtempSync(join(tmpdir(), 'alongside-leaf-'));
  for (const [name, good] of /** @type {const} */ ([
    ['IP:10.1.2.3', true], ['IP:fd00::7', true], ['DNS:box.home.arpa', true], ['IP:100.127.0.1', true],
    ['IP:8.8.8.8', false], ['IP:2001:db8::1', false], ['DNS:bank.example', false], ['IP:100.128.0.1', false],
  ])) {
    const [own, asked, made] = ['k', 'csr', 'pem'].map((end) => join(folder, `leaf.${end}`));
    execFileSync('openssl', ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', own, '-out', asked, '-subj', '/O=somebody', '-addext', `subjectAltName=${name}`], { stdio: 'ignore' });
    writeFileSync(join(folder, 'ext'), `subjectAltName=${name}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n`);
    execFileSync('openssl', ['x509', '-req', '-in', asked, '-CA', authority, '-CAkey', key, '-set_serial', '7', '-days', '2', '-extfile', join(folder, 'ext'), '-out', made], { stdio: 'ignore' });
    const { status, said } = verified(authority, made);
    expect(status === 0, `${name}: ${said}`).toBe(good);
    if (!good) expect(said).toContain('permitted subtree violation');
  }
  rmSync(folder, { recursive: true, force: true });
});

test('a Chromium that trusts the authority opens the place by address and name without a warning, and the sign is green', async ({ server }) => {
  const home = trusting(join(server.dataFolder, 'ca.pem'));
  const browser = await chromium.launch({ executablePath: process.env.ALONGSIDE_CHROMIUM ?? '/usr/lib/chromium/chromium', args: ['--no-sandbox'], env: { ...process.env, HOME: home } });
  try {
    const page = await (await browser.newContext({ ignoreHTTPSErrors: false })).newPage();
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      await page.goto(`https://${host}:${server.port}/trust`);
      await expect(page.locator('#trust-state'), host).toHaveAttribute('data-state', 'good');
    }
  } finally {
    await browser.close();
    rmSync(home, { recursive: true, force: true });
  }
});

test('where a warning was passed by, the page says so, shows the fingerprint of the terminal and hands out the same certificate', async ({ server, come }) => {
  await server.setup();
  const ana = await come('Ana');
  await ana.page.goto('/login');
  await ana.page.getByRole('link', { name: 'A warning about this page?' }).click();
  await expect(ana.page.locator('#trust-state')).toHaveAttribute('data-state', 'slow');
  await expect(ana.page.getByRole('heading', { name: 'On this Linux computer' })).toBeVisible();
  const fingerprint = /CA \w+, SHA-256 (\S+)/.exec(server.said)?.[1] ?? 'none printed';
  expect((await ana.page.locator('.fingerprint').first().innerText()).replace(/\s+/g, ':')).toBe(fingerprint);
  const handed = await ana.page.evaluate(() => fetch('/trust/alongside-ca.pem').then((answer) => answer.text()));
  expect(handed).toBe(readFileSync(join(server.dataFolder, 'ca.pem'), 'utf8'));
  await look(ana, 'trust');
  await ana.page.getByText('Another device').click();
  await look(ana, 'trust-all');
});

test('plain HTTP shows the way to trust, and sends everything else to TLS', async ({ server }) => {
  const asked = (/** @type {string} */ path) => new Promise((/** @type {(answer: { status: number, text: string }) => void} */ done, fail) => {
    get({ host: '127.0.0.1', port: server.port, path }, (answer) => {
      let text = '';
      answer.on('data', (bytes) => { text += bytes; }).on('end', () => done({ status: answer.statusCode ?? 0, text }));
    }).on('error', fail);
  });
  expect((await asked('/trust')).text).toContain('/trust/alongside-ca.crt');
  expect((await asked('/trust/alongside-ca.pem')).text).toBe(readFileSync(join(server.dataFolder, 'ca.pem'), 'utf8'));
  expect((await asked('/login')).status).toBe(308);
});

test('an iPad, which says that it is a Mac, is shown its own steps', async ({ server, come }) => {
  await server.setup();
  const userAgent = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';
  const ana = await come('Ana', { context: { userAgent } });
  await ana.page.goto('/trust');
  await expect(ana.page.getByRole('heading', { name: 'On this Mac' })).toBeVisible();
  await expect(ana.page.getByRole('heading', { name: 'On this iPad' })).toBeHidden();
  await ana.page.addInitScript(() => Object.defineProperty(navigator, 'maxTouchPoints', { get: () => 5 }));
  await ana.page.reload();
  await expect(ana.page.getByRole('heading', { name: 'On this iPad' })).toBeVisible();
  await expect(ana.page.getByRole('heading', { name: 'On this Mac' })).toBeHidden();
  await look(ana, 'trust-ipad');
});

test('by an address that the certificate is not made for, the sign says so and stays', async ({ server, come }) => {
  await server.setup();
  const ana = await come('Ana', { origin: `https://127.0.0.2:${server.port}` });
  await ana.page.goto('/trust');
  await expect(ana.page.locator('#trust-title')).toHaveText('Not by this address');
  await ana.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(ana.page.locator('#trust-state')).toHaveAttribute('data-state', 'slow');
  await expect(ana.page.locator('#trust-title')).toHaveText('Not by this address');
  await look(ana, 'trust-beyond');
});
