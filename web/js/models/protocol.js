/** The wire protocol of the session page as types; the twin of `src/live/protocol.rs`, which says what each message means. */

/** @typedef {"done" | "partly" | "not_done"} Outcome */
/** @typedef {{text: string, outcome: Outcome | null}} Goal */
/** @typedef {"on" | "veiled" | "off"} CameraState */
/** @typedef {{mic: boolean, camera: CameraState, screen: boolean, trouble: string | null}} Media */
/** @typedef {{id: string, from: number, name: string, text: string, at_ms: number, to?: number[]}} ChatLine */
/** @typedef {{id: string, text: string, at_ms: number, to: number[]}} GivenLine */
/** @typedef {{urls: string[], username?: string, credential?: string}} IceServer */

/**
 * @typedef {object} Seat
 * @property {number} booking
 * @property {string} name
 * @property {string} zone
 * @property {number} sessions
 * @property {number} starts_at
 * @property {number} ends_at
 * @property {number} closes_at
 * @property {number} minutes
 * @property {string} task
 * @property {boolean} quiet
 * @property {boolean} camera_off_ok
 * @property {boolean} mic_muted
 * @property {boolean} sharing
 * @property {string} title
 * @property {boolean} here
 * @property {boolean} seated
 * @property {boolean} sat
 * @property {string} page
 * @property {number} order
 * @property {Goal[]} goals
 * @property {Media} media
 * @property {number | null} away_until_ms
 * @property {number | null} late_minutes
 * @property {string | null} left
 * @property {boolean} no_show
 * @property {boolean} begins
 * @property {boolean} met_before
 * @property {boolean | null} agreed
 * @property {boolean} joins
 * @property {boolean} by_itself
 */

/** Which way the call goes: from browser to browser, through the server, or the two are being asked. @typedef {"pair" | "asked" | "server"} CallWay */
/** Company for who sits alone. @typedef {{n: number, kind: "together" | "joins", names: string[], yes: boolean, asked: boolean, moves_at_ms: number | null}} Offer */
/** @typedef {{alone: boolean, by_itself: boolean, offer: Offer | null}} Lounge */
/** @typedef {{session: number, rev: number, seats: Seat[], call: CallWay, news: string | null, promised: boolean, came: string | null, lounge: Lounge | null}} State */

/**
 * What one page tells the other through the server, which passes it on unread. `page` is the sender's, `for` the page
 * it is meant for, `n` counts the connections between the two.
 * @typedef {object} SignalData
 * @property {string} page
 * @property {string} [for]
 * @property {number} [n]
 * @property {RTCSessionDescriptionInit | null} [description]
 * @property {RTCIceCandidateInit | null} [candidate]
 * @property {boolean} [key] please send a key frame: the picture stands still here
 * @property {boolean} [back] my line was away: what was said meanwhile is to be said again
 * @property {"pair" | "server"} [shown] I see you by this way: the call before need not go on for me
 * @property {BookedAgain} [booked]
 * @property {boolean} [comes] they sit down where I booked again
 */

/** @typedef {{start: number, minutes: number, booking: number}} BookedAgain */

/**
 * @typedef {{t: "hello", page: string, claim: boolean}
 *   | {t: "ping", at: number}
 *   | {t: "sit"}
 *   | {t: "goals", goals: Goal[], nonce: number}
 *   | {t: "mark", goal: number, outcome: Outcome | null, nonce: number}
 *   | {t: "signal", to: number, data: SignalData}
 *   | {t: "chat", id: string, text: string}
 *   | {t: "give_back", lines: GivenLine[]}
 *   | {t: "media", media: Media}
 *   | {t: "away", minutes: number | null}
 *   | {t: "late", minutes: number}
 *   | {t: "ice"}
 *   | {t: "high_five"}
 *   | {t: "leave", note: string}
 *   | {t: "agree", yes: boolean | null}
 *   | {t: "sit_with", offer: number}
 *   | {t: "stay_alone", yes: boolean}
 *   | {t: "attention", visible: boolean, idle_ms: number}
 *   | {t: "media_offer", n: number, sdp: string, anew: boolean}
 *   | {t: "media_wish", wishes: import("./room_protocol.js").Wish[]}} FromPage
 */

/** @typedef {{t: "welcome", now_ms: number, run: string, you: number, state: State, chat: ChatLine[], ice: IceServer[]}} Welcome */

/**
 * @typedef {Welcome
 *   | {t: "ice", ice: IceServer[], full?: string}
 *   | {t: "state", state: State}
 *   | {t: "pong", at: number, now_ms: number}
 *   | {t: "saved", nonce: number}
 *   | {t: "signal", from: number, data: SignalData}
 *   | {t: "chat", line: ChatLine}
 *   | {t: "chat_all", chat: ChatLine[]}
 *   | {t: "high_five", from: number, both: boolean}
 *   | {t: "media_answer", n: number, sdp: string}
 *   | {t: "media_refused", n: number, sentence: string}
 *   | {t: "media_gone"}
 *   | {t: "media_slots", slots: import("./room_protocol.js").Slot[]}
 *   | {t: "speaking", who: number[]}
 *   | {t: "quality", reduced: boolean}
 *   | {t: "taken_over"}
 *   | {t: "refused", code: string, sentence: string, nonce: number | null}
 *   | {t: "over", sentence: string, go: string}} ToPage
 */

export {};
