/**
 * Two ways to carry the same messages: a WebSocket, or an event stream with POSTs where a browser refuses the socket.
 * A transport lives once: it opens or not, and closes once; who wants another makes another.
 */

/** @import { FromPage, ToPage } from "./protocol.js" */

/**
 * @typedef {object} Ears
 * @property {() => void} opened
 * @property {(message: ToPage) => void} heard
 * @property {() => void} closed called once, also when it never opened
 */

/**
 * @typedef {object} Transport
 * @property {(message: FromPage) => void} send
 * @property {() => void} close
 * @property {boolean} greets whether the address already says hello
 */

/** A socket that has not opened by then counts as refused, in milliseconds. */
const OPEN_MS = 4000;

/**
 * @param {string} text
 * @returns {ToPage | null}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @implements {Transport} */
export class SocketTransport {
  greets = false;
  /** @type {Ears | null} */
  #ears;
  /** @type {WebSocket | null} */
  #socket = null;
  #deadline;

  /**
   * @param {string} path of the session, `/session/12`
   * @param {Ears} ears
   */
  constructor(path, ears) {
    this.#ears = ears;
    const url = new URL(`${path}/live`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.#deadline = setTimeout(() => this.#end(), OPEN_MS);
    try {
      this.#socket = new WebSocket(url);
    } catch {
      // Some browsers and blockers refuse at once instead of failing later.
      setTimeout(() => this.#end(), 0);
      return;
    }
    this.#socket.onopen = () => {
      clearTimeout(this.#deadline);
      this.#ears?.opened();
    };
    this.#socket.onmessage = (event) => {
      const message = parsed(event.data);
      if (message) this.#ears?.heard(message);
    };
    this.#socket.onclose = () => this.#end();
    this.#socket.onerror = () => this.#end();
  }

  /** @param {FromPage} message */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close() {
    this.#ears = null;
    this.#end();
  }

  #end() {
    clearTimeout(this.#deadline);
    const ears = this.#ears;
    this.#ears = null;
    // A dead network would keep a closing socket half open for a minute: it is let go of, not waited for.
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      if (socket.readyState <= WebSocket.OPEN) socket.close();
    }
    ears?.closed();
  }
}

/** @implements {Transport} */
export class StreamTransport {
  greets = true;
  /** @type {Ears | null} */
  #ears;
  #stream;
  #deadline;
  #path;
  #page;
  /** @type {FromPage[]} */
  #queue = [];
  #posting = false;

  /**
   * @param {string} path of the session, `/session/12`
   * @param {string} page
   * @param {boolean} claim
   * @param {Ears} ears
   */
  constructor(path, page, claim, ears) {
    this.#path = path;
    this.#page = page;
    this.#ears = ears;
    this.#stream = new EventSource(`${path}/events?page=${encodeURIComponent(page)}&claim=${claim ? 1 : 0}`);
    this.#deadline = setTimeout(() => this.#end(), OPEN_MS);
    this.#stream.onopen = () => {
      clearTimeout(this.#deadline);
      this.#ears?.opened();
    };
    this.#stream.onmessage = (event) => {
      const message = parsed(event.data);
      if (message) this.#ears?.heard(message);
    };
    // The browser would reconnect by itself with the old `claim`: the page does it, with its own pace.
    this.#stream.onerror = () => this.#end();
  }

  /** @param {FromPage} message */
  send(message) {
    this.#queue.push(message);
    this.#post();
  }

  close() {
    this.#ears = null;
    this.#end();
  }

  /** One request at a time, so that messages keep their order. */
  async #post() {
    if (this.#posting) return;
    this.#posting = true;
    while (this.#ears && this.#queue.length > 0) {
      const batch = this.#queue.splice(0);
      const done = await post(this.#path, this.#page, batch);
      if (!done) this.#end();
    }
    this.#posting = false;
  }

  #end() {
    clearTimeout(this.#deadline);
    const ears = this.#ears;
    this.#ears = null;
    this.#stream.onopen = this.#stream.onmessage = this.#stream.onerror = null;
    this.#stream.close();
    ears?.closed();
  }
}

/**
 * Sends messages without a transport; lives on when the page goes away.
 * @param {string} path
 * @param {string} page
 * @param {FromPage[]} messages
 * @returns {Promise<boolean>} whether the server took them
 */
export async function post(path, page, messages) {
  const body = JSON.stringify(messages);
  try {
    const answer = await fetch(`${path}/send?page=${encodeURIComponent(page)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      keepalive: body.length < 60_000,
      body,
    });
    return answer.ok;
  } catch {
    return false;
  }
}
