/**
 * Browsers have rules of their own about ports: some drop media addresses on 443 at a private address without a word. Every way of the
 * room is tried at every kind of address, alone, so that none of them hides that another is broken.
 */
import { expect, test } from '../lib/nat_test.mjs';
import { comeIn } from '../lib/table.mjs';
import { onlyBy, wayOf } from '../lib/way.mjs';

test.describe.configure({ timeout: 90_000 });

/** @type {{ name: string, at: ['pub' | 'lan', number], host: import('../lib/lab.mjs').Host }[]} */
const addresses = [
  { name: 'a private address, 8443', at: ['lan', 8443], host: 'k' },
  { name: 'a private address, 443', at: ['lan', 443], host: 'k' },
  { name: 'a public address, 443', at: ['pub', 443], host: 'a' },
];

test('a server that has got another address while it runs is found there', async ({ lab, house, visit }) => {
  const place = await house('lan', 8443);
  await place.empty();
  await lab.move(11);
  try {
    const origin = 'https://192.168.50.11:8443';
    const [ana, ben] = [await visit(place, { name: 'Ana', host: 'k', origin }), await visit(place, { name: 'Ben', host: 'k', origin })];
    for (const person of [ana, ben]) await comeIn(person);
    await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
    for (const person of [ana, ben]) expect(await person.page.evaluate(wayOf)).toMatchObject({ by: 'direct', protocol: 'udp', at: '192.168.50.11:8443' });
    // While the address is there: once it has moved, the server hears of nobody's going, and keeps their chairs.
    for (const person of [ana, ben]) {
      await person.page.getByRole('button', { name: 'Leave' }).click();
      await expect(person.page).toHaveURL(/\/rooms$/);
    }
  } finally {
    await lab.move(10);
  }
});

for (const { name, at, host } of addresses) {
  for (const way of ['direct udp', 'direct tcp', 'relay tcp']) {
    test(`${name}: the room by ${way}`, async ({ lab, house, visit }) => {
      const place = await house(...at);
      await place.empty();
      if (host === 'a') await lab.home('a', 'cone');
      const people = [];
      for (const called of ['Ana', 'Ben']) {
        people.push(await visit(place, { name: called, host, prepare: (context) => context.addInitScript(onlyBy, way) }));
      }
      const [ana, ben] = /** @type {[import('../lib/room.mjs').Member, import('../lib/room.mjs').Member]} */ (people);
      for (const person of people) await comeIn(person);
      await Promise.all([ana.sees(ben.id), ben.sees(ana.id)]);
      for (const person of people) {
        const found = await person.page.evaluate(wayOf);
        expect(`${found?.by} ${found?.protocol}`, JSON.stringify(found)).toBe(way);
      }
    });
  }
}
