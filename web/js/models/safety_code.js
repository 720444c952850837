/** A short code that both pages can show and read aloud: equal exactly when nobody stands between the two browsers. */

/** @param {RTCPeerConnection} pc @returns {Promise<string | null>} twelve figures in threes, or nothing yet */
export async function safetyCode(pc) {
  const mine = fingerprint(pc.currentLocalDescription ?? pc.localDescription);
  const theirs = fingerprint(pc.currentRemoteDescription ?? pc.remoteDescription);
  if (!mine || !theirs || !crypto.subtle) return null;
  const both = new TextEncoder().encode([mine, theirs].sort().join("|"));
  const hash = new DataView(await crypto.subtle.digest("SHA-256", both));
  const groups = [0, 4, 8, 12].map((at) => String(hash.getUint32(at) % 1000).padStart(3, "0"));
  return groups.join(" ");
}

/** @param {RTCSessionDescription | null} description */
function fingerprint(description) {
  return description?.sdp.match(/^a=fingerprint:(\S+ \S+)/m)?.[1]?.toUpperCase() ?? null;
}
