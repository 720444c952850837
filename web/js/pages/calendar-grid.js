/** The week's grid in the page: one tab stop, keys, labels when they are needed, several times chosen. */

import { $, $$, need } from "../lib/dom.js";
import { clockOf } from "../lib/time.js";
import { Grid, cellLabel, lead } from "../models/calendar.js";

/** @typedef {import("../models/calendar.js").Place} Place */
/** Somebody whom a cell names, who waits there or could come; the sheet over it tells the rest. @typedef {{ name: string, minutes: number, could: boolean }} Person */
/** @typedef {{ start: number, day: string, people: Person[], more: number, mine: string | null }} Slot */

export class WeekGrid {
  /** Chosen starts, epoch seconds. @type {Set<number>} */
  chosen = new Set();
  /** True while a click adds a time instead of opening the sheet. */
  picking = false;
  /** @type {Place} */
  place = { row: 36, col: 0 };

  /**
   * @param {import("../lib/time.js").Clock} clock
   * @param {{ open: (slot: Slot) => void, show: (booking: string) => void, chosen: () => void, closed: (start: number) => void, week: (by: number, day: number) => void }} acts
   */
  constructor(clock, acts) {
    this.clock = clock;
    this.acts = acts;
    this.root = need("#calendar", HTMLElement);
    this.table = need("#grid", HTMLTableElement);
    this.zone = this.root.dataset.zone ?? "UTC";
    this.rows = Array.from(this.table.tBodies[0].rows);
    this.days = $$("thead th[data-t]", this.table);
    this.grid = this.starts();
    this.place = this.beginning();
    this.settle();
    document.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("focusin", (event) => this.focused(event));
  }

  /** Learns the week that the page shows; after every change of it. */
  read() {
    this.root = need("#calendar", HTMLElement);
    this.table = need("#grid", HTMLTableElement);
    this.zone = this.root.dataset.zone ?? "UTC";
    this.rows = Array.from(this.table.tBodies[0].rows);
    this.days = $$("thead th[data-t]", this.table);
    this.grid = this.starts();
    this.settle();
  }

  starts() {
    const exact = $("td[data-t]", this.table) ? this.exact() : null;
    const midnights = this.days.map((day) => Number(day.dataset.t));
    return new Grid(midnights, Number(this.table.dataset.step), this.rows.length, exact);
  }

  /** After a change: the tab stop, the choices and the labels that are on the page are right again. */
  settle() {
    for (const cell of $$("td[tabindex], td[aria-label]", this.table)) {
      if (cell === document.activeElement) continue;
      cell.removeAttribute("tabindex");
      cell.removeAttribute("aria-label");
    }
    for (const cell of $$("td[aria-selected]", this.table)) cell.removeAttribute("aria-selected");
    for (const start of this.chosen) {
      const place = this.grid.placeOf(start);
      if (place) this.cell(place).setAttribute("aria-selected", "true");
    }
    if (this.place.row >= this.rows.length) this.place.row = this.rows.length - 1;
    const stop = this.cell(this.place);
    stop.tabIndex = 0;
    this.label(this.place);
  }

  exact() {
    /** @type {Map<string, number>} */
    const map = new Map();
    this.rows.forEach((line, row) => {
      for (let col = 0; col < 7; col += 1) {
        const at = /** @type {HTMLElement} */ (line.cells[col + 1]).dataset.t;
        if (at) map.set(`${row}:${col}`, Number(at));
      }
    });
    return map;
  }

  /** @returns {Place} the place near this moment, or eight in the morning of the first day */
  beginning() {
    const here = this.grid.around(this.clock.now() / 1000 + this.grid.step);
    return here ?? { row: this.eight(), col: Number(this.day()) };
  }

  /** The row of eight in the morning, or the first after it at which the house is open on some day. */
  eight() {
    const eight = Math.max(0, this.rows.findIndex((line) => line.cells[0].textContent?.startsWith("8:")));
    const open = this.rows.findIndex((line, row) => row >= eight && !line.classList.contains("c"));
    return open < 0 ? eight : open;
  }

