/** The calendar while it is open: it follows what others do, reminds, and never takes away what somebody is about to do. */

import { $, $$, answers, need, on } from "../lib/dom.js";
import { postForm } from "../lib/form.js";
import { listen } from "../lib/live.js";
import { morph } from "../lib/morph.js";
import { Clock, until } from "../lib/time.js";
import { Calm, reminder } from "../models/calendar.js";
import { Booking } from "./calendar-book.js";
import { WeekGrid } from "./calendar-grid.js";

/** Somebody flexible is shown so far from the start that a change of theirs names, seconds. */
const REACH_S = 4 * 3600;
/** So far apart are two clocks of which one was set, milliseconds. */
const LEAP_MS = 5000;
/** A line that is back sooner was nobody's business, milliseconds. */
const AWAY_MS = 4000;

const clock = new Clock();
clock.learn(Number(need("#calendar", HTMLElement).dataset.now) * 1000);

const grid = new WeekGrid(clock, {
  open: (slot) => booking.open(slot),
  show: (id) => booking.showMine(id),
  chosen: showChosen,
  closed: (start) => booking.show(closedWords(start), [], false),
  week: (by, day) => turn(by, day),
});
const booking = new Booking(grid, clock, () => refresh());
const calm = new Calm(() => refresh());
/** @type {Set<string>} */
const told = new Set();
/** Forms whose answer is awaited. @type {WeakSet<HTMLFormElement>} */
const sending = new WeakSet();
/** Where the fetched week begins; empty for the week of this moment. */
let week = new URL(location.href).searchParams.get("week") ?? "";
/** Shows or hides the offer to remind; nothing where the browser cannot. */
let showRemind = () => {};
/** How far the device's clock is from the page's own age. */
let beside = Date.now() - performance.now();
/** The latest question wins: an answer that was overtaken is not shown. */
let asked = 0;

grid.scrollToBeginning();
follow();
clicks();
zone();
reminders();
tellNothingKnown();
tick();
setInterval(tick, 1000);
answers();

/** Others' changes arrive as starts; only those of the week on the page matter, and my own always. */
function follow() {
  let greeted = false;
  const wake = listen(`/live?known=${need("#made", HTMLElement).dataset.known}`, {
    hello: ({ now_ms }) => {
      clock.learn(now_ms);
      if (greeted) calm.ask();
      greeted = true;
    },
    slot: ({ start }) => { if (isSeen(start)) calm.ask(); },
    mine: () => calm.ask(),
  }, tellLine);
  need("#wake", HTMLButtonElement).addEventListener("click", wake);
}

/** A line that stays away is said: what stands here may have changed. @type {ReturnType<typeof setTimeout> | undefined} */
let away;

/** @param {"open" | "lost" | "resting"} line */
function tellLine(line) {
  const bar = need("#away", HTMLElement);
  // A page that nobody looks at wakes by itself when somebody does.
  need("#resting", HTMLElement).hidden = line !== "resting" || document.hidden;
  if (line === "lost") {
    away ??= setTimeout(() => { bar.hidden = false; }, AWAY_MS);
    return;
  }
  clearTimeout(away);
  away = undefined;
  bar.hidden = true;
}

/** @param {number} start */
function isSeen(start) {
  const { from, to } = need("#calendar", HTMLElement).dataset;
  return start >= Number(from) - REACH_S && start < Number(to) + REACH_S;
}

/** Fetches the changing part of the page and makes the page like it. */
async function refresh() {
  const mine = ++asked;
  const query = new URLSearchParams({ ...(week ? { week } : {}) });
  try {
    const answer = await fetch(`/calendar/part?${query}`, { headers: { accept: "text/html" }, redirect: "error" });
    if (!answer.ok || mine !== asked) return;
    swap(await answer.text());
  } catch {
    // The line is away; the event stream comes back by itself and asks again.
  }
}

/** @param {string} text */
function swap(text) {
  const parsed = new DOMParser().parseFromString(text, "text/html").getElementById("calendar");
  const here = need("#calendar", HTMLElement);
  if (!parsed) return;
  const said = Number(parsed.dataset.now) * 1000;
  if (Math.abs(said - clock.now()) > LEAP_MS) clock.learn(said);
  const table = need("#grid", HTMLTableElement, here);
  const night = table.classList.contains("night");
  const day = grid.day();
  const sameWeek = here.dataset.week === parsed.dataset.week;
  const scroll = need("#grid-scroll", HTMLElement).scrollTop;
  const focus = lineage(document.activeElement);
  morph(here, /** @type {Element} */ (document.adoptNode(parsed)));
  grid.read();
  if (night) need("#grid", HTMLElement).classList.add("night");
  if (sameWeek) grid.showDay(Number(day));
  need("#grid-scroll", HTMLElement).scrollTop = scroll;
  showNight();
  showRemind();
  tick();
  keepFocus(focus);
  booking.renew();
}

