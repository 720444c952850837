/** How the line to the server is, and what was refused: said once, kept short, gone when it is over. */

import { need } from "../../lib/dom.js";

/** A hiccup shorter than this is nobody's business, in milliseconds. */
const QUIET_MS = 1200;

/**
 * What has a line that can be away.
 * @typedef {object} Lined
 * @property {import("../../models/signal.js").Link} link
 * @property {boolean} over
 * @property {boolean} taken
 * @property {((type: "link", ear: (link: import("../../models/signal.js").Link) => void) => unknown) & ((type: "refused", ear: (refused: {code: string, sentence: string}) => void) => unknown)} on
 */

/** @param {{root: HTMLElement, session: Lined}} place */
export function status({ root, session }) {
  const line = need("#line-status", HTMLElement);
  const trouble = need("#trouble", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;

  session.on("link", (link) => {
    clearTimeout(later);
    if (link === "open") {
      line.hidden = true;
      return;
    }
    later = setTimeout(() => {
      const called = root.dataset.call === "connected";
      line.textContent = called
        ? "The line to the server is away; your call goes on. It comes back by itself."
        : "The line to the server is away. Your goals are safe; it comes back by itself.";
      line.hidden = session.link === "open" || session.over || session.taken;
    }, QUIET_MS);
  });

  session.on("refused", ({ code, sentence }) => {
    // The door says it beside its button.
    if (code === "full" && root.dataset.part === "door") return;
    trouble.dataset.tone = code === "reported" ? "good" : "trouble";
    need("#trouble-words", HTMLElement).textContent = sentence;
    trouble.hidden = false;
  });
  need("#trouble-close", HTMLButtonElement).addEventListener("click", () => {
    trouble.hidden = true;
  });
}