  /** Whether the house is closed at that place. @param {Place} place */
  isClosed(place) {
    return this.rows[place.row].classList.contains("c") || this.cell(place).classList.contains("c");
  }

  /** The next start of this week at which the house is open; null when there is none. @param {number} start */
  opensAfter(start) {
    let next = Infinity;
    for (let row = 0; row < this.rows.length; row += 1) {
      for (let col = 0; col < 7; col += 1) {
        const at = this.grid.startAt({ row, col });
        if (at !== null && at > start && at < next && !this.isClosed({ row, col })) next = at;
      }
    }
    return Number.isFinite(next) ? next : null;
  }

  /** The day that a phone shows. */
  day() {
    return Array.from(this.table.classList).find((word) => word.startsWith("day-"))?.slice(4) ?? "0";
  }

  /** @param {number} day */
  showDay(day) {
    this.table.classList.remove(`day-${this.day()}`);
    this.table.classList.add(`day-${day}`);
    for (const tab of $$(".day-tabs a")) {
      if (tab.dataset.day === String(day)) tab.setAttribute("aria-current", "date");
      else tab.removeAttribute("aria-current");
    }
  }

  /** Brings eight o'clock, or the hour before this moment, to the top of the grid's own window. */
  scrollToBeginning() {
    const scroll = need("#grid-scroll", HTMLElement);
    const { row } = this.beginning();
    const today = this.table.querySelector(".now") !== null;
    const from = this.rows[Math.max(0, today ? row - Math.round(3600 / this.grid.step) : this.eight())];
    const head = this.table.tHead?.offsetHeight ?? 0;
    scroll.scrollTop = Math.max(0, from.offsetTop - head - 8);
  }

  /** @param {Place} place */
  cell({ row, col }) {
    return /** @type {HTMLTableCellElement} */ (this.rows[row].cells[col + 1]);
  }

  /**
   * @param {Element} cell
   * @returns {Place | null}
   */
  placeOf(cell) {
    const line = cell.parentElement;
    if (!(cell instanceof HTMLTableCellElement) || !(line instanceof HTMLTableRowElement)) return null;
    const row = this.rows.indexOf(line);
    return row >= 0 && cell.cellIndex > 0 ? { row, col: cell.cellIndex - 1 } : null;
  }

  /** @param {EventTarget | null} target */
  placeUnder(target) {
    const cell = target instanceof Element ? target.closest("#grid td") : null;
    return cell ? this.placeOf(cell) : null;
  }

  /** @param {number} start */
  isPast(start) {
    return start <= this.clock.now() / 1000;
  }

  /**
   * What a start holds; null where there is no start.
   * @param {number | null} start
   * @returns {Slot | null}
   */
  slot(start) {
    const place = start === null ? null : this.grid.placeOf(start);
    if (start === null || !place) return null;
    const cell = this.cell(place);
    const people = $$(".p", cell).map((chip) => ({
      name: ($("b", chip)?.firstChild?.textContent ?? "").trim(),
      minutes: Number(chip.dataset.m),
      could: chip.closest(".could") !== null,
    }));
    const more = Number($(".more", cell)?.textContent ?? 0);
    return { start, day: this.days[place.col].dataset.day ?? "", people, more, mine: $(".chip.mine", cell)?.dataset.mine ?? null };
  }

  /** @param {Place} place */
  label(place) {
    const start = this.grid.startAt(place);
    const cell = this.cell(place);
    const slot = this.slot(start);
    const mine = $$(".chip.mine", cell).map((chip) => {
      const name = $("b", chip)?.textContent ?? "";
      const small = $("small", chip)?.textContent ?? "";
      return name === "You" ? `your session, ${small}` : `your session with ${name}, ${small}`;
    });
    cell.setAttribute("aria-label", cellLabel({
      day: this.days[place.col].dataset.day ?? "",
      time: start === null ? "" : this.rows[place.row].cells[0].textContent ?? "",
      past: start !== null && this.isPast(start),
      skipped: start === null,
      closed: this.isClosed(place),
      focus: cell.classList.contains("f"),
      mine,
      people: slot?.people ?? [],
      more: slot?.more ?? 0,
    }));
  }

