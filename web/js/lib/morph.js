/** Makes one element like another while it stays the same element: focus, scroll and open menus live on. */

/** Attributes that belong to the open page and not to the server. */
const OURS = new Set(["tabindex", "aria-label", "aria-selected", "open"]);

/**
 * Turns `from` into `to`. Elements with an id meet their own kind and stay in place; attributes of the open page on cells and menus stay.
 * @param {Element} from
 * @param {Element} to
 */
export function morph(from, to) {
  attributes(from, to);
  if (from instanceof HTMLTemplateElement) from.replaceWith(to);
  else children(from, to);
}

/**
 * @param {Element} from
 * @param {Element} to
 */
function attributes(from, to) {
  for (const { name, value } of Array.from(to.attributes)) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of Array.from(from.attributes)) {
    const ours = OURS.has(name) && (from.matches("td, details"));
    if (!to.hasAttribute(name) && !ours) from.removeAttribute(name);
  }
}

/**
 * @param {Element} from
 * @param {Element} to
 */
function children(from, to) {
  let at = from.firstChild;
  const ids = new Set(Array.from(to.children, (child) => child.id).filter(Boolean));
  for (const wanted of Array.from(to.childNodes)) {
    const kept = matching(from, at, wanted);
    if (!kept) {
      from.insertBefore(wanted, at);
      continue;
    }
    // What stands before it and is not wanted goes first: an element that is moved loses the focus in it.
    while (at && at !== kept && !(at instanceof Element && ids.has(at.id))) at = removed(at);
    if (kept !== at) from.insertBefore(kept, at);
    at = kept.nextSibling;
    if (kept instanceof Element && wanted instanceof Element) morph(kept, wanted);
    else if (kept.nodeValue !== wanted.nodeValue) kept.nodeValue = wanted.nodeValue;
  }
  while (at) at = removed(at);
}

/** Removes a node and answers the one after it. @param {ChildNode} node */
function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/**
 * The node that may become the wanted one: by its id, else the one in its place if it is of the same kind.
 * @param {Element} parent
 * @param {ChildNode | null} at
 * @param {ChildNode} wanted
 * @returns {ChildNode | null}
 */
function matching(parent, at, wanted) {
  if (wanted instanceof Element && wanted.id) {
    return Array.from(parent.children).find((child) => child.id === wanted.id && child.tagName === wanted.tagName) ?? null;
  }
  if (!at || at.nodeType !== wanted.nodeType || at.nodeName !== wanted.nodeName) return null;
  return at instanceof Element && at.id ? null : at;
}
