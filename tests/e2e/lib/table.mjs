/**
 * What people do in rooms, said once: come to the door, go in, look at who is inside.
 */
import { expect } from '@playwright/test';

/** The house's own room, which is there from the first start. */
export const LONG_TABLE = 1;

/** @param {import('./people.mjs').Person} person */
export async function atDoor(person, room = LONG_TABLE, page = person.page) {
  await page.goto(`/room/${room}`);
  await expect(page.locator('#room')).toHaveAttribute('data-link', 'open');
}

/** @param {import('./people.mjs').Person} person */
export async function comeIn(person, room = LONG_TABLE, page = person.page) {
  await atDoor(person, room, page);
  await goIn(person, page);
}

/** From the door. @param {import('./people.mjs').Person} person */
export async function goIn(person, page = person.page) {
  await page.getByRole('button', { name: 'Come in' }).click();
  await expect(page.locator('#room')).toHaveAttribute('data-part', 'table');
}

/** Sees exactly these people at the table. @param {import('./people.mjs').Person} person @param {string[]} names */
export async function isWith(person, names, page = person.page) {
  await expect(page.locator('.at-chair .chair-name b')).toHaveText(names.map((name) => (name === person.name ? 'You' : name)));
}

/** The chair of somebody, as a person sees it. @param {import('./people.mjs').Person} person @param {string} name */
export function chair(person, name, page = person.page) {
  return page.locator('.at-chair').filter({ has: page.locator('.chair-name b', { hasText: name }) });
}

/** Opens the menu of a chair and presses what is wanted. @param {import("./people.mjs").Person} person @param {string} name @param {string} what */
export async function act(person, name, what, page = person.page) {
  const seat = chair(person, name, page);
  await seat.locator('.chair-menu summary').click();
  await seat.locator('.chair-menu').getByRole('button', { name: what }).click();
}

/** Two come in; says when the second began to. @param {import('./people.mjs').Person} a @param {import('./people.mjs').Person} b */
export async function bothComeIn(a, b) {
  await comeIn(a);
  await atDoor(b);
  const began = Date.now();
  await goIn(b);
  return began;
}
