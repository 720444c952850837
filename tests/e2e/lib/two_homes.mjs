/** Two homes behind routers of their own in one call: a session that goes by one way, or the room. */
import { sitDown, together } from './room.mjs';
import { comeIn } from './table.mjs';
import { noteAll } from './timeline.mjs';
import { onlyBy } from './way.mjs';

/** @typedef {import('./lab.mjs').Lab} Lab */
/** @typedef {import('./nat_test.mjs').House} House */
/** @typedef {import('./nat_test.mjs').Visit} Visit */
/** @typedef {import('./room.mjs').Member} Member */
/**
 * @typedef {object} Means what a test of the lab is given
 * @property {Lab} lab
 * @property {(site: import('./lab.mjs').Site, port: number) => Promise<House>} house
 * @property {(place: House, who: Visit) => Promise<Member>} visit
 */

/**
 * @param {Means} means @param {string} [way] the only one that is left open
 * @param {boolean} [lively] their cameras are larger and faster
 * @param {import('./lab.mjs').Engine} [engine] Ana's; Ben's is Chromium
 * @returns {Promise<{place: House, ana: Member, ben: Member}>}
 */
async function twoHomes({ lab, house, visit }, way, lively, engine) {
  const place = await house('pub', 443);
  await place.empty();
  for (const at of /** @type {const} */ (['a', 'b'])) await lab.home(at, 'cone');
  const prepare = async (/** @type {import('@playwright/test').BrowserContext} */ context) => {
    if (process.env.TIMELINE) await context.addInitScript(noteAll);
    if (way) await context.addInitScript(onlyBy, way);
  };
  const ana = await visit(place, { name: 'Ana', host: 'a', engine, lively, prepare });
  const ben = await visit(place, { name: 'Ben', host: 'b', lively, prepare });
  return { place, ana, ben };
}

/** They see each other in a session. @param {Means} means @param {string} [way] the only one that is left open @param {boolean} [lively] @param {import('./lab.mjs').Engine} [engine] Ana's */
export async function twoInSession(means, way, lively, engine) {
  const { place, ana, ben } = await twoHomes(means, way, lively, engine);
  const { start, seat } = await together(place.server, ana, ben, { picked: false });
  await place.server.advanceTo(start - 120);
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
  return { place, ana, ben };
}

/** They see each other in the room. @param {Means} means @param {boolean} [lively] @param {import('./lab.mjs').Engine} [engine] Ana's */
export async function twoInRoom(means, lively, engine) {
  const { place, ana, ben } = await twoHomes(means, '', lively, engine);
  for (const person of [ana, ben]) await comeIn(person);
  await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
  return { place, ana, ben };
}
