/** What the calendar knows without a page: which start lies where, where keys lead, when to remind, what to say. */

/** @typedef {{ row: number, col: number }} Place */
/** @typedef {{ id: string, start: number, minutes: number, partner: string }} Mine */
/** @typedef {{ start: number, booking: string | number, paired: boolean, partners?: string[] }} Booked */

/** The starts of a week by their place: midnight plus row, or what each cell says in a week with a clock change. */
export class Grid {
  /**
   * @param {number[]} midnights epoch seconds of the seven days
   * @param {number} step minutes
   * @param {number} rows
   * @param {Map<string, number> | null} exact "row:col" to epoch seconds
   */
  constructor(midnights, step, rows, exact) {
    this.midnights = midnights;
    this.step = step * 60;
    this.rows = rows;
    this.exact = exact;
  }

  /**
   * @param {Place} place
   * @returns {number | null} null where the clock skips an hour
   */
  startAt({ row, col }) {
    if (this.exact) return this.exact.get(`${row}:${col}`) ?? null;
    return this.midnights[col] + row * this.step;
  }

  /**
   * @param {number} start
   * @returns {Place | null}
   */
  placeOf(start) {
    if (this.exact) {
      for (const [key, at] of this.exact) {
        if (at !== start) continue;
        const [row, col] = key.split(":").map(Number);
        return { row, col };
      }
      return null;
    }
    const col = this.midnights.findLastIndex((midnight) => midnight <= start);
    const row = (start - this.midnights[col]) / this.step;
    return col >= 0 && Number.isInteger(row) && row < this.rows ? { row, col } : null;
  }

  /**
   * The cell that a moment falls into.
   * @param {number} at epoch seconds
   * @returns {Place | null}
   */
  around(at) {
    if (!this.exact) {
      const midnight = this.midnights.findLast((one) => one <= at);
      return midnight === undefined ? null : this.placeOf(at - (at - midnight) % this.step);
    }
    for (const start of this.exact.values()) if (start <= at && at < start + this.step) return this.placeOf(start);
    return null;
  }
}

/**
 * Where a key leads from a place; `week` says that it leads into the week before or after. Null: not a key of the grid.
 * @param {{ key: string, ctrlKey: boolean, shiftKey: boolean }} event
 * @param {Place} place
 * @param {{ rows: number, page: number }} size rows of the grid, rows of a page
 * @returns {(Place & { week: number }) | null}
 */
export function lead({ key, ctrlKey, shiftKey }, { row, col }, { rows, page }) {
  const last = rows - 1;
  /** @param {number} r @param {number} c */
  const to = (r, c) => {
    const week = c < 0 ? -1 : c > 6 ? 1 : 0;
    return { row: Math.max(0, Math.min(last, r)), col: (c + 7) % 7, week };
  };
  switch (key) {
    case "ArrowUp": return to(row - 1, col);
    case "ArrowDown": return to(row + 1, col);
    case "ArrowLeft": return to(row, col - 1);
    case "ArrowRight": return to(row, col + 1);
    case "Home": return ctrlKey ? to(0, 0) : to(row, 0);
    case "End": return ctrlKey ? to(last, 6) : to(row, 6);
    case "PageUp": return shiftKey ? { row, col, week: -1 } : to(row - page, col);
    case "PageDown": return shiftKey ? { row, col, week: 1 } : to(row + page, col);
    default: return null;
  }
}

/** Runs something at once when all was quiet, then at most every `gap`, never in step with other pages. */
export class Calm {
  /**
   * @param {() => Promise<void>} run
   * @param {{ gap?: number, jitter?: number }} [pace] milliseconds
   */
  constructor(run, { gap = 500, jitter = 200 } = {}) {
    this.run = run;
    this.gap = gap;
    this.jitter = jitter;
    this.last = -Infinity;
    this.waiting = false;
  }

  /** Asks for a run; many questions before it are one. */
  ask() {
    if (this.waiting) return;
    this.waiting = true;
    const since = performance.now() - this.last;
    const rest = Math.max(0, this.gap - since);
    setTimeout(async () => {
      this.waiting = false;
      this.last = performance.now();
      await this.run();
      this.last = performance.now();
    }, rest + Math.random() * (rest > 0 ? this.jitter : 60));
  }
}

/** When to remind before a start, in seconds. */
const REMIND = [600, 60];

/**
 * The reminder that is due: the latest that has passed and was not told, for a start still ahead.
 * @param {Mine[]} mine
 * @param {number} now epoch seconds
 * @param {Set<string>} told
 * @returns {{ mine: Mine, key: string, text: string } | null}
 */
export function reminder(mine, now, told) {
  for (const one of mine) {
    const left = one.start - now;
    const mark = REMIND.findLast((seconds) => left <= seconds);
    if (left <= 0 || mark === undefined) continue;
    const key = `${one.id}:${one.start}:${mark}`;
    if (told.has(key)) continue;
    const minutes = Math.max(1, Math.round(left / 60));
    const when = minutes === 1 ? "in a minute" : `in ${minutes} minutes`;
    const who = one.partner ? `Your session with ${one.partner} begins ${when}.` : `Your session begins ${when}.`;
    return { mine: one, key, text: who };
  }
  return null;
}

/**
 * What is said after booking: "Booked for 9:15. You sit with Ben."
 * @param {{ time: string, paired: boolean }[]} booked
 * @param {string} partner who was picked, if anybody
 */
export function bookedSentence(booked, partner) {
  if (booked.length === 1) {
    const [{ time, paired }] = booked;
    if (!paired) return `Booked for ${time}. Nobody there yet; we look for company.`;
    return partner ? `Booked for ${time}. You sit with ${partner}.` : `Booked for ${time}. You have company.`;
  }
  const paired = booked.filter((one) => one.paired).length;
  const company = paired === 0 ? "We look for company." : paired === booked.length ? "You have company each time." : `You have company at ${paired} of them; we look for more.`;
  return `Booked ${booked.length} sessions: ${listed(booked.map((one) => one.time))}. ${company}`;
}

/**
 * "9:15, 10:15 and 11:15"
 * @param {string[]} words
 */
export function listed(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/**
 * The label of a cell: "Monday 23 November, 9:15, Ben is waiting for 50 minutes".
 * @param {{ day: string, time: string, past: boolean, skipped: boolean, closed: boolean, focus: boolean, mine: string[], people: { name: string, minutes: number, could: boolean }[], more: number }} cell
 */
export function cellLabel(cell) {
  if (cell.skipped) return `${cell.day}, the clock skips this hour`;
  const said = [cell.day, cell.time, ...cell.mine];
  for (const { name, minutes, could } of cell.people) {
    said.push(could ? `${name} could come for ${minutes} minutes` : `${name} is waiting for ${minutes} minutes`);
  }
  if (cell.more > 0) said.push(`and ${cell.more} more`);
  if (cell.closed) said.push("closed");
  if (cell.focus) said.push("focus hour");
  if (cell.past) said.push("over");
  return said.join(", ");
}
