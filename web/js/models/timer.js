/** Phases and bells of a seat, as pure functions of the seat and the server's clock; the twin of `domain::session`. */

/** @typedef {"ahead" | "lobby" | "goals" | "focus" | "wrap_up" | "closed"} Phase */
/** @typedef {"start" | "warning" | "end"} BellKind */
/** @typedef {{kind: BellKind, at: number}} Bell */
/** @typedef {{starts_at: number, ends_at: number, closes_at: number}} Times epoch seconds */

const LOBBY_MS = 10 * 60_000;
export const GOALS_MS = 3 * 60_000;
export const WARNING_MS = 5 * 60_000;
/** A partner who has not come by then is named as missing. */
export const MISSING_MS = 2 * 60_000;

/** @param {Times} seat @param {number} now @returns {Phase} */
export function phaseAt(seat, now) {
  const start = seat.starts_at * 1000;
  if (now < start - LOBBY_MS) return "ahead";
  if (now < start) return "lobby";
  if (now < start + GOALS_MS) return "goals";
  if (now < seat.ends_at * 1000) return "focus";
  return now < seat.closes_at * 1000 ? "wrap_up" : "closed";
}

/** What the ring counts down to. @param {Times} seat @param {number} now */
export function untilNext(seat, now) {
  const start = seat.starts_at * 1000;
  const end = seat.ends_at * 1000;
  const close = seat.closes_at * 1000;
  if (now < start) return { leftMs: start - now, share: clamp((start - now) / LOBBY_MS) };
  if (now < end) return { leftMs: end - now, share: clamp((end - now) / (end - start)) };
  return { leftMs: Math.max(0, close - now), share: clamp((close - now) / (close - end)) };
}

/** @param {Times} seat @returns {Bell[]} in order of time */
export function bells(seat) {
  return [
    { kind: "start", at: seat.starts_at * 1000 },
    { kind: "warning", at: seat.ends_at * 1000 - WARNING_MS },
    { kind: "end", at: seat.ends_at * 1000 },
  ];
}

/** @param {number} share */
function clamp(share) {
  return Math.min(1, Math.max(0, share));
}
