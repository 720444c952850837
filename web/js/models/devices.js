/** Cameras, microphones and speakers: asking for them, listing them, and naming what is wrong with a way out. */

/** @typedef {"no_camera" | "camera_refused" | "camera_busy" | "no_mic" | "mic_refused" | "mic_busy" | "insecure" | "unsupported" | "network"} Trouble */
/** @typedef {{track: MediaStreamTrack | null, trouble: Trouble | null}} Got */

/** Small enough for a phone's uplink, large enough for a face. */
const PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } };
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
/** A shared screen is read, not watched. */
const SCREEN = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 6, max: 8 } };

/** Whether this browser and this address can do calls at all. @returns {Trouble | null} */
export function ground() {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia || !window.RTCPeerConnection) return "unsupported";
  return null;
}

/**
 * Camera and microphone with one question where that succeeds, else each by itself.
 * @param {{camera: string | null | false, voice: string | null | false}} wanted a device's id, null for any, false for none
 * @returns {Promise<{camera: Got, voice: Got}>}
 */
export async function ask(wanted) {
  const none = { track: null, trouble: null };
  const bad = ground();
  if (bad) return { camera: { track: null, trouble: bad }, voice: { track: null, trouble: bad } };
  const video = wanted.camera === false ? false : picture(wanted.camera);
  const audio = wanted.voice === false ? false : voice(wanted.voice);
  if (!video && !audio) return { camera: none, voice: none };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio });
    return { camera: { track: stream.getVideoTracks()[0] ?? null, trouble: null }, voice: { track: stream.getAudioTracks()[0] ?? null, trouble: null } };
  } catch (fault) {
    if (!video) return { camera: none, voice: { track: null, trouble: named(fault, "voice") } };
    if (!audio) return { camera: { track: null, trouble: named(fault, "camera") }, voice: none };
    // One of the two failed: asked for apart, the other still works.
    const one = await ask({ camera: wanted.camera, voice: false });
    const two = await ask({ camera: false, voice: wanted.voice });
    return { camera: one.camera, voice: two.voice };
  }
}

/** @returns {Promise<MediaStreamTrack | null>} null when the person thought better of it */
export async function askScreen() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: false });
    const [track] = stream.getVideoTracks();
    for (const other of stream.getAudioTracks()) other.stop();
    if (track && "contentHint" in track) track.contentHint = "detail";
    return track ?? null;
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === "NotAllowedError") return null;
    throw fault;
  }
}

export function canShareScreen() {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** @returns {Promise<{cameras: MediaDeviceInfo[], voices: MediaDeviceInfo[]}>} only those with a name: before permission there is none */
export async function list() {
  const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  const named_ = all.filter((device) => device.deviceId && device.label);
  return { cameras: named_.filter((d) => d.kind === "videoinput"), voices: named_.filter((d) => d.kind === "audioinput") };
}

/** @param {string | null} id */
function picture(id) {
  return id ? { ...PICTURE, deviceId: { exact: id } } : PICTURE;
}

/** @param {string | null} id */
function voice(id) {
  return id ? { ...VOICE, deviceId: { exact: id } } : VOICE;
}

/** @param {unknown} fault @param {"camera" | "voice"} what @returns {Trouble} */
function named(fault, what) {
  const name = fault instanceof Error || fault instanceof DOMException ? fault.name : "";
  const camera = what === "camera";
  if (name === "NotAllowedError" || name === "SecurityError") return camera ? "camera_refused" : "mic_refused";
  if (name === "NotReadableError" || name === "AbortError" || name === "TrackStartError") return camera ? "camera_busy" : "mic_busy";
  return camera ? "no_camera" : "no_mic";
}

/** The part of the guide that fits this browser. */
export function guideAnchor() {
  const agent = navigator.userAgent;
  const system = /iPhone|iPad/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1) ? "ios" : /Android/.test(agent) ? "android" : null;
  const browser = /Firefox\//.test(agent) ? "firefox" : /Edg\//.test(agent) ? "edge" : /Chrome\//.test(agent) ? "chrome" : "safari";
  return `/guide#camera-${system ?? browser}`;
}

/**
 * What happened, what is safe, what to do; for the person whose devices they are.
 * @param {Trouble} trouble
 * @returns {{title: string, way: string, guide: boolean, again: boolean}}
 */
export function wayOut(trouble) {
  switch (trouble) {
    case "camera_refused":
      return { title: "The browser keeps the camera closed.", way: "Allow it beside the address, then try again. You can also sit down without it; your goals are safe.", guide: true, again: true };
    case "mic_refused":
      return { title: "The browser keeps the microphone closed.", way: "Allow it beside the address, then try again. Chat works without it.", guide: true, again: true };
    case "camera_busy":
      return { title: "Another program is using your camera.", way: "Close it there, then try again; your goals are safe.", guide: false, again: true };
    case "mic_busy":
      return { title: "Another program is using your microphone.", way: "Close it there, then try again. Chat works without it.", guide: false, again: true };
    case "no_camera":
      return { title: "No camera is connected.", way: "Plug one in and it appears here, or sit down without it.", guide: false, again: true };
    case "no_mic":
      return { title: "No microphone is connected.", way: "Plug one in and it appears here. Chat works without it.", guide: false, again: true };
    case "insecure":
      return { title: "This address is not secure, so the browser allows no camera.", way: "Open the page by its https address. Goals, timer and chat work meanwhile.", guide: true, again: false };
    case "network":
      return { title: "The network between you lets no call through.", way: "Goals and chat go on. Another network, or a phone's, often helps.", guide: true, again: false };
    default:
      return { title: "This browser can't do calls.", way: "Firefox, Chrome, Edge and Safari can. Goals, timer and chat work here all the same.", guide: false, again: false };
  }
}

/** The same for the other's page: one sentence, no blame. @param {string} trouble @param {string} name */
export function troubleOf(trouble, name) {
  switch (trouble) {
    case "no_camera": return `${name} has no camera today.`;
    case "camera_refused":
    case "camera_busy": return `${name}'s camera doesn't start. Goals and chat go on.`;
    case "no_mic":
    case "mic_refused":
    case "mic_busy": return `${name}'s microphone doesn't start. Chat works.`;
    case "insecure":
    case "unsupported": return `${name}'s browser can't do calls. Goals and chat go on.`;
    case "network": return `The network lets no call through to ${name}. Goals and chat go on.`;
    default: return `${name} has trouble with the devices. Goals and chat go on.`;
  }
}
