/** The booking sheet and what is said afterwards: two clicks from the week to a booked session. */

import { $, $$, make, need, say } from "../lib/dom.js";
import { post, postForm } from "../lib/form.js";
import { morph } from "../lib/morph.js";
import { clockOf, until } from "../lib/time.js";
import { bookedSentence } from "../models/calendar.js";

/** @typedef {import("./calendar-grid.js").Slot} Slot */
/** @typedef {import("./calendar-grid.js").WeekGrid} WeekGrid */

/** How long the sheet waits for those who wait there, milliseconds. */
const SOON_MS = 200;

export class Booking {
  /** Epoch seconds that the sheet is about, at least one while it is open. @type {number[]} */
  starts = [];
  /** Which question for a sheet was the last. */
  asked = 0;
  /** Bookings that Undo takes back. @type {string[]} */
  undoes = [];
  /** True while a booking is on its way. */
  sending = false;
  /** Whom the sheet shows, as the cell named them. */
  shown = "";
  /** Which of my bookings is open. */
  opened = "";

  /**
   * @param {WeekGrid} grid
   * @param {import("../lib/time.js").Clock} clock
   * @param {() => Promise<void>} refresh
   */
  constructor(grid, clock, refresh) {
    this.grid = grid;
    this.clock = clock;
    this.refresh = refresh;
    this.sheet = need("#book", HTMLDialogElement);
    this.form = need("form", HTMLFormElement, this.sheet);
    this.done = need("#done", HTMLElement);
    this.form.addEventListener("submit", (event) => this.send(event));
    this.form.addEventListener("change", () => this.words());
    need("#book-more", HTMLButtonElement).addEventListener("click", () => this.more());
    need("#picking-go", HTMLButtonElement).addEventListener("click", () => this.openChosen());
    need("#picking-stop", HTMLButtonElement).addEventListener("click", () => this.grid.clear());
    need("#done-undo", HTMLButtonElement).addEventListener("click", () => this.undo());
    need("#book-wait", HTMLButtonElement).addEventListener("click", () => this.wait());
    this.sheet.addEventListener("close", () => { if (!this.grid.picking) this.grid.clear(); });
  }

  /** One start: who waits there comes first. @param {Slot} slot */
  open(slot) {
    this.starts = [slot.start];
    this.fill(slot);
  }

  /** All chosen starts together. */
  openChosen() {
    this.grid.picking = false;
    this.starts = [...this.grid.chosen].sort((a, b) => a - b);
    if (this.starts.length === 0) return;
    this.fill(this.starts.length === 1 ? this.grid.slot(this.starts[0]) : null);
    this.grid.acts.chosen();
  }

  /**
   * Who waits there is asked of the server: the cell names two at most. The sheet waits for the answer for a moment that
   * nobody notices; on a slow line it opens with the names that the cell has.
   * @param {Slot | null} slot
   */
  async fill(slot) {
    need("#book-trouble", HTMLElement).hidden = true;
    const [first] = this.starts;
    const many = this.starts.length > 1;
    need("#book-title", HTMLElement).textContent = many
      ? `Book ${this.starts.length} sessions`
      : `${slot?.day ?? ""}, ${this.grid.time(first)}`;
    need("#book-when", HTMLElement).textContent = capital(until(first - this.clock.now() / 1000)) + (many ? " at the soonest" : "");
    this.times();
    this.words();
    const asked = ++this.asked;
    this.people(slot, null);
    const waiting = slot && slot.people.length > 0 ? this.waiting(slot.start) : null;
    if (waiting) {
      const soon = await Promise.race([waiting, pause(SOON_MS)]);
      if (asked !== this.asked) return;
      this.people(slot, soon);
      if (!soon) waiting.then((list) => { if (asked === this.asked) this.people(slot, list); });
    }
    if (!this.sheet.open) this.sheet.showModal();
    const focus = $("#book-people:not([hidden]) button:not([disabled])") ?? need("#book-go", HTMLButtonElement);
    focus.focus();
  }

