/** The wrap-up: a high-five when both press, favorite, the same hour again, and the way to the next desk. */

/** @import { Room } from "./room.js" */
/** @import { BookedAgain } from "../../models/protocol.js" */

import { make, need, on, say } from "../../lib/dom.js";
import { post } from "../../lib/form.js";
import { clockOf, wall } from "../../lib/time.js";
import { names } from "./words.js";

/** My half of a high-five waits this long for the other. */
const HAND_MS = 5000;
const DAY_S = 86_400;

/** @param {Room} room */
export function wrapUp(room) {
  highFive(room);
  if (room.door.test) return;
  favorite(room);
  again(room);
  invited(room);
  room.session.on("phase", (phase) => {
    if (phase === "wrap_up") refreshNext(room);
  });
}

/** @param {Room} room */
function highFive({ session, door }) {
  const box = need("#high-five-box", HTMLElement);
  const button = need("#high-five", HTMLButtonElement);
  const words = need("#high-five-words", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let lowering;

  button.addEventListener("click", () => session.highFive());
  session.on("highFive", ({ from, both }) => {
    clearTimeout(lowering);
    const mine = from === (session.me?.booking ?? door.booking);
    const name = session.partners.find((p) => p.booking === from)?.name ?? session.partner?.name ?? "Your partner";
    box.dataset.hands = both ? "met" : mine ? "mine" : "theirs";
    words.textContent = both ? "There." : mine ? `Your hand is up. ${name}'s turn.` : `${name}'s hand is up.`;
    if (!both) {
      lowering = setTimeout(() => {
        box.dataset.hands = "none";
        words.textContent = mine ? "Not this time. Try again together." : "";
      }, HAND_MS);
    } else say("High five.");
  });
  session.on("state", () => {
    box.hidden = !session.partners.some((p) => p.seated && p.left === null);
  });
}

/** A star for each who sat there. @param {Room} room */
function favorite({ session, door }) {
  const row = need("#favorites", HTMLElement);
  const pattern = need("#favorite", HTMLButtonElement);
  /** @type {Set<number>} */
  const done = new Set();

  function show() {
    need("#again", HTMLElement).hidden = session.partner === null;
    const all = session.partners.slice(0, 4);
    while (row.children.length > Math.max(1, all.length)) row.lastElementChild?.remove();
    all.forEach((seat, n) => {
      if (!row.children[n]) {
        const copy = /** @type {HTMLButtonElement} */ (pattern.cloneNode(true));
        copy.removeAttribute("id");
        row.append(copy);
      }
      const button = /** @type {HTMLButtonElement} */ (row.children[n]);
      const [yes, one] = [done.has(seat.booking), all.length < 2];
      button.dataset.seat = String(seat.booking);
      button.setAttribute("aria-pressed", String(yes));
      button.disabled = yes;
      const words = yes ? (one ? "A favorite" : `${seat.name} is a favorite`) : one ? "Favorite" : `Favorite ${seat.name}`;
      if (button.lastElementChild?.textContent !== words) button.lastElementChild?.replaceChildren(words);
    });
  }
  on(row, "click", "[data-seat]", async (_event, button) => {
    const seat = Number(button.dataset.seat);
    const answer = await post(`${door.path}/favorite`, { seat: String(seat) });
    if (!answer.ok) return session.emit("refused", answer);
    done.add(seat);
    show();
    say(`${session.partners.find((partner) => partner.booking === seat)?.name ?? "Your partner"} is a favorite.`);
  });
  session.on("state", show);
}

/** "tomorrow at 9:15" @param {number} startS @param {number} nowMs @param {string} zone */
function dayAndClock(startS, nowMs, zone) {
  const there = wall(startS * 1000, zone);
  const today = wall(nowMs, zone);
  const tomorrow = wall(nowMs + DAY_S * 1000, zone);
  const day = there.day === today.day && there.month === today.month ? "today" : there.day === tomorrow.day && there.month === tomorrow.month ? "tomorrow" : startS * 1000 - nowMs > 6 * DAY_S * 1000 ? `${there.weekday} ${there.day} ${there.month}` : there.weekday;
  return `${day} at ${clockOf(startS * 1000, zone)}`;
}

/** The same wall-clock time some days later, right across a change of the clocks. @param {number} startS @param {number} days @param {string} zone */
function daysLater(startS, days, zone) {
  const later = startS + days * DAY_S;
  const [a, b] = [wall(startS * 1000, zone), wall(later * 1000, zone)];
  let drift = b.hour * 60 + b.minute - (a.hour * 60 + a.minute);
  if (drift > 720) drift -= 1440;
  if (drift < -720) drift += 1440;
  return later - drift * 60;
}

/** @param {Room} room */
function again(room) {
  const { session, door } = room;
  const fold = need("#book-again", HTMLDetailsElement);
  const choices = need("#book-choices", HTMLElement);
  const words = need("#book-words", HTMLElement);

  fold.addEventListener("toggle", () => {
    if (!fold.open) return;
    const { starts_at, closes_at } = session.times;
    const starts = [closes_at, daysLater(starts_at, 1, door.zone), daysLater(starts_at, 7, door.zone)];
    choices.replaceChildren(...starts.map((start) => make("button", { type: "button", class: "button small", "data-start": start, text: dayAndClock(start, session.now(), door.zone) })));
  });
  on(choices, "click", "[data-start]", async (_event, button) => {
    const start = Number(button.dataset.start);
    const minutes = session.me?.minutes ?? 25;
    const when = dayAndClock(start, session.now(), door.zone);
    const booked = await book(room, start, minutes, null);
    if ("sentence" in booked) {
      words.textContent = booked.sentence;
      return;
    }
    const present = session.company.filter((seat) => seat.left === null);
    words.textContent = present.length > 0 ? `Booked ${when}. ${names(present)} ${present.length > 1 ? "are" : "is"} asked to come too.` : `Booked ${when}.`;
    for (const seat of present) session.signal(seat.booking, { page: session.page, booked: { start, minutes, booking: booked.booking } });
    nextDesk(start, booked.booking, when, null);
  });
}

/**
 * @param {Room} room @param {number} start @param {number} minutes @param {number | null} with_
 * @returns {Promise<{booking: number} | {sentence: string}>}
 */
async function book({ session }, start, minutes, with_) {
  const me = session.me;
  /** @type {Record<string, string>} */
  const wish = { start: String(start), minutes: String(minutes), task: me?.task ?? "anything" };
  if (me?.quiet) wish.quiet = "on";
  if (with_ !== null) wish.with = String(with_);
  const answer = await post("/book", wish);
  if (!answer.ok) return { sentence: answer.sentence };
  const [booked] = /** @type {{booking: number}[]} */ (answer.booked ?? []);
  if (booked) return booked;
  const [refused] = /** @type {{sentence: string}[]} */ (answer.refused ?? []);
  return { sentence: refused?.sentence ?? "That time is taken." };
}

/** The partner booked again: one tap, and I sit there too. @param {Room} room */
function invited(room) {
  const { session, door } = room;
  const box = need("#invited", HTMLElement);
  /** @type {BookedAgain | null} */
  let offer = null;
  let host = "";
  let partner = 0;

  session.on("signal", ({ from, data }) => {
    const other = session.partners.find((p) => p.booking === from);
    const { booked, comes } = data;
    if (other && comes === true) {
      need("#book-words", HTMLElement).textContent = `${other.name} comes too.`;
      say(`${other.name} comes too.`);
      refreshNext(room);
      return;
    }
    if (!other || !booked || ![booked.start, booked.minutes, booked.booking].every(Number.isFinite)) return;
    offer = booked;
    host = other.name;
    partner = other.booking;
    box.hidden = false;
    need("#invited-words", HTMLElement).textContent = `${other.name} works ${dayAndClock(booked.start, session.now(), door.zone)}.`;
    say(need("#invited-words", HTMLElement).textContent ?? "");
  });
  need("#invited-yes", HTMLButtonElement).addEventListener("click", async () => {
    if (!offer) return;
    const when = dayAndClock(offer.start, session.now(), door.zone);
    const booked = await book(room, offer.start, offer.minutes, offer.booking);
    const words = need("#invited-words", HTMLElement);
    if ("sentence" in booked) {
      words.textContent = booked.sentence;
      return;
    }
    session.signal(partner, { page: session.page, comes: true });
    words.textContent = `Booked ${when}, together.`;
    need("#invited-yes", HTMLElement).hidden = true;
    nextDesk(offer.start, booked.booking, when, host);
  });
}

/** The earliest desk is the one that is shown. @param {number} start @param {number} booking @param {string} when @param {string | null} name */
function nextDesk(start, booking, when, name) {
  const place = need("#next-session", HTMLElement);
  const known = place.querySelector("a");
  if (known instanceof HTMLAnchorElement && Number(known.dataset.start) <= start) return;
  place.replaceChildren(make("a", { id: "next-link", class: "next-link", href: `/session/${booking}`, "data-start": start },
    make("span", {}, make("b", { text: "Your next desk" }), make("small", { text: name ? `${when}, with ${name}` : when }))));
}

/** What was booked since the page was loaded. @param {Room} room */
async function refreshNext({ door }) {
  try {
    const answer = await fetch(door.path, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#next-session");
    if (fresh) need("#next-session", HTMLElement).replaceChildren(...fresh.childNodes);
  } catch {
    // The link that was there stays.
  }
}
