/** The page about trust: asks the browser again and again until the sign is green. */

import { need } from "../lib/dom.js";
import { trusted } from "../models/trusted.js";

/** How long between two looks, and how many there are before only a return to the page counts. */
const AGAIN_MS = 6000;
const LOOKS = 50;

const line = need("#trust-state", HTMLElement);
const title = need("#trust-title", HTMLElement);
const said = need("#trust-said", HTMLElement);

/** @type {Record<import("../models/trusted.js").Trust, [string, string, string]>} */
const WORDS = {
  trusted: ["good", "This browser trusts this place", "Nothing more to do here. Calls by TURN over TLS are open, too."],
  not: ["slow", "Not trusted yet", "The page opens because a warning was passed by. This sign turns green by itself when the steps are done."],
  unknown: ["unseen", "This browser doesn't tell", "Close it and open this page anew: if no warning comes, it is trusted."],
};

let looking = false;
let looks = 0;
let next = 0;

async function look() {
  if (looking || document.hidden || "settled" in line.dataset || line.dataset.state === "good") return;
  looking = true;
  clearTimeout(next);
  if (looks === 0) show("looking", "Is it trusted already?", "Looking.");
  looks += 1;
  show(...WORDS[await trusted()]);
  looking = false;
  if (looks < LOOKS) next = window.setTimeout(look, AGAIN_MS);
}

/** @param {string} state @param {string} heading @param {string} sentence */
function show(state, heading, sentence) {
  if (title.textContent === heading && line.dataset.state === state) return;
  line.dataset.state = state;
  title.textContent = heading;
  said.textContent = sentence;
}

// An iPad says that it is a Mac, which nobody touches.
const touched = document.getElementById("here-touch");
if (touched && navigator.maxTouchPoints > 1) {
  touched.hidden = false;
  need("#here", HTMLElement).hidden = true;
}

document.addEventListener("visibilitychange", look);
look();
