/** What a look at everything comes to: one sentence for the person, and a text for who keeps the place. */

/** @typedef {"waiting" | "looking" | "good" | "slow" | "bad" | "unseen"} State */
/** @typedef {{id: string, title: string, state: State, said: string, ms: number | null}} Row */

/** The states as a screen reader and the text say them. @type {Record<State, string>} */
export const WORDS = {
  waiting: "not looked at",
  looking: "being looked at",
  good: "well",
  slow: "works, with a but",
  bad: "closed",
  unseen: "can't be told",
};

/** @type {Record<State, string>} */
const MARKS = { waiting: "  - ", looking: "  - ", good: " ok ", slow: "but ", bad: "BAD ", unseen: "  ? " };

/** One sentence for all rows; the worst for the person first. @param {Row[]} rows */
export function verdict(rows) {
  /** @param {string} id */
  const state = (id) => rows.find((row) => row.id === id)?.state ?? "waiting";
  const open = (/** @type {string[]} */ ids) => ids.filter((id) => state(id) === "good" || state(id) === "slow");
  if (state("secure") === "bad") return "Open this page by its https address; the browser allows no camera here.";
  if (state("browser") === "bad") return "This browser can't do calls. Firefox, Chrome, Edge and Safari can.";
  if (open(["socket", "events"]).length === 0) return "The live line to the server is closed. Reload the page; if that doesn't help, try another network.";
  const relays = open(["turn-udp", "turn-tcp", "turn-tls"]);
  const rooms = open(["sfu-udp", "sfu-tcp"]);
  if (relays.length === 0 && rooms.length === 0) return "No call gets through from this network. Goals, timer and chat work; a phone's network often lets calls through.";
  if (relays.length === 0) return "Rooms work from here. Calls of two may not, where the browsers can't meet directly.";
  if (rooms.length === 0) return "Calls of two work from here. Rooms and sessions of three don't get through.";
  const devices = ["camera", "mic"].filter((id) => state(id) === "bad");
  if (devices.length > 0) return `Calls work from here; ${devices.length === 2 ? "camera and microphone don't" : devices[0] === "mic" ? "the microphone doesn't" : "the camera doesn't"}, see below. You can sit down without.`;
  if (state("turn-udp") === "bad" || state("sfu-udp") === "bad") return "Calls work from here, by a detour: this network lets no UDP through. Pictures may come a little later.";
  if (state("socket") === "bad") return "Everything works from here; the live line takes its second way.";
  return "Everything works from here.";
}

/**
 * The text to pass on.
 * @param {Row[]} rows
 * @param {{at: Date, host: string, version: string, agent: string, verdict: string}} about
 */
export function text(rows, about) {
  const head = [
    `Alongside check, ${about.at.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `at ${about.host}, version ${about.version}`,
    about.agent,
    about.verdict,
    "",
  ];
  const lines = rows.map(({ title, state, said, ms }) => {
    const figure = ms === null ? "" : ` (${Math.round(ms)} ms)`;
    return `${MARKS[state]} ${title}${figure}${state === "waiting" ? ": not looked at" : `: ${said}`}`;
  });
  return [...head, ...lines].join("\n");
}
