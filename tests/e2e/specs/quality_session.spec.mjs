/** Every phase of the session page, as it is served: readable by everybody, at every size, in light and dark. */
import { look } from '../lib/look.mjs';
import { inPhase, setGoal, sitDown, together } from '../lib/room.mjs';
import { expect, test } from '../lib/test.mjs';

test.describe.configure({ timeout: 180_000 });

test('the session is open to everybody: lobby, goals, focus, wrap-up, closed', async ({ server, member }) => {
  const [ana, ben] = [await member('Ana'), await member('Ben', 'Asia/Tokyo')];
  const { start, seat } = await together(server, ana, ben);
  await server.advanceTo(start - 150);
  await ana.page.goto(`/session/${seat(ana)}`);
  await expect(ana.page.locator('#session')).toHaveAttribute('data-link', 'open');
  await look(ana, 'session-lobby');
  for (const person of [ana, ben]) await sitDown(person, seat(person));
  await ana.sees(ben.id);
  await server.advanceTo(start + 5);
  await inPhase('goals', ana, ben);
  await setGoal(ana, 'Write the first page of the report');
  await setGoal(ben, 'Sort the letters');
  await look(ana, 'session-goals');
  await server.advanceTo(start + 200);
  await inPhase('focus', ana, ben);
  await look(ana, 'session-focus');
  await server.advanceTo(start + 25 * 60 + 2);
  await inPhase('wrap_up', ana, ben);
  await look(ana, 'session-wrap-up');
  await server.advanceTo(start + 31 * 60);
  await inPhase('closed', ana, ben);
  await look(ana, 'session-closed');
  await ana.page.goto('/history');
  await look(ana, 'history');
});
