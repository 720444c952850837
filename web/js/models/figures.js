/** How one connection is doing, read off the browser's own statistics: which way it goes, how long a word takes, what is lost. */

/** @typedef {{relayed: boolean, transport: "udp" | "tcp" | "tls"}} Path */
/**
 * @typedef {object} Figures
 * @property {number | null} fps of the liveliest picture that comes in
 * @property {number | null} rttMs
 * @property {Path | null} path null while there is none
 * @property {boolean} starved what I send is made smaller because the way is too narrow
 * @property {number} received packets, ever
 * @property {number} lost of those that were to come, ever
 */

/** @type {Figures} */
export const NOTHING = { fps: null, rttMs: null, path: null, starved: false, received: 0, lost: 0 };

/** @param {RTCPeerConnection} pc @returns {Promise<Figures>} */
export async function figuresOf(pc) {
  const figures = { ...NOTHING };
  const stats = /** @type {Map<string, any>} */ (/** @type {unknown} */ (await pc.getStats()));
  for (const entry of stats.values()) {
    if (entry.type === "inbound-rtp") {
      figures.received += entry.packetsReceived ?? 0;
      figures.lost += Math.max(0, entry.packetsLost ?? 0);
      if (entry.kind === "video" && entry.framesPerSecond != null) figures.fps = Math.max(figures.fps ?? 0, entry.framesPerSecond);
    }
    if (entry.type === "outbound-rtp" && entry.kind === "video" && entry.active !== false) figures.starved ||= entry.qualityLimitationReason === "bandwidth";
  }
  const pair = selected(stats);
  if (!pair) return figures;
  if (pair.currentRoundTripTime != null) figures.rttMs = pair.currentRoundTripTime * 1000;
  const [near, far] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
  const relayed = near?.candidateType === "relay" || far?.candidateType === "relay";
  const transport = near?.candidateType === "relay" ? near.relayProtocol : near?.protocol;
  figures.path = { relayed, transport: transport === "tcp" || transport === "tls" ? transport : "udp" };
  return figures;
}

/** The pair of addresses in use; browsers say it in two ways. @param {Map<string, any>} stats */
function selected(stats) {
  for (const entry of stats.values()) if (entry.type === "transport" && entry.selectedCandidatePairId) return stats.get(entry.selectedCandidatePairId);
  for (const entry of stats.values()) if (entry.type === "candidate-pair" && (entry.selected || (entry.nominated && entry.state === "succeeded"))) return entry;
  return null;
}