/** An element and all that it lies in, from the inside. @param {Element | null} element */
function lineage(element) {
  const line = [];
  for (let one = element; one && one !== document.body; one = one.parentElement) line.push(one);
  return line;
}

/** What had the focus may be gone by somebody else's doing: it goes to what is nearest to it and still there. @param {Element[]} line */
function keepFocus(line) {
  if (line.length === 0 || line[0].isConnected) return;
  const near = line.slice(1).filter((one) => one.isConnected).flatMap((one) => $$("a[href], button:not([disabled]), summary, td[tabindex='0']", one));
  near.find((one) => one.offsetParent !== null)?.focus({ preventScroll: true });
}

/**
 * Leafs to the week before or after; the day is kept where a key led into it.
 * @param {number} by
 * @param {number} [day]
 */
async function turn(by, day) {
  const link = need(by < 0 ? "#week-before" : "#week-after", HTMLAnchorElement);
  await goTo(link.dataset.week ?? "", true);
  if (day === undefined) return;
  grid.showDay(day);
  grid.focus({ row: grid.place.row, col: day });
}

/**
 * @param {string} to
 * @param {boolean} push
 */
async function goTo(to, push) {
  week = to;
  if (push) history.pushState({}, "", to ? `/?week=${to}` : "/");
  await refresh();
}

/** Links and buttons of the page, whichever of its elements are on it at the moment. */
function clicks() {
  window.addEventListener("popstate", () => goTo(new URL(location.href).searchParams.get("week") ?? "", false));
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) return;
    const link = event.target.closest("a[data-week], a[data-day]");
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    if (link.dataset.week !== undefined) goTo(link.dataset.week, true);
    else grid.showDay(Number(link.dataset.day));
  });
  on(document, "click", "[data-show]", (_event, button) => booking.showMine(button.dataset.show ?? ""));
  on(document, "click", "[data-hide]", (_event, button) => {
    const bar = document.querySelector(button.dataset.hide ?? "");
    if (bar instanceof HTMLElement) bar.hidden = true;
  });
  on(document, "click", "[data-at]", (_event, button) => {
    const slot = grid.slot(Number(button.dataset.at));
    if (slot?.mine) booking.showMine(slot.mine);
    else if (slot) booking.open(slot);
  });
  on(document, "click", "#night", () => {
    need("#grid", HTMLElement).classList.toggle("night");
    showNight();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    if (form.dataset.live === undefined && form.dataset.go === undefined) return;
    event.preventDefault();
    // A second press while the first is on its way is the same wish.
    if (sending.has(form)) return;
    sending.add(form);
    if (form.dataset.live !== undefined) {
      await booking.sendSmall(form, event.submitter);
      delete form.dataset.sent;
      sending.delete(form);
    } else {
      const answer = await postForm(form, event.submitter);
      delete form.dataset.sent;
      sending.delete(form);
      if (answer.ok && answer.go) location.href = answer.go;
      else booking.show(answer.ok ? answer.note ?? "" : answer.sentence, [], false);
    }
  });
}

function showNight() {
  const button = need("#night", HTMLElement);
  const open = need("#grid", HTMLElement).classList.contains("night");
  button.setAttribute("aria-expanded", String(open));
  const what = need("#grid", HTMLElement).dataset.hours === undefined ? "the night" : "closed hours";
  button.textContent = `${open ? "Fold" : "Show"} ${what}`;
}

/** What is said over closed time. @param {number} start */
function closedWords(start) {
  const opens = grid.opensAfter(start);
  if (opens === null) return "The house is closed then, and for the rest of this week.";
  const [day, time] = [grid.slot(start)?.day, grid.time(opens)];
  const there = grid.slot(opens)?.day;
  return `The house is closed then. It opens ${there === day ? "" : `${there?.split(" ")[0]} `}at ${time}.`;
}

