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

/**
 * Watches the tile of somebody, over every change of its player; the answer asks for the longest time without a fresh picture
 * since it was last asked, in milliseconds.
 * @param {import('./people.mjs').Person} person @param {number} id whose picture
 * @returns {Promise<() => Promise<number>>}
 */
export async function watchGaps(person, id) {
  await person.page.evaluate(([key]) => {
    const w = /** @type {any} */ (window);
    const gap = { longest: 0, last: performance.now() };
    w[`__gap${key}`] = gap;
    const tile = /** @type {HTMLElement} */ (document.querySelector('.tile.partner'));
    const seen = new WeakSet();
    const look = () => {
      for (const video of tile.querySelectorAll('video')) {
        if (seen.has(video)) continue;
        seen.add(video);
        const frame = () => {
          if (!video.isConnected) return;
          const now = performance.now();
          gap.longest = Math.max(gap.longest, now - gap.last);
          gap.last = now;
          video.requestVideoFrameCallback(frame);
        };
        video.requestVideoFrameCallback(frame);
      }
    };
    look();
    new MutationObserver(look).observe(tile, { childList: true });
  }, [id]);
  return () => person.page.evaluate(([key]) => {
    const gap = /** @type {any} */ (window)[`__gap${key}`];
    const longest = Math.round(Math.max(gap.longest, performance.now() - gap.last));
    gap.longest = 0;
    return longest;
  }, [id]);
}
