/**
 * Tells the server once per call how long it took to connect and which way it goes: numbers for the keeper, with no name and
 * no address in them. Nothing depends on it, so it is said once and never again.
 */

import { post } from "../lib/form.js";

/**
 * @param {RTCPeerConnection} pc that has just connected
 * @param {number} since when it was made, by `performance.now()`
 * @param {"pair" | "server"} kind
 */
export async function tellWay(pc, since, kind) {
  const seconds = (performance.now() - since) / 1000;
  try {
    const way = wayOf(await pc.getStats());
    if (way) await post("/call-made", { kind, seconds: seconds.toFixed(3), way });
  } catch {
    // A connection that is gone again has no way to tell of.
  }
}

/**
 * "direct_udp", "relay_tls", …: by the pair of addresses that was chosen.
 * @param {RTCStatsReport} stats
 */
function wayOf(stats) {
  for (const pair of stats.values()) {
    if (pair.type !== "candidate-pair" || !pair.nominated || pair.state !== "succeeded") continue;
    const [mine, theirs] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
    if (!mine) continue;
    const relayed = mine.candidateType === "relay" || theirs?.candidateType === "relay";
    return `${relayed ? "relay" : "direct"}_${(relayed && mine.relayProtocol) || mine.protocol}`;
  }
  return "";
}
