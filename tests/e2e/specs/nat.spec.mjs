/**
 * Every kind of network that a member may sit in: two people see and hear each other, in a session of their own and in the room, by
 * the way that their networks allow. The lab is drawn in `tests/nat/lab`.
 */
import { expect, test } from '../lib/nat_test.mjs';
import { bothSitDown } from '../lib/room.mjs';
import { bothComeIn } from '../lib/table.mjs';
import { wayOf } from '../lib/way.mjs';

test.describe.configure({ timeout: 90_000 });

/** @typedef {import('../lib/lab.mjs').Host} Host */
/** @typedef {import('../lib/room.mjs').Member} Member */
/** @typedef {{ host: Host, router?: string, port?: number, pair: string, room: string }} Side */

/** Ways are told as "direct udp"; in a room "any tcp" is ICE over TCP or the relay over TCP, whichever the browser likes better. */
const home = (/** @type {Host} */ host, /** @type {string} */ router, /** @type {string} */ pair, room = 'direct udp') => ({ host, router, pair, room });

/** From the tap of the second until both are seen to move, in milliseconds, on a machine that has other things to do: what it took is printed. */
const FIRST_MS = 10_000;

const UDP = 'relay udp';
const TCP = 'relay tcp';
const TCP_ROOM = 'any tcp';

/** @typedef {'chromium' | 'firefox'} Engine */

/** Every network in Chromium; where it is hardest also in Firefox, and in one of each. @type {[Engine, Engine][]} */
const ENGINES = [['chromium', 'chromium'], ['firefox', 'firefox'], ['firefox', 'chromium'], ['chromium', 'firefox']];

/** @type {{ name: string, at: ['pub' | 'lan', number], hard?: boolean, forward?: number, ana: Side, ben: Side }[]} */
const rows = [
  { name: 'two homes', at: ['pub', 443], hard: true, ana: home('a', 'cone', 'direct udp'), ben: home('b', 'cone', 'direct udp') },
  { name: 'a home and a symmetric router', at: ['pub', 443], ana: home('a', 'cone', UDP), ben: home('b', 'symmetric', UDP) },
  { name: 'a symmetric router and a home', at: ['pub', 443], ana: home('a', 'symmetric', UDP), ben: home('b', 'cone', UDP) },
  { name: 'two symmetric routers', at: ['pub', 443], hard: true, ana: home('a', 'symmetric', UDP), ben: home('b', 'symmetric', UDP) },
  { name: 'no UDP and a home', at: ['pub', 443], hard: true, ana: home('a', 'cone no-udp', TCP, TCP_ROOM), ben: home('b', 'cone', UDP) },
  { name: 'a home and no UDP', at: ['pub', 443], ana: home('a', 'cone', UDP), ben: home('b', 'cone no-udp', TCP, TCP_ROOM) },
  { name: 'TCP 443 only and a home', at: ['pub', 443], ana: home('a', 'cone only-443', TCP, TCP_ROOM), ben: home('b', 'cone', UDP) },
  { name: 'a home and TCP 443 only', at: ['pub', 443], ana: home('a', 'cone', UDP), ben: home('b', 'cone only-443', TCP, TCP_ROOM) },
  { name: 'TCP 443 only, twice', at: ['pub', 443], hard: true, ana: home('a', 'symmetric only-443', TCP, TCP_ROOM), ben: home('b', 'symmetric only-443', TCP, TCP_ROOM) },
  { name: 'IPv6 only, twice', at: ['pub', 443], ana: home('a6', '', 'direct udp'), ben: home('b6', '', 'direct udp') },
  { name: 'IPv6 only and IPv4 only', at: ['pub', 443], hard: true, ana: home('a6', '', UDP), ben: home('b', 'cone', UDP) },
  { name: 'IPv4 only and IPv6 only', at: ['pub', 443], ana: home('a', 'cone', UDP), ben: home('b6', '', UDP) },
  { name: 'behind a port forward, two members outside', at: ['lan', 8443], ana: home('a', 'cone', 'direct udp'), ben: home('b', 'cone', 'direct udp') },
  { name: 'behind a port forward, no UDP and a symmetric router', at: ['lan', 8443], ana: home('a', 'cone no-udp', TCP, TCP_ROOM), ben: home('b', 'symmetric', UDP) },
  { name: 'the keeper at home and a member outside', at: ['lan', 8443], ana: home('k', '', UDP), ben: home('b', 'cone', UDP) },
  { name: 'a member outside and the keeper at home', at: ['lan', 8443], ana: home('a', 'cone', UDP), ben: home('k', '', UDP) },
  { name: 'the keeper at home and TCP only outside', at: ['lan', 8443], hard: true, ana: home('k', '', UDP), ben: home('b', 'cone no-udp', TCP, TCP_ROOM) },
  { name: 'behind a forward from another port', at: ['lan', 8443], forward: 443, ana: home('k', '', UDP), ben: { ...home('b', 'cone', UDP), port: 443 } },
  { name: 'behind a forward from another port, TCP 443 only', at: ['lan', 8443], hard: true, forward: 443, ana: { ...home('a', 'cone only-443', TCP, TCP_ROOM), port: 443 }, ben: home('k', '', UDP) },
];

