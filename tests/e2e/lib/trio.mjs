/**
 * Puts a third person into a session by its rows, as the matcher does when somebody is left over: the server's files are written
 * beside it, which SQLite allows. A living room learns of it with the next thing that happens in it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const MOVE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
seat, beside = sys.argv[2], sys.argv[3]
db.execute("UPDATE booking SET session = (SELECT session FROM booking WHERE id = ?), alone = 0 WHERE id = ?", (beside, seat))
db.execute("UPDATE booking SET alone = 0 WHERE id = ?", (beside,))
db.commit()
`;

/** @param {import('./server.mjs').Server} server @param {number} seat @param {number} beside */
export function seatBeside(server, seat, beside) {
  execFileSync('python3', ['-c', MOVE, join(server.dataFolder, 'alongside.db'), String(seat), String(beside)]);
}
