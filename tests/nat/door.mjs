/**
 * A door from the runner into the lab: a socket in the file system on this side, a TCP connection to the server on the other.
 * Run inside the server's namespace: `node door.mjs SOCKET PORT`. Ends when its standard input does.
 */
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const [path = '', port = ''] = process.argv.slice(2);
const door = createServer((near) => {
  const far = connect(Number(port), '127.0.0.1');
  for (const [from, to] of /** @type {const} */ ([[near, far], [far, near]])) {
    from.on('error', () => to.destroy());
    from.pipe(to);
  }
});
door.listen(path, () => process.stdout.write('ready\n'));
process.stdin.resume();
process.stdin.on('end', () => {
  rmSync(path, { force: true });
  process.exit(0);
});