/** How many times are chosen, and what to do with them. */
function showChosen() {
  const bar = need("#picking", HTMLElement);
  const count = grid.chosen.size;
  bar.hidden = count === 0 || need("#book", HTMLDialogElement).open;
  if (bar.hidden) return;
  need("#done", HTMLElement).hidden = true;
  need("p", HTMLElement, bar).textContent = count === 1 ? "One time chosen. Choose another in the week." : `${count} times chosen.`;
  need("#picking-go", HTMLElement).textContent = count === 1 ? "Book it" : `Book ${count} sessions`;
}

/** Every second: the line of this moment, how long until then, what opens, what to remind of. */
function tick() {
  const now = clock.now() / 1000;
  // The device's clock was set, or it slept: the server says what time it is.
  const apart = Date.now() - performance.now();
  const leapt = Math.abs(apart - beside) > LEAP_MS;
  beside = apart;
  if (leapt) {
    calm.ask();
    return;
  }
  grid.tick();
  for (const place of $$("[data-until]")) {
    const text = until(Number(place.dataset.until) - now);
    if (place.textContent !== text) place.textContent = text;
  }
  for (const place of $$("#calendar [data-from][hidden], #mine-body [data-from][hidden]")) {
    if (Number(place.dataset.from) <= now) place.hidden = false;
  }
  for (const place of $$("#calendar [data-gone]:not([hidden])")) {
    if (Number(place.dataset.gone) <= now) place.hidden = true;
  }
  remind(now);
}

/** @param {number} now epoch seconds */
function remind(now) {
  const due = reminder(mineAhead(), now, told);
  if (!due) return;
  told.add(due.key);
  const bar = need("#soon", HTMLElement);
  need("p", HTMLElement, bar).textContent = due.text;
  need("a", HTMLAnchorElement, bar).href = `/session/${due.mine.id}`;
  bar.hidden = false;
  calm.ask();
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const note = new Notification(due.text, { body: "The lobby is open.", tag: due.key, icon: $("link[rel=icon]")?.getAttribute("href") ?? undefined });
    note.onclick = () => {
      window.focus();
      note.close();
    };
  } catch {
    // Some phones show notifications only through a service worker; the bar in the page says it all the same.
  }
}

/** What the page itself shows as it opens needs no reminder. */
function tellNothingKnown() {
  const now = clock.now() / 1000;
  for (let due = reminder(mineAhead(), now, told); due; due = reminder(mineAhead(), now, told)) told.add(due.key);
}

/** My sessions on the page, each once. */
function mineAhead() {
  const seen = new Map();
  for (const place of $$("[data-mine][data-start]")) {
    const id = place.dataset.mine ?? "";
    const name = place.matches(".chip:not(.waits)") ? $("b", place)?.textContent ?? "" : "";
    const before = seen.get(id);
    seen.set(id, { id, start: Number(place.dataset.start), minutes: Number(place.dataset.minutes), partner: name || before?.partner || "" });
  }
  return [...seen.values()];
}

/** Notifications are asked for by the member's own click only. */
function reminders() {
  if (!("Notification" in window) || !window.isSecureContext) return;
  const show = () => {
    const button = $("#remind");
    if (button) button.hidden = Notification.permission !== "default";
  };
  showRemind = show;
  on(document, "click", "#remind", async () => {
    await Notification.requestPermission();
    show();
  });
  show();
}

/** The browser is in another zone than the member's calendar: offered once per zone, and only if the clocks differ. */
function zone() {
  const bar = need("#zone", HTMLFormElement);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const set = bar.dataset.mine ?? "";
  if (!here || here === set || sameClock(here, set) || localStorage.getItem("zone-kept") === here) return;
  need("input", HTMLInputElement, bar).value = here;
  need("b", HTMLElement, bar).textContent = (here.split("/").pop() ?? here).replaceAll("_", " ");
  bar.hidden = false;
  need("[data-no]", HTMLButtonElement, bar).addEventListener("click", () => {
    localStorage.setItem("zone-kept", here);
    bar.hidden = true;
  });
  bar.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await postForm(bar);
    if (answer.ok) location.reload();
    else booking.show(answer.sentence, [], false);
  });
}

/**
 * Whether two zones show the same time in each month of a year.
 * @param {string} a
 * @param {string} b
 */
function sameClock(a, b) {
  try {
    const formats = [a, b].map((timeZone) => new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "short", timeStyle: "short" }));
    const start = clock.now();
    return Array.from({ length: 12 }, (_, n) => start + n * 30 * 86_400_000).every((ms) => formats[0].format(ms) === formats[1].format(ms));
  } catch {
    return false;
  }
}