  /** @param {Place} place */
  focus(place) {
    this.cell(this.place).removeAttribute("tabindex");
    this.place = place;
    const cell = this.cell(place);
    cell.tabIndex = 0;
    this.label(place);
    if (cell.offsetParent === null) this.unfold(place);
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** On a phone a place may lie in a day or a night that is folded. @param {Place} place */
  unfold(place) {
    this.showDay(place.col);
    if (this.cell(place).offsetParent === null) this.table.classList.add("night");
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const place = this.placeUnder(event.target);
    // The second click of a double click was meant for the sheet that has closed over this cell.
    if (!place || event.detail > 1) return;
    this.cell(this.place).removeAttribute("tabindex");
    this.place = place;
    this.cell(place).tabIndex = 0;
    this.cell(place).focus({ preventScroll: true });
    this.act(place, event.shiftKey || event.ctrlKey || event.metaKey);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const place = this.placeUnder(event.target);
    if (!place || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.act(place, event.shiftKey || event.ctrlKey);
      return;
    }
    if (event.key === "Escape" && this.chosen.size > 0) {
      this.chosen.clear();
      this.picking = false;
      this.settle();
      this.acts.chosen();
      return;
    }
    const page = Math.round(3 * 3600 / this.grid.step);
    const to = lead(event, place, { rows: this.rows.length, page });
    if (!to) return;
    event.preventDefault();
    if (to.week === 0) this.focus(this.seen(to, place));
    else {
      this.place = { row: to.row, col: to.col };
      this.acts.week(to.week, to.col);
    }
  }

  /** On a phone a folded night is stepped over. @param {Place} to @param {Place} from @returns {Place} */
  seen(to, from) {
    const by = Math.sign(to.row - from.row);
    let row = to.row;
    while (by !== 0 && row > 0 && row < this.rows.length - 1 && this.rows[row].offsetParent === null) row += by;
    return { row: this.rows[row].offsetParent === null ? from.row : row, col: to.col };
  }

  /** @param {FocusEvent} event */
  focused(event) {
    const place = this.placeUnder(event.target);
    if (place) this.label(place);
  }

  /**
   * Opens what is there, or adds and takes away a time.
   * @param {Place} place
   * @param {boolean} add
   */
  act(place, add) {
    const slot = this.slot(this.grid.startAt(place));
    if (!slot) return;
    if (slot.mine) this.acts.show(slot.mine);
    else if (this.isPast(slot.start)) return;
    else if (this.isClosed(place)) this.acts.closed(slot.start);
    else if (add || this.picking) this.toggle(slot.start);
    else this.acts.open(slot);
  }

  /** @param {number} start */
  toggle(start) {
    if (!this.chosen.delete(start)) this.chosen.add(start);
    const place = this.grid.placeOf(start);
    const cell = place ? this.cell(place) : null;
    if (this.chosen.has(start)) cell?.setAttribute("aria-selected", "true");
    else cell?.removeAttribute("aria-selected");
    this.acts.chosen();
  }

  /** Forgets the chosen times. */
  clear() {
    this.chosen.clear();
    this.picking = false;
    this.settle();
    this.acts.chosen();
  }

  /** Moves the line of this moment; what has passed since the page came is shown as over. */
  tick() {
    const now = this.clock.now() / 1000;
    const place = this.grid.around(now);
    const start = place && this.grid.startAt(place);
    const cell = place ? this.cell(place) : null;
    const before = $(".now", this.table);
    if (before && before !== cell) before.classList.remove("now");
    if (!place || !cell || start === null) return;
    cell.classList.add("now");
    cell.style.setProperty("--into", String((now - start) / this.grid.step));
    for (let row = place.row; row >= 0 && !this.rows[row].classList.contains("gone"); row -= 1) {
      this.rows[row].classList.add("gone");
    }
  }

  /** "9:15", with its day where several days are meant. @param {number} start @param {boolean} [day] */
  time(start, day = false) {
    const clock = clockOf(start * 1000, this.zone);
    const slot = day ? this.slot(start) : null;
    return slot ? `${slot.day.split(" ")[0]} ${clock}` : clock;
  }
}
