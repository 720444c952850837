/** What the room says about a partner. */

/** @import { Seat } from "../../models/protocol.js" */
/** @import { Link } from "../../models/peer.js" */

import { countdown, sayTime } from "../../lib/time.js";
import { troubleOf } from "../../models/devices.js";

/** @param {Seat} seat @param {number} now */
export function timeOf(seat, now) {
  return `It's ${sayTime(now, seat.zone)} for ${seat.name}.`;
}

/** "Ana, Ben and Cem" @param {{name: string}[]} seats */
export function names(seats) {
  const all = seats.map((seat) => seat.name);
  return all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/** Where they are, in the lobby. @param {Seat} seat */
export function whereabouts(seat) {
  if (seat.left !== null) return `${seat.name} had to go.`;
  if (seat.seated && seat.here) return `${seat.name} has taken the seat.`;
  if (seat.here) return `${seat.name} is here.`;
  if (seat.late_minutes) return `${seat.name} is about ${minutes(seat.late_minutes)} late.`;
  return `${seat.name} isn't here yet.`;
}

/**
 * What stands over a partner's picture, if anything.
 * @param {Seat} seat @param {Link | "idle"} link @param {number} now
 */
export function overPicture(seat, link, now) {
  if (seat.left !== null) return `${seat.name} had to go.`;
  if (seat.away_until_ms !== null) {
    const left = seat.away_until_ms - now;
    return left > 0 ? `Back in ${countdown(Math.ceil(left / 1000))}` : `${seat.name} is still away.`;
  }
  if (!seat.seated) return seat.sat && !seat.here ? `${seat.name}'s line is away. The seat is kept.` : whereabouts(seat);
  if (!seat.here) return link === "connected" ? "" : `${seat.name}'s line is away. The seat is kept.`;
  if (link === "lost") return "The picture is on its way back.";
  if (link !== "connected") return seat.media.trouble ? troubleOf(seat.media.trouble, seat.name) : `${seat.name} sits down.`;
  if (seat.media.trouble) return troubleOf(seat.media.trouble, seat.name);
  return seat.media.camera === "off" ? "Camera off" : "";
}

/** @param {number} n */
export function minutes(n) {
  const words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
  return n === 1 ? "one minute" : `${words[n] ?? n} minutes`;
}
