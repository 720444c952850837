/** Whether all words of a page can be read: in the page, what is cut, covered or beside the window, as sentences. */

/** For `page.evaluate`. @returns {string[]} */
export function unreadable() {
  /** @type {Set<string>} */
  const faults = new Set();
  const FIXED = 'thead, .places, .bars, .controls, .lobby-foot, .sheet-foot, .shelf, .asleep';
  const seen = (/** @type {Element} */ element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest('.visually-hidden, .skip, thead:not(:has(:focus))');
  const name = (/** @type {Element} */ element) => `${element.tagName.toLowerCase()}${element.id && `#${element.id}`} “${(element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40)}”`;

  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) {
    const wide = [...document.querySelectorAll('body *')].filter((element) => seen(element) && !element.closest('.places') && element.getBoundingClientRect().right > window.innerWidth + 1);
    faults.add(`${over} px too wide: ${wide.slice(0, 4).map(name).join(' | ')}`);
  }

  /** The boxes that cut what lies in them, up to one that scrolls. @param {Element} element */
  const cutters = (element) => {
    const boxes = [];
    for (let up = /** @type {Element | null} */ (element); up && up !== document.body; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (/hidden|clip/.test(style.overflowX + style.overflowY)) boxes.push({ box: up.getBoundingClientRect(), dots: style.textOverflow === 'ellipsis' });
      else if (/auto|scroll/.test(style.overflowX + style.overflowY) || style.position === 'fixed') break;
    }
    return boxes;
  };

  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = words.nextNode(); text; text = words.nextNode()) {
    const parent = text.parentElement;
    if (!parent || !text.nodeValue?.trim() || !seen(parent) || parent.closest('select, textarea, script, style, option')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const cuts = cutters(parent);
    for (const line of range.getClientRects()) {
      if (line.width < 2 || line.height < 2) continue;
      const top = Math.max(line.top, ...cuts.map(({ box }) => box.top));
      const bottom = Math.min(line.bottom, ...cuts.map(({ box }) => box.bottom));
      const left = Math.max(line.left, ...cuts.map(({ box }) => box.left));
      const right = Math.min(line.right, ...cuts.map(({ box }) => box.right));
      const dots = cuts.some(({ box, dots: said }) => said && box.right <= right + 1);
      // Letters stand in the middle of their line; a line that is not there at all is left out on purpose.
      const slack = line.height * 0.2;
      const there = bottom - top > slack && right - left > 2;
      if (there && line.height - (bottom - top) > slack) faults.add(`cut across: ${name(parent)}`);
      if (there && line.width - (right - left) > 2 && !dots) faults.add(`cut off: ${name(parent)}`);
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      if (!there || x < 0 || y < 0 || x > window.innerWidth || y > window.innerHeight) continue;
      const upmost = document.elementFromPoint(x, y);
      if (!upmost || parent.contains(upmost) || upmost.contains(parent) || upmost.closest(FIXED) || parent.closest('.pulse')) continue;
      if (upmost.matches('input') && upmost.parentElement?.contains(parent)) continue;
      faults.add(`covered: ${name(parent)} by ${name(upmost)}`);
    }
  }
  return [...faults];
}
