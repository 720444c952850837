/** Going through a page by the keyboard alone, and hearing what it says aloud. */

/**
 * A stop of the Tab key.
 * @typedef {object} Stop
 * @property {string} what tag, id and name
 * @property {boolean} named
 * @property {boolean} ring the focus is to be seen
 * @property {boolean} seen it lies in the window, and nothing lies over it
 */

/**
 * Presses Tab through a page, once around.
 * @param {import('@playwright/test').Page} page
 * @returns {Promise<Stop[]>}
 */
export async function walk(page, most = 150) {
  /** @type {Stop[]} */
  const stops = [];
  const first = await page.evaluate(() => {
    window.scrollTo(0, 0);
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    return 0;
  });
  for (let n = first; n < most; n += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(stopHere);
    if (!stop || (stops.length > 0 && stop.again)) break;
    stops.push(stop);
  }
  return stops;
}

/** What is wrong with the stops of a page, as sentences. @param {Stop[]} stops */
export function faults(stops) {
  return stops.flatMap(({ what, named, ring, seen }) => [
    ...(named ? [] : [`${what} has no name`]),
    ...(ring ? [] : [`${what} shows no focus`]),
    ...(seen ? [] : [`${what} is out of sight`]),
  ]);
}

/** In the page: where the focus is. */
function stopHere() {
  const here = document.activeElement;
  if (!(here instanceof HTMLElement) || here === document.body) return null;
  const w = /** @type {any} */ (window);
  w.__walked ??= new WeakSet();
  const again = w.__walked.has(here);
  w.__walked.add(here);
  const label = here instanceof HTMLInputElement || here instanceof HTMLTextAreaElement || here instanceof HTMLSelectElement ? here.labels?.[0] : null;
  const lines = (/** @type {Element | null | undefined} */ element) => {
    if (!element) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
  };
  const name = here.getAttribute('aria-label') ?? label?.innerText ?? (here.innerText || here.title || here.getAttribute('placeholder') || '');
  // A choice is drawn by the words beside its field.
  const drawn = here.matches('[type=radio], [type=checkbox]') && label ? label : here;
  const box = drawn.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 40)];
  const top = document.elementFromPoint(x, y);
  const seen = top !== null && (drawn.contains(top) || top.contains(drawn));
  return {
    what: `${here.tagName.toLowerCase()}${here.id ? `#${here.id}` : ''} “${name.trim().replace(/\s+/g, ' ').slice(0, 40)}”`,
    named: name.trim() !== '' || Boolean(here.getAttribute('aria-labelledby')) || Boolean(here.querySelector('title')),
    ring: lines(here) || lines(here.nextElementSibling) || lines(label) || lines(label?.querySelector('span')),
    seen,
    again,
  };
}

/** Begins to write down what the page says aloud. @param {import('@playwright/test').Page} page */
export async function listen(page) {
  await page.evaluate(() => {
    const w = /** @type {any} */ (window);
    w.__aloud = [];
    const seen = new WeakMap();
    const look = () => {
      for (const place of document.querySelectorAll('[role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive]')) {
        const element = /** @type {HTMLElement} */ (place);
        const words = element.checkVisibility() ? element.innerText.trim().replace(/\s+/g, ' ') : '';
        if (words !== '' && words !== seen.get(element)) w.__aloud.push(words);
        seen.set(element, words);
      }
      // A heading or sheet that takes the focus is read.
      const here = document.activeElement;
      if (here instanceof HTMLElement && here !== w.__focused && here.matches('h1, h2')) w.__aloud.push(here.innerText.trim());
      w.__focused = here;
    };
    look();
    w.__aloud.length = 0;
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    document.addEventListener('focusin', look);
  });
}

/** All that was said aloud since, in its order. @param {import('@playwright/test').Page} page @returns {Promise<string[]>} */
export async function aloud(page) {
  return page.evaluate(() => /** @type {any} */ (window).__aloud);
}
