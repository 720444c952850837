/** Small words for the DOM: find, make, listen, say. */

/**
 * The first element that fits, or null.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement | null}
 */
export function $(selector, root = document) {
  return root.querySelector(selector);
}

/**
 * All elements that fit.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export function $$(selector, root = document) {
  return Array.from(root.querySelectorAll(selector));
}

/**
 * The first element that fits and is of that kind; a page without it is broken, so it throws.
 * @template {Element} T
 * @param {string} selector
 * @param {new (...args: never[]) => T} kind
 * @param {ParentNode} [root]
 * @returns {T}
 */
export function need(selector, kind, root = document) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * Makes an element. `props` are attributes; `class` and `text` are said as such; `true` sets, `false` and null leave out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [props]
 * @param {(Node | string | null)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Listens on a root for events from descendants that fit.
 * @template {keyof HTMLElementEventMap} K
 * @param {Document | HTMLElement} root
 * @param {K} type
 * @param {string} selector
 * @param {(event: HTMLElementEventMap[K], target: HTMLElement) => void} handle
 */
export function on(root, type, selector, handle) {
  root.addEventListener(type, (event) => {
    const target = event.target instanceof Element ? event.target.closest(selector) : null;
    if (target instanceof HTMLElement && root.contains(target)) handle(/** @type {HTMLElementEventMap[K]} */ (event), target);
  });
}

/**
 * Writes words into a place, where they differ: what stands there already is not read out again.
 * @param {string} where
 * @param {string} words
 */
export function put(where, words) {
  const place = need(where, HTMLElement);
  if (place.textContent !== words) place.textContent = words;
}

/** Sentences that wait to be said, so that one does not swallow the other. @type {string[]} */
const waiting = [];
const SAY_MS = 60;

/**
 * Says a sentence to screen readers, without moving the focus.
 * @param {string} sentence
 */
export function say(sentence) {
  const place = document.getElementById("say");
  if (!place || sentence === "" || waiting.includes(sentence)) return;
  waiting.push(sentence);
  if (waiting.length > 1) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = waiting.splice(0).join(" "); }, SAY_MS);
}

/** Says that the page answers: what it would say of scripts that don't come is not needed. */
export function answers() {
  document.documentElement.dataset.awake = "";
}