const tried = rows.flatMap((row) => ENGINES.slice(0, row.hard ? ENGINES.length : 1).map((engines) => ({ ...row, engines })));

for (const { name: network, at, forward = 8443, ana: at_a, ben: at_b, engines } of tried) {
  const name = engines.includes('firefox') ? `${network}, ${engines.join(' and ')}` : network;
  test(name, async ({ lab, house, visit }) => {
    const place = await house(...at);
    await place.empty();
    for (const side of [at_a, at_b]) {
      if (side.host === 'a' || side.host === 'b') await lab.home(side.host, side.router ?? 'cone');
    }
    if (at[0] === 'lan') await lab.forward(forward);
    const ana = await visit(place, { name: 'Ana', engine: engines[0], ...at_a });
    const ben = await visit(place, { name: 'Ben', engine: engines[1], ...at_b });

    const began = await bothSitDown(place.server, ana, ben);
    await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
    const first = Date.now() - began;
    // The first way that works is taken at once, and left for a better one as soon as that is found.
    let pair = [await way(ana), await way(ben)];
    await expect.poll(async () => {
      pair = [await way(ana), await way(ben)];
      return pair.map(({ by, protocol }) => `${by} ${protocol}`);
    }, { timeout: 10_000 }).toEqual([at_a.pair, at_b.pair]);

    const entered = await bothComeIn(ana, ben);
    await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
    const second = Date.now() - entered;
    const room = [await way(ana), await way(ben)];
    for (const [found, side] of /** @type {const} */ ([[room[0], at_a], [room[1], at_b]])) {
      expect(side.room === TCP_ROOM ? `any ${found?.protocol}` : `${found?.by} ${found?.protocol}`, JSON.stringify(found)).toBe(side.room);
    }
    console.log(`    ${name}: session ${first} ms by ${said(pair)}; room ${second} ms by ${said(room)}`);
    expect.soft(Math.max(first, second), 'both see each other in time').toBeLessThan(FIRST_MS);
  });
}

/** @param {Member} person */
async function way(person) {
  let found = null;
  await expect.poll(async () => { found = await person.page.evaluate(wayOf); return found; }, { message: `${person.name} has a way` }).not.toBeNull();
  return /** @type {import('../lib/way.mjs').Way} */ (/** @type {unknown} */ (found));
}

/** @param {import('../lib/way.mjs').Way[]} ways */
function said(ways) {
  return ways.map(({ by, protocol, from, to, at }) => `${by}/${protocol} ${from}-${to} ${at}`).join(' | ');
}
