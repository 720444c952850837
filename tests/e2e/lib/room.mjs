/**
 * What people do in a session, said once: book together, sit down, wait for a phase, set and mark goals.
 */
import { expect } from '@playwright/test';

/** @typedef {import('./people.mjs').Person & { client: import('./client.mjs').Client }} Member */

/**
 * Two members book the same start and are paired: one picks the other (which a member may do twice a week), or the matcher does it.
 * @param {import('./server.mjs').Server} server
 * @param {Member} a
 * @param {Member} b
 */
export async function together(server, a, b, { minutes = 25, ahead = 2, picked = true } = {}) {
  const start = server.slot(ahead);
  const first = await a.client.book(start, minutes);
  const second = await b.client.book(start, minutes, picked ? { with: first } : {});
  return { start, seats: new Map([[a, first], [b, second]]), seat: (/** @type {Member} */ who) => (who === a ? first : second) };
}

/** The room of a page: its state is in its attributes. @param {import('./people.mjs').Person} person */
export function room(person, page = person.page) {
  return page.locator('#session');
}

/** @param {import('./people.mjs').Person} person @param {number} booking */
export async function enter(person, booking, page = person.page) {
  await page.goto(`/session/${booking}`);
  await expect(room(person, page)).toHaveAttribute('data-link', 'open');
}

/** Opens the session and takes the seat. @param {import('./people.mjs').Person} person @param {number} booking */
export async function sitDown(person, booking, page = person.page) {
  await enter(person, booking, page);
  await takeSeat(person, page);
}

/** @param {import('./people.mjs').Person} person */
export async function takeSeat(person, page = person.page) {
  await page.getByRole('button', { name: 'Take my seat' }).click();
  await expect(room(person, page)).toHaveAttribute('data-seated', 'true');
}

/** Two who were matched sit down; says when the second began to. @param {import('./server.mjs').Server} server @param {Member} a @param {Member} b */
export async function bothSitDown(server, a, b) {
  const { start, seat } = await together(server, a, b, { picked: false });
  await server.advanceTo(start - 120);
  await sitDown(a, seat(a));
  await enter(b, seat(b));
  const began = Date.now();
  await takeSeat(b);
  return began;
}

/** @param {string} phase @param {...import('./people.mjs').Person} people */
export async function inPhase(phase, ...people) {
  for (const person of people) await expect(room(person)).toHaveAttribute('data-phase', phase);
}

/** Picture, movement and tone, both ways. @param {import('./people.mjs').Person} a @param {import('./people.mjs').Person} b */
export async function seeAndHearEachOther(a, b) {
  await a.sees(b.id);
  await b.sees(a.id);
  await a.hears(b.id);
  await b.hears(a.id);
}

/** Two members in a call, in the goals phase of their session. @param {import('./server.mjs').Server} server @param {Member} a @param {Member} b */
export async function inCall(server, a, b, { minutes = 25 } = {}) {
  const booked = await together(server, a, b, { minutes });
  await server.advanceTo(booked.start - 120);
  await sitDown(a, booked.seat(a));
  await sitDown(b, booked.seat(b));
  await seeAndHearEachOther(a, b);
  await server.advanceTo(booked.start + 5);
  await inPhase('goals', a, b);
  return booked;
}

/** Types a goal and waits until it is safe. @param {import('./people.mjs').Person} person @param {string} text */
export async function setGoal(person, text) {
  const last = person.page.locator('#goal-list textarea').last();
  if (await last.inputValue()) await person.page.locator('#add-goal').click();
  await last.fill(text);
  await last.press('Enter');
  await expect(person.page.locator('#goals-saved')).toHaveText('Saved');
}

/** The partner's goals as this page shows them. @param {import('./people.mjs').Person} person */
export function theirGoals(person) {
  return person.page.locator('#partner-goals');
}

/** Marks the goal. @param {import('./people.mjs').Person} person @param {string} goal @param {'Done' | 'Partly' | 'Not done'} outcome */
export async function mark(person, goal, outcome) {
  const line = person.page.locator('#goal-list > li').filter({ hasText: goal });
  const button = line.getByRole('button', { name: outcome, exact: true });
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'true');
}

/** Opens the panel "More" and presses what is in it. @param {import('./people.mjs').Person} person @param {string} name */
export async function more(person, name) {
  await person.page.getByRole('button', { name: 'More', exact: true }).click();
  await person.page.locator('#more-panel').getByRole('button', { name }).click();
}
