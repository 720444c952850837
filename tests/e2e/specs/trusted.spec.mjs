/** Browsers that trust the house's authority: no warning is clicked through, and the relay inside TLS is a way of its own. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../lib/nat_test.mjs';
import { sitDown, together } from '../lib/room.mjs';
import { comeIn } from '../lib/table.mjs';
import { trusting } from '../lib/trust.mjs';
import { onlyBy, wayOf } from '../lib/way.mjs';

test.describe.configure({ timeout: 120_000 });

test('with the authority trusted a session and the room go by TURN over TLS alone', async ({ lab, house, visit }) => {
  const place = await house('pub', 443);
  await place.empty();
  for (const at of /** @type {const} */ (['a', 'b'])) await lab.home(at, 'cone only-443');
  const home = trusting(join(place.server.dataFolder, 'ca.pem'));
  const prepare = (/** @type {import('@playwright/test').BrowserContext} */ context) => context.addInitScript(onlyBy, 'relay tls');
  const [ana, ben] = [await visit(place, { name: 'Ana', host: 'a', home, prepare }), await visit(place, { name: 'Ben', host: 'b', home, prepare })];
  const { start, seat } = await together(place.server, ana, ben, { picked: false });
  await place.server.advanceTo(start - 120);
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  for (const [here, there] of /** @type {const} */ ([[ana, ben], [ben, ana]])) {
    await here.sees(there.id);
    expect(await here.page.evaluate(wayOf)).toMatchObject({ by: 'relay', protocol: 'tls', from: 'relay', to: 'relay' });
  }
  for (const person of [ana, ben]) await comeIn(person);
  for (const [here, there] of /** @type {const} */ ([[ana, ben], [ben, ana]])) {
    await here.sees(there.id);
    expect(await here.page.evaluate(wayOf)).toMatchObject({ by: 'relay', protocol: 'tls', from: 'relay' });
  }
  rmSync(home, { recursive: true, force: true });
});
