/** Another network: browsers tell it in different ways, early or late, several times or not at all. */

const TELLS = ["online", "offline"];

/** @returns {EventTarget | undefined} what tells of another kind of network, where a browser has it */
function connection() {
  return /** @type {Navigator & {connection?: EventTarget}} */ (navigator).connection;
}

/** Calls back whenever the browser says that the network is another, is gone or is there again. @param {() => void} heard */
export function onNetwork(heard) {
  for (const tells of TELLS) window.addEventListener(tells, heard);
  connection()?.addEventListener?.("change", heard);
}

/** @param {() => void} heard */
export function offNetwork(heard) {
  for (const tells of TELLS) window.removeEventListener(tells, heard);
  connection()?.removeEventListener?.("change", heard);
}
