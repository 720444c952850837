/** One quiet line about the call: which way it goes, and when the way is weak. */

/** @import { Room } from "./room.js" */
/** @import { Way } from "../../models/call_health.js" */

import { need } from "../../lib/dom.js";
import { CallHealth } from "../../models/call_health.js";

/** @param {Room} room */
export function way({ session, call, door }) {
  const line = need("#way-line", HTMLElement);
  const words = need("#way-words", HTMLElement);
  const weak = need("#way-weak", HTMLElement);
  // Of the two, one tries again: whose booking has the smaller number.
  const health = new CallHealth(call, () => session.company.every((partner) => (session.me?.booking ?? 0) < partner.booking));

  health.on("change", () => {
    line.dataset.way = health.way?.kind ?? "none";
    words.textContent = health.way && !door.test ? wordsOf(health.way) : "";
    weak.hidden = !health.weak;
    line.hidden = words.textContent === "" && !health.weak;
  });
  session.on("over", () => health.stop());
}

/** @param {Way} way */
function wordsOf({ kind, transport }) {
  if (kind === "server") return transport === "udp" ? "" : "The call goes over TCP: the network lets nothing else through.";
  if (kind === "direct") return "The call goes straight from browser to browser.";
  return `The call goes through this server's relay (${transport.toUpperCase()}), which can't look into it.`;
}
