/** Times as people say them, by the server's clock and in anybody's zone. */

/** The server's clock as this page knows it: the browser's own, put right. */
export class Clock {
  #offset = 0;

  /** @param {number} serverMs what the server's clock says at this moment */
  learn(serverMs) {
    this.#offset = serverMs - Date.now();
  }

  /** Milliseconds since 1970, by the server. */
  now() {
    return Date.now() + this.#offset;
  }
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * Hours, minutes and date somewhere at an instant.
 * @param {number} ms
 * @param {string} zone IANA name
 */
export function wall(ms, zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: known(zone),
      hourCycle: "h23",
      weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "numeric",
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map((part) => [part.type, part.value]));
  return {
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    weekday: parts.weekday,
    day: Number(parts.day),
    month: parts.month,
    year: Number(parts.year),
  };
}

/** @param {string} zone */
function known(zone) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}

/**
 * "9:15"
 * @param {number} ms
 * @param {string} zone
 */
export function clockOf(ms, zone) {
  const { hour, minute } = wall(ms, zone);
  return `${hour}:${String(minute).padStart(2, "0")}`;
}

/**
 * Which sky is above somebody: the class of its tint.
 * @param {number} ms
 * @param {string} zone
 */
export function skyOf(ms, zone) {
  const { hour } = wall(ms, zone);
  if (hour >= 5 && hour < 8) return "sky-dawn";
  if (hour >= 8 && hour < 17) return "sky-day";
  if (hour >= 17 && hour < 21) return "sky-dusk";
  return "sky-night";
}

const HOURS = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"];
const PAST = ["", "five past", "ten past", "a quarter past", "twenty past", "twenty-five past", "half past",
  "twenty-five to", "twenty to", "a quarter to", "ten to", "five to"];

/**
 * "ten past seven in the morning", to the nearest five minutes.
 * @param {number} ms
 * @param {string} zone
 */
export function sayTime(ms, zone) {
  const at = wall(ms, zone);
  const rounded = Math.floor((at.hour * 60 + at.minute + 2) / 5) * 5 % (24 * 60);
  const hour = Math.floor(rounded / 60);
  const past = rounded % 60 / 5;
  const named = (past > 6 ? hour + 1 : hour) % 24;
  const word = named === 0 ? "midnight" : named === 12 ? "noon" : HOURS[named % 12];
  if (named % 12 === 0) return past === 0 ? word : `${PAST[past]} ${word}`;
  const said = past === 0 ? `${word} o'clock` : `${PAST[past]} ${word}`;
  return `${said} ${partOfDay(hour)}`;
}

/** @param {number} hour */
function partOfDay(hour) {
  if (hour >= 5 && hour < 12) return "in the morning";
  if (hour >= 12 && hour < 18) return "in the afternoon";
  if (hour >= 18 && hour < 22) return "in the evening";
  return "at night";
}

/**
 * How long until then: "now", "in 3 minutes", "in 2 hours".
 * @param {number} seconds
 */
export function until(seconds) {
  if (seconds < 0) return "now";
  if (seconds < 90) return "in a minute";
  if (seconds < 3600) return `in ${Math.floor((seconds + 30) / 60)} minutes`;
  if (seconds < 5400) return "in an hour";
  if (seconds < 86400) return `in ${Math.floor((seconds + 1800) / 3600)} hours`;
  if (seconds < 45 * 3600) return "in a day";
  return `in ${Math.floor((seconds + 3 * 3600) / 86400)} days`;
}

/**
 * A running clock: "4:05", "1:02:00".
 * @param {number} seconds
 */
export function countdown(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  const tail = `${String(s % 60).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/**
 * "first session", "12 sessions".
 * @param {number} done
 */
export function sessionsWords(done) {
  if (done <= 0) return "first session";
  return done === 1 ? "1 session" : `${done} sessions`;
}
