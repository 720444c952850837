/** The shared clock of a room, as a pure function of the server's time; the twin of `domain::room`. */

/** @import { Bell } from "./timer.js" */

/** @typedef {"50/10" | "25/5" | "none"} Rhythm */
/** @typedef {{work: boolean, beganMs: number, endsMs: number}} Beat */

/** Minutes of work and of rest. @type {Record<Rhythm, [number, number] | null>} */
const MINUTES = { "50/10": [50, 10], "25/5": [25, 5], none: null };

/** @param {Rhythm} rhythm @param {number} alignS by how much the house's full hours miss those of UTC @param {number} now @returns {Beat | null} */
export function beatAt(rhythm, alignS, now) {
  const minutes = MINUTES[rhythm];
  if (!minutes) return null;
  const [work, rest] = [minutes[0] * 60_000, minutes[1] * 60_000];
  const round = work + rest;
  const into = (((now + alignS * 1000) % round) + round) % round;
  const began = now - into;
  return into < work ? { work: true, beganMs: began, endsMs: began + work } : { work: false, beganMs: began + work, endsMs: began + round };
}

/** The bells on both sides of this moment. @param {Beat} beat @returns {Bell[]} */
export function beatBells(beat) {
  return [
    { kind: beat.work ? "start" : "end", at: beat.beganMs },
    { kind: beat.work ? "end" : "start", at: beat.endsMs },
  ];
}
