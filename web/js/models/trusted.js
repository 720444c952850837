/**
 * Whether the browser trusts the certificate of this page, or only lets it pass because somebody clicked a warning away.
 *
 * No page can read that. But the relay inside TLS goes by real trust alone: asked with a name that it doesn't know, it refuses when
 * the handshake succeeded (401), and is never reached when the browser broke it off. The same question without TLS tells a closed
 * way from a certificate that isn't trusted. Firefox (153) breaks that handshake off at an address without a name, trusted or not: there
 * the question stays open.
 */

/** @typedef {"trusted" | "not" | "unknown"} Trust */

const PATIENCE_MS = 6000;
const REFUSED = 401;

/** @returns {Promise<Trust>} */
export async function trusted() {
  if (!window.RTCPeerConnection) return "unknown";
  const [inside, outside] = await Promise.all([refuses("turns"), refuses("turn")]);
  if (inside) return "trusted";
  return outside && !(isAddress() && navigator.userAgent.includes("Firefox/")) ? "not" : "unknown";
}

/** The page was opened by an address, not by a name. */
function isAddress() {
  return /^\[|^[\d.]+$/.test(location.hostname);
}

/** Whether the relay was reached that way. @param {"turns" | "turn"} scheme @returns {Promise<boolean>} */
async function refuses(scheme) {
  const port = location.port || "443";
  const urls = `${scheme}:${location.hostname}:${port}?transport=tcp`;
  const pc = new RTCPeerConnection({ iceServers: [{ urls, username: "trust", credential: "trust" }], iceTransportPolicy: "relay" });
  try {
    return await new Promise((done) => {
      setTimeout(() => done(false), PATIENCE_MS);
      pc.onicecandidateerror = ({ errorCode }) => { if (errorCode === REFUSED) done(true); };
      // The last refusal may come right behind the end.
      pc.onicegatheringstatechange = () => { if (pc.iceGatheringState === "complete") setTimeout(() => done(false), 300); };
      pc.createDataChannel("trust");
      pc.setLocalDescription().catch(() => done(false));
    });
  } finally {
    pc.close();
  }
}
