/** The doctor, on the command line and on the admin's page: real calls with a running server, and a plain word when there is none. */
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

test.describe.configure({ timeout: 180_000 });

const BIN = resolve(process.env.ALONGSIDE_BIN ?? join(import.meta.dirname, '../../../target/release/alongside'));
/** What is called over the network, through the server's own port. */
const CALLS = ['web.page', 'web.ready', 'web.redirect', 'web.socket', 'web.events', 'stun.udp', 'turn.udp', 'turn.tcp', 'turn.tls', 'sfu.udp', 'sfu.tcp'];

/** @param {string[]} args */
function doctor(...args) {
  const { status, stdout, stderr } = spawnSync(BIN, ['doctor', ...args], { encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

/** @param {string} stdout @returns {Map<string, {id: string, level: string, said: string, fix: string | null}>} */
function found(stdout) {
  /** @type {{id: string, level: string, said: string, fix: string | null}[]} */
  const findings = JSON.parse(stdout).findings;
  return new Map(findings.map((finding) => [finding.id, finding]));
}

test('every way of a running server is called and answers, and what cannot be seen is not guessed', async ({ server }) => {
  await server.setup();
  const { status, stdout } = doctor('--json', '--data-dir', server.dataFolder);
  const all = found(stdout);
  expect(all.size).toBe(JSON.parse(stdout).findings.length);
  expect(all.size).toBeGreaterThanOrEqual(25);
  expect(Object.fromEntries(CALLS.map((id) => [id, all.get(id)?.level ?? `${id} is missing`]))).toEqual(Object.fromEntries(CALLS.map((id) => [id, 'fine'])));
  for (const id of ['database.whole', 'database.format', 'certificate.days', 'certificate.key', 'certificate.authority', 'turn.secret', 'data.private']) expect(all.get(id)?.level, id).toBe('fine');
  expect(all.get('outside.reached')?.level).toBe('unseen');
  const worst = [...all.values()].some((f) => f.level === 'fail') ? 2 : [...all.values()].some((f) => f.level === 'warn') ? 1 : 0;
  expect(status).toBe(worst);
  for (const finding of all.values()) if (['warn', 'fail'].includes(finding.level)) expect(finding.fix, finding.id).toBeTruthy();
});

test('without a server that is the fault, and what others can read is closed on request', async ({ server }) => {
  await server.setup();
  await server.kill9();
  chmodSync(join(server.dataFolder, 'ca.key'), 0o644);
  const before = doctor('--json', '--data-dir', server.dataFolder);
  expect(before.status).toBe(2);
  expect(found(before.stdout).get('service.running')?.level).toBe('fail');
  expect(found(before.stdout).get('data.private')?.fix).toBe(`alongside --data-dir ${server.dataFolder} doctor --fix`);
  const after = doctor('--fix', '--data-dir', server.dataFolder);
  expect(after.stdout).toContain('ca.key to others');
  expect(after.stdout).toMatch(/\?\s+stun\.udp/);
  expect(found(doctor('--json', '--data-dir', server.dataFolder).stdout).get('data.private')?.level).toBe('fine');
  await server.restart();
});

test('the admin sees the same list, with what needs somebody first', async ({ server, come, member }) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  await keeper.page.goto('/admin/doctor');
  await keeper.page.getByRole('button', { name: 'Look now' }).click();
  await expect(keeper.page.locator('#verdict')).toBeVisible({ timeout: 60_000 });
  for (const id of CALLS) await expect(keeper.page.locator(`[id="${id}"]`), id).toHaveAttribute('data-state', 'good');
  await expect(keeper.page.locator('[id="outside.reached"]')).toHaveAttribute('data-state', 'unseen');
  await look(keeper, 'admin-doctor');
  const ana = await member('Ana');
  ana.allow(/answer 403/, /console error: .*403/);
  await ana.page.goto('/admin/doctor');
  await expect(ana.page.locator('[data-state]')).toHaveCount(0);
});
