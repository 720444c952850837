/** The wire protocol of a room's page as types; the twin of `src/live/table/protocol.rs`, which says what each message means. */

/** @import { ChatLine, GivenLine, IceServer, Media } from "./protocol.js" */
/** @import { Rhythm } from "./beat.js" */

/** @typedef {{who: number, name: string, zone: string, moderator: boolean, here: boolean, page: string, goal: string, media: Media, hand: boolean}} Person */
/** @typedef {{room: number, rev: number, name: string, purpose: string, capacity: number, rhythm: Rhythm, people: Person[]}} RoomState */
/** @typedef {{mid: string, who: number, kind: "voice" | "camera" | "screen"}} Slot */
/** @typedef {{mid: string, who: number | null, width: number}} Wish */

/**
 * @typedef {{t: "hello", page: string, claim: boolean}
 *   | {t: "ping", at: number}
 *   | {t: "come"}
 *   | {t: "goal", text: string}
 *   | {t: "media", media: Media}
 *   | {t: "hand", up: boolean}
 *   | {t: "wave"}
 *   | {t: "chat", id: string, text: string}
 *   | {t: "give_back", lines: GivenLine[]}
 *   | {t: "media_offer", n: number, sdp: string, anew: boolean}
 *   | {t: "media_wish", wishes: Wish[]}
 *   | {t: "ice"}
 *   | {t: "leave"}} RoomSays
 */

/** @typedef {{t: "welcome", now_ms: number, run: string, you: number, state: RoomState, chat: ChatLine[], ice: IceServer[]}} RoomWelcome */

/**
 * @typedef {RoomWelcome
 *   | {t: "ice", ice: IceServer[]}
 *   | {t: "state", state: RoomState}
 *   | {t: "pong", at: number, now_ms: number}
 *   | {t: "chat", line: ChatLine}
 *   | {t: "chat_all", chat: ChatLine[]}
 *   | {t: "wave", from: number}
 *   | {t: "muted"}
 *   | {t: "media_answer", n: number, sdp: string}
 *   | {t: "media_refused", n: number, sentence: string}
 *   | {t: "media_gone"}
 *   | {t: "media_slots", slots: Slot[]}
 *   | {t: "speaking", who: number[]}
 *   | {t: "quality", reduced: boolean}
 *   | {t: "refused", code: string, sentence: string}
 *   | {t: "over", sentence: string, go: string}} RoomTells
 */

/**
 * A line that speaks this protocol.
 * @typedef {object} RoomLine
 * @property {string} page
 * @property {import("./signal.js").Link} link
 * @property {(claim: boolean) => void} start
 * @property {() => void} stop
 * @property {(message: RoomSays) => void} say
 * @property {(key: string, message: RoomSays) => void} keep
 * @property {(key: string) => void} settle
 * @property {() => void} ask
 * @property {() => void} doubt
 * @property {(message: RoomSays) => Promise<boolean>} part
 * @property {import("../lib/emitter.js").Emitter<{link: import("./signal.js").Link, welcome: {message: RoomWelcome, askedAt: number}, message: RoomTells, taken: null}>["on"]} on
 */

export {};
