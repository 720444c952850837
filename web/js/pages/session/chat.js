/** The chat: a panel beside the desk, an unread mark on its button. */

/** @import { ChatLine } from "../../models/protocol.js" */
/** @import { ChatLog } from "../../models/chat_log.js" */

import { make, need, say } from "../../lib/dom.js";
import { clockOf } from "../../lib/time.js";

/**
 * What a chat needs of the place it is in.
 * @typedef {object} Talk
 * @property {ChatLog} chat
 * @property {(text: string) => void} say
 * @property {(type: "chat", ear: (said: {line: ChatLine, fresh: boolean}) => void) => unknown} on
 */

/** @param {{talk: Talk, mine: () => number, zone: string}} place `mine` is whose lines are my own */
export function chat({ talk, mine, zone }) {
  const panel = need("#chat", HTMLElement);
  const open = need("#chat-open", HTMLButtonElement);
  const unread = need("#chat-unread", HTMLElement);
  const log = need("#chat-log", HTMLElement);
  const lines = need("#chat-lines", HTMLOListElement);
  const form = need("#chat-form", HTMLFormElement);
  const text = need("#chat-text", HTMLTextAreaElement);
  let waiting = 0;

  /** @param {boolean} shown */
  function show(shown) {
    panel.hidden = !shown;
    open.setAttribute("aria-expanded", String(shown));
    document.body.classList.toggle("chat-open", shown);
    if (!shown) return;
    count(0);
    log.scrollTop = log.scrollHeight;
    text.focus();
  }

  /** @param {number} n */
  function count(n) {
    waiting = n;
    unread.hidden = n === 0;
    unread.replaceChildren(String(n), make("span", { class: "visually-hidden", text: n === 1 ? " unread message" : " unread messages" }));
  }

  open.addEventListener("click", () => show(panel.hidden !== false));
  need("#chat-close", HTMLButtonElement).addEventListener("click", () => {
    show(false);
    open.focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    show(false);
    open.focus();
  });

  function send() {
    const words = text.value.trim();
    if (words === "") return;
    talk.say(words);
    text.value = "";
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });

  talk.on("chat", ({ line, fresh }) => {
    draw();
    if (!fresh || line.from === mine()) return;
    if (!panel.hidden) return;
    count(waiting + 1);
    say(`${line.name} writes: ${line.text}`);
  });

  function draw() {
    const me = mine();
    const low = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const shown = new Set([...lines.children].map((child) => child.getAttribute("data-id")));
    for (const line of talk.chat.lines()) {
      if (shown.has(line.id)) continue;
      lines.append(make("li", { class: line.from === me ? "chat-line mine" : "chat-line", "data-id": line.id },
        make("p", { class: "chat-who" }, make("b", { text: line.from === me ? "You" : line.name }), " ", make("time", { class: "soft small", text: clockOf(line.at_ms, zone) })),
        make("p", { class: "chat-text", text: line.text })));
    }
    if (low) log.scrollTop = log.scrollHeight;
  }
}
