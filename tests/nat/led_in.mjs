/**
 * Firefox inside the namespace that LAB_NETNS names, for a runner outside. It is driven by a connection to its own loopback, which lies
 * inside: it listens at a port that is free on both sides, and connections on this side are led in by a door (`door.mjs`).
 * Ends when the browser does.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const inside = ['netns', 'exec', process.env.LAB_NETNS ?? ''];
const folder = mkdtempSync(join(tmpdir(), 'alongside-led-'));
const door = join(folder, 'door');

const near = createServer((one) => {
  const other = connect(door);
  for (const [from, to] of /** @type {const} */ ([[one, other], [other, one]])) {
    from.on('error', () => to.destroy());
    from.pipe(to);
  }
});
near.listen(0, '127.0.0.1');
await once(near, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (near.address());
const keeper = spawn('ip', [...inside, process.execPath, join(import.meta.dirname, 'door.mjs'), door, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
await once(keeper.stdout, 'data');

const wanted = process.argv.slice(2).map((word) => (word === '--remote-debugging-port=0' ? `--remote-debugging-port=${port}` : word));
// `ip netns exec` becomes the program that it starts, so that its process id is the browser's.
const browser = spawn('ip', [...inside, process.env.LAB_FIREFOX ?? '', ...wanted], { stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(signal, () => browser.kill('SIGTERM'));
browser.once('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});
