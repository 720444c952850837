/** Which way a call takes, as the browser itself says, and pages that know one way only. Sent to the page as text: each stands alone. */

/**
 * @typedef {object} Way
 * @property {'direct' | 'relay'} by
 * @property {string} protocol `udp`, `tcp` or `tls`: what leaves this browser
 * @property {string} from the kind of address on this side
 * @property {string} to and on the other
 * @property {string} at address and port on the other side
 */

/** The way of the newest call that is connected. @returns {Promise<Way | null>} */
export async function wayOf() {
  const calls = /** @type {RTCPeerConnection[]} */ (/** @type {any} */ (window).__here?.calls ?? []);
  for (const call of [...calls].reverse()) {
    if (call.connectionState !== 'connected') continue;
    const stats = [...(await call.getStats()).values()];
    const transport = stats.find((entry) => entry.type === 'transport');
    const pair = stats.find((entry) => (transport?.selectedCandidatePairId ? entry.id === transport.selectedCandidatePairId : entry.type === 'candidate-pair' && entry.selected));
    const local = stats.find((entry) => entry.id === pair?.localCandidateId);
    const remote = stats.find((entry) => entry.id === pair?.remoteCandidateId);
    if (!local || !remote) continue;
    const relayed = local.candidateType === 'relay';
    return {
      by: relayed ? 'relay' : 'direct',
      protocol: relayed ? local.relayProtocol : local.protocol,
      from: local.candidateType,
      to: remote.candidateType,
      at: `${remote.address}:${remote.port}`,
    };
  }
  return null;
}

/**
 * Before a page's own scripts: its connections have one way only, such as `relay tcp` or `direct udp`; or `streams`, which is every way
 * but datagrams.
 * @param {string} way
 */
export function onlyBy(way) {
  const w = /** @type {any} */ (window);
  const Real = window.RTCPeerConnection;
  if (!Real || w.__only) return;
  w.__only = true;
  const [by = '', protocol = 'tcp'] = way.split(' ');
  const useful = (/** @type {string} */ url) => {
    // Who is behind a router learns their own address from a server, which relays nothing.
    if (by === 'direct') return protocol === 'udp' && url.startsWith('stun:');
    return protocol === 'tls' ? url.startsWith('turns:') : url.startsWith('turn:') && url.endsWith(`transport=${protocol}`);
  };
  const left = (/** @type {RTCIceServer[]} */ all) =>
    all.map((server) => ({ ...server, urls: [server.urls].flat().filter(useful) })).filter((server) => server.urls.length > 0);
  const narrowed = (/** @type {RTCConfiguration} */ given = {}) => ({
    ...given,
    ...(by === 'relay' ? { iceTransportPolicy: /** @type {const} */ ('relay') } : {}),
    iceServers: left(given.iceServers ?? []),
  });
  // A relayed address is told as one of datagrams, however the browser reaches the relay.
  const other = protocol === 'udp' ? / tcp /i : by === 'direct' ? / udp /i : / udp (?!.* typ relay)/i;
  const dropped = (/** @type {string} */ candidate) => by !== 'relay' && other.test(candidate);
  w.RTCPeerConnection = class extends Real {
    constructor(/** @type {RTCConfiguration | undefined} */ given) {
      super(narrowed(given));
    }

    setConfiguration(/** @type {RTCConfiguration} */ given) {
      super.setConfiguration(narrowed(given));
    }

    setRemoteDescription(/** @type {RTCSessionDescriptionInit} */ given) {
      const sdp = (given.sdp ?? '').split('\r\n').filter((line) => !line.startsWith('a=candidate:') || !dropped(line)).join('\r\n');
      return super.setRemoteDescription({ type: given.type, sdp });
    }

    addIceCandidate(/** @type {RTCIceCandidateInit} */ given) {
      return dropped(given?.candidate ?? '') ? Promise.resolve() : super.addIceCandidate(given);
    }
  };
}
