/**
 * The one shape of an offer to the server's media engine: my voice, my camera in three sizes, my screen; then the slots in
 * which the others come. The order is the contract; what a slot shows is said later, and nothing is negotiated again.
 */

/** @typedef {{voice: number, camera: number, screen: number}} Shape */
/** @typedef {{voice: RTCRtpTransceiver, camera: RTCRtpTransceiver, screen: RTCRtpTransceiver}} Up */
/** @typedef {{up: Up, down: {kind: "voice" | "camera" | "screen", lane: RTCRtpTransceiver}[]}} Lines */

/** Slots of each kind of call. @type {{room: Shape, trio: Shape, echo: Shape}} */
export const SHAPES = {
  room: { voice: 4, camera: 15, screen: 2 },
  trio: { voice: 2, camera: 2, screen: 1 },
  echo: { voice: 1, camera: 1, screen: 0 },
};

/**
 * Every picture builds on the one before. With layers in time, of which nobody here makes use, a lost picture that comes again after a later one
 * is thrown away, and all that build on it with it, until the layers begin anew: that freezes.
 */
const ONE_AFTER_THE_OTHER = "L1T1";
/** A thumb, a tile, a face: bits per second are what each is worth on a Raspberry Pi's uplink. */
const CAMERA = [
  { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 90_000, maxFramerate: 15, scalabilityMode: ONE_AFTER_THE_OTHER },
  { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 280_000, scalabilityMode: ONE_AFTER_THE_OTHER },
  { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 900_000, scalabilityMode: ONE_AFTER_THE_OTHER },
];
const SCREEN = [{ maxBitrate: 1_500_000 }];
/** What every browser can both send and show; a short list keeps two dozen lines of an offer small. */
const CODECS = new Set(["video/vp8", "video/h264", "video/rtx"]);

/** @param {RTCPeerConnection} pc @param {Shape} shape @returns {Lines} */
export function linesOf(pc, shape) {
  const up = {
    voice: pc.addTransceiver("audio", { direction: "sendonly" }),
    camera: pc.addTransceiver("video", { direction: "sendonly", sendEncodings: CAMERA }),
    screen: pc.addTransceiver("video", { direction: "sendonly", sendEncodings: SCREEN }),
  };
  for (const lane of [up.camera, up.screen]) prefer(lane, RTCRtpSender.getCapabilities?.("video"));
  /** @type {Lines["down"]} */
  const down = [];
  for (const kind of /** @type {const} */ (["voice", "camera", "screen"])) {
    for (let n = 0; n < shape[kind]; n += 1) {
      const lane = pc.addTransceiver(kind === "voice" ? "audio" : "video", { direction: "recvonly" });
      if (kind !== "voice") prefer(lane, RTCRtpReceiver.getCapabilities?.("video"));
      down.push({ kind, lane });
    }
  }
  return { up, down };
}

/** @param {RTCRtpTransceiver} lane @param {RTCRtpCapabilities | null | undefined} able */
function prefer(lane, able) {
  const codecs = able?.codecs.filter((codec) => CODECS.has(codec.mimeType.toLowerCase())) ?? [];
  const vp8First = [...codecs].sort((a, b) => Number(b.mimeType.toLowerCase() === "video/vp8") - Number(a.mimeType.toLowerCase() === "video/vp8"));
  try {
    if (codecs.length > 0) lane.setCodecPreferences?.(vp8First);
  } catch {
    // A browser that wants its own list keeps it.
  }
}

/** Opus that is silent in silence and mends what is lost: asked for in the answer, because a sender follows the other side. @param {string} sdp */
export function quietVoice(sdp) {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)].map((found) => found[1]));
  /** @param {string} line @param {string} payload @param {string} settings */
  const set = (line, payload, settings) => {
    if (!opus.has(payload)) return line;
    const kept = settings.split(";").map((s) => s.trim()).filter((s) => s !== "" && !/^(usedtx|useinbandfec)=/.test(s));
    return `a=fmtp:${payload} ${[...kept, "useinbandfec=1", "usedtx=1"].join(";")}`;
  };
  const withSettings = sdp.replace(/^a=fmtp:(\d+) ([^\r\n]*)/gm, set);
  // An answer without any settings for Opus gets a line of them after its name.
  return withSettings.replace(/^(a=rtpmap:(\d+) opus\/48000[^\r\n]*)(\r?\n)/gim, (line, name, payload, end, at, all) => {
    const section = all.slice(at).split(/^m=/m)[0] ?? "";
    return section.includes(`a=fmtp:${payload} `) ? line : `${name}${end}a=fmtp:${payload} useinbandfec=1;usedtx=1${end}`;
  });
}