  /**
   * Who waits in the cell of that start, as a list; null when the server does not answer.
   * @param {number} start
   * @returns {Promise<Element | null>}
   */
  async waiting(start) {
    try {
      const answer = await fetch(`/calendar/waiting?start=${start}`, { headers: { accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return null;
      return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("book-list");
    } catch {
      // The line is away: the time can be booked all the same once it is back.
      return null;
    }
  }

  /**
   * @param {Slot | null} slot
   * @param {Element | null} told the list from the server; until it is there, the names that the cell has
   */
  people(slot, told) {
    this.shown = named(slot);
    const section = need("#book-people", HTMLElement);
    const there = slot ? slot.people.length : 0;
    const list = told ? /** @type {Element} */ (document.adoptNode(told)) : make("ul", { class: "list", id: "book-list" });
    if (!told) list.append(...(slot?.people ?? []).map(({ name }) => make("li", {}, make("p", {}, name))));
    if (!told && slot && slot.more > 0) list.append(make("li", { class: "soft small" }, `And ${slot.more} more.`));
    need("#book-list", HTMLElement, section).replaceWith(list);
    section.hidden = list.childElementCount === 0;
    need("#book-people-title", HTMLElement).textContent = slot?.people.every((one) => one.could) ? "Who could come then" : "Waiting there";
    need("#book-wait", HTMLElement).hidden = !slot || !section.hidden;
    need("#book-go", HTMLButtonElement).classList.toggle("primary", there === 0);
    $("button:not([disabled])", list)?.classList.add("primary");
  }

  /** After a change of the week: an open sheet says who waits there by then, and what became of my booking. */
  async renew() {
    if (this.sending) return;
    this.renewMine();
    if (!this.sheet.open || this.starts.length !== 1) return;
    const slot = this.grid.slot(this.starts[0]);
    if (!slot || named(slot) === this.shown) return;
    const asked = ++this.asked;
    const list = slot.people.length > 0 ? await this.waiting(slot.start) : null;
    if (asked !== this.asked || !this.sheet.open) return;
    const inside = need("#book-people", HTMLElement).contains(document.activeElement);
    this.people(slot, list);
    if (slot.people.length === 0) say("Nobody waits there any more.");
    if (inside) ($("#book-people:not([hidden]) button:not([disabled])") ?? need("#book-go", HTMLButtonElement)).focus();
  }

  /** My booking in its sheet, as it is by then; a sheet of one that is gone closes and says so. */
  renewMine() {
    const sheet = need("#mine", HTMLDialogElement);
    if (!sheet.open || $("[aria-busy]", sheet)) return;
    const source = document.getElementById(`mine-${this.opened}`);
    if (!(source instanceof HTMLTemplateElement)) {
      sheet.close();
      this.show("That booking is no longer on your calendar.", [], false);
    } else if (!document.activeElement?.matches("#mine-body :is(input, select, textarea)")) {
      const body = make("div", { class: "sheet-body", id: "mine-body" }, source.content.cloneNode(true));
      morph(need("#mine-body", HTMLElement), body);
    }
  }

  /** The chosen times, each with a way to leave it out. */
  times() {
    const list = need("#book-times", HTMLElement);
    list.hidden = this.starts.length < 2;
    list.replaceChildren(...this.starts.map((start) => {
      const time = this.grid.time(start, true);
      const out = make("button", { type: "button", class: "icon-button", "aria-label": `Leave out ${time}`, text: "×" });
      out.addEventListener("click", () => {
        this.starts = this.starts.filter((one) => one !== start);
        this.grid.toggle(start);
        this.fill(this.starts.length === 1 ? this.grid.slot(this.starts[0]) : null);
      });
      return make("li", {}, time, out);
    }));
  }

  /** When each length ends, and what the button will do. */
  words() {
    const [first] = this.starts;
    const many = this.starts.length > 1;
    for (const place of $$("[data-ends]", this.form)) {
      const ends = clockOf((first + Number(place.dataset.ends) * 60) * 1000, this.grid.zone);
      place.textContent = many ? "" : `until ${ends}`;
    }
    need("#book-go", HTMLButtonElement).textContent = many ? `Book ${this.starts.length} sessions` : `Book ${this.grid.time(first)}`;
  }

  /** Back to the week: the next click adds a time. */
  more() {
    this.grid.picking = true;
    for (const start of this.starts) if (!this.grid.chosen.has(start)) this.grid.toggle(start);
    this.sheet.close();
    this.grid.acts.chosen();
    this.grid.focus(this.grid.place);
  }

  /** @param {SubmitEvent} event */
  async send(event) {
    event.preventDefault();
    // A second press while the first is on its way is the same wish.
    if (this.sending) return;
    this.sending = true;
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    const data = new FormData(this.form);
    for (const start of this.starts) data.append("start", String(start));
    if (button?.name === "with") {
      data.set("with", button.value);
      data.set("minutes", button.dataset.minutes ?? "50");
      data.set("start", button.dataset.start ?? "");
    }
    button?.setAttribute("aria-busy", "true");
    const answer = await post("/book", data);
    button?.removeAttribute("aria-busy");
    this.sending = false;
    await this.answered(answer, button?.dataset.who ?? "");
  }

  /**
   * @param {import("../lib/form.js").Done | import("../lib/form.js").Refused} answer
   * @param {string} partner
   */
  async answered(answer, partner) {
    if (!answer.ok) {
      this.trouble([answer.sentence]);
      await this.refresh();
      return;
    }
    const booked = /** @type {import("../models/calendar.js").Booked[]} */ (answer.booked ?? []);
    const refused = /** @type {{ start: number, sentence: string }[]} */ (answer.refused ?? []);
    const company = booked[0]?.partners?.join(" and ") || partner;
    if (booked.length > 0) this.tell(booked, company, answer.every_week === true);
    need("#book-every-week", HTMLInputElement).checked = false;
    if (refused.length > 0) {
      this.starts = refused.map((one) => one.start);
      this.grid.chosen = new Set(this.starts);
      this.fill(null);
      this.trouble(refused.map((one) => `${this.grid.time(one.start, true)}: ${one.sentence}`));
    } else {
      this.grid.chosen.clear();
      this.grid.picking = false;
      // The words were about this booking; the next one says its own.
      need("#book-words", HTMLInputElement).value = "";
      this.sheet.close();
    }
    await this.refresh();
  }

  /** @param {string[]} sentences */
  trouble(sentences) {
    if (!this.sheet.open) {
      this.show(sentences.join(" "), [], false);
      return;
    }
    const place = need("#book-trouble", HTMLElement);
    need("ul", HTMLElement, place).replaceChildren(...sentences.map((text) => make("li", { text })));
    place.hidden = false;
    place.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {import("../models/calendar.js").Booked[]} booked
   * @param {string} partner
   * @param {boolean} everyWeek
   */
  tell(booked, partner, everyWeek) {
    const times = booked.map((one) => ({ time: this.grid.time(one.start, booked.length > 1), paired: one.paired }));
    const sentence = bookedSentence(times, partner);
    // What comes back every week is ended under Plans; Undo would take back one date of it.
    if (everyWeek) this.show(`${sentence} And every week from then on, see Plans.`, [], false);
    else this.show(sentence, booked.map((one) => String(one.booking)), true);
  }

  /**
   * @param {string} sentence
   * @param {string[]} bookings which Undo takes back
   * @param {boolean} file
   */
  show(sentence, bookings, file) {
    need("p", HTMLElement, this.done).textContent = sentence;
    this.undoes = bookings;
    need("#done-undo", HTMLElement).hidden = bookings.length === 0;
    const link = need("#done-file", HTMLAnchorElement);
    link.hidden = !file || bookings.length !== 1;
    if (bookings.length === 1) link.href = `/booking/${bookings[0]}.ics`;
    this.done.hidden = false;
  }

  async undo() {
    const bookings = this.undoes;
    for (const booking of bookings) {
      const answer = await post("/cancel", { booking });
      if (!answer.ok) {
        this.show(answer.sentence, [], false);
        return;
      }
    }
    this.show(bookings.length > 1 ? "All of them are taken back." : "Taken back. The time is free again.", [], false);
    await this.refresh();
  }

  /** "Tell me when somebody is there": for the hour that the sheet is about. */
  async wait() {
    const answer = await post("/plans/wait", { start: String(this.starts[0]) });
    this.sheet.close();
    this.show(answer.ok ? answer.note ?? "" : answer.sentence, [], false);
  }

  /** Opens one of my bookings. @param {string} id */
  showMine(id) {
    const source = document.getElementById(`mine-${id}`);
    const chip = $(`[data-mine="${id}"][data-start]`);
    if (!(source instanceof HTMLTemplateElement) || !chip) return;
    const start = Number(chip.dataset.start);
    const minutes = Number(chip.dataset.minutes);
    const sheet = need("#mine", HTMLDialogElement);
    const slot = this.grid.slot(start);
    const ends = clockOf((start + minutes * 60) * 1000, this.grid.zone);
    need("#mine-title", HTMLElement).textContent = `${slot ? `${slot.day}, ` : ""}${this.grid.time(start)}`;
    need("#mine-when", HTMLElement).textContent = `${minutes} minutes, until ${ends}. ${capital(until(start - this.clock.now() / 1000))}.`;
    need("#mine-body", HTMLElement).replaceChildren(source.content.cloneNode(true));
    this.opened = id;
    sheet.showModal();
  }

  /** A form of the page that is sent without leaving it: sit with somebody, cancel, late. @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
  async sendSmall(form, submitter) {
    const answer = await postForm(form, submitter);
    form.closest("dialog")?.close();
    const book = form.getAttribute("action") === "/book";
    if (book) {
      const name = submitter?.getAttribute("name") === "with" ? (submitter.textContent ?? "").replace(/^Sit with /, "") : "";
      await this.answered(answer, name);
      return;
    }
    const sentence = answer.ok ? answer.note ?? "Done." : answer.sentence;
    if (sentence) this.show(sentence, [], false);
    await this.refresh();
  }
}

/** Whom a cell names, in a word to compare. @param {Slot | null} slot */
function named(slot) {
  return JSON.stringify(slot && [slot.people, slot.more]);
}

/** @param {number} ms @returns {Promise<null>} */
function pause(ms) {
  return new Promise((done) => setTimeout(done, ms, null));
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
