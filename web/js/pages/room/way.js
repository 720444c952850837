/** One quiet line under the table: that the server passes the pictures on, over what, and when the way is weak. */

/** @import { RoomPlace } from "../room.js" */

import { wayLine } from "../session/way.js";

/** @param {RoomPlace} here */
export function way({ table, call }) {
  const stop = wayLine(call, () => false, ({ transport }) => transport === "udp"
    ? "The pictures pass through this server."
    : `The pictures pass through this server, over ${transport.toUpperCase()}: the network lets nothing else through.`);
  table.on("over", stop);
}
