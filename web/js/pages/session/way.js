/** One quiet line about the call: which way it goes, and when the way is weak. */

/** @import { Room } from "./room.js" */
/** @import { Looked, Way } from "../../models/call_health.js" */

import { need } from "../../lib/dom.js";
import { CallHealth } from "../../models/call_health.js";

/** @param {Room} room */
export function way({ session, call, door }) {
  // Of the two, one tries again: whose booking has the smaller number.
  const first = () => session.company.every((partner) => (session.me?.booking ?? 0) < partner.booking);
  const stop = wayLine(call, first, (way) => (door.test ? "" : wordsOf(way)));
  session.on("over", stop);
}

/**
 * Lets the line say how a call goes, until it is stopped.
 * @param {Looked} call @param {() => boolean} first whether it is on this page to try again from time to time
 * @param {(way: Way) => string} say
 * @returns {() => void}
 */
export function wayLine(call, first, say) {
  const line = need("#way-line", HTMLElement);
  const words = need("#way-words", HTMLElement);
  const weak = need("#way-weak", HTMLElement);
  const health = new CallHealth(call, first);
  health.on("change", () => {
    line.dataset.way = health.way?.kind ?? "none";
    words.textContent = health.way ? say(health.way) : "";
    weak.hidden = !health.weak;
    line.hidden = words.textContent === "" && !health.weak;
  });
  return () => health.stop();
}

/** @param {Way} way */
function wordsOf({ kind, transport }) {
  if (kind === "server") return transport === "udp" ? "" : `The call goes over ${transport.toUpperCase()}: the network lets nothing else through.`;
  if (kind === "direct") return "The call goes straight from browser to browser.";
  return `The call goes through this server's relay (${transport.toUpperCase()}), which can't look into it.`;
}
