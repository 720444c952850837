/** A button that opens a small panel above it: closes on Escape, on a click elsewhere and when focus leaves; arrows walk. */

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} panel
 * @returns {{close: () => void}}
 */
export function popup(button, panel) {
  const items = () => [...panel.querySelectorAll("button, a")].filter((item) => item instanceof HTMLElement && item.offsetParent !== null);

  /** @param {boolean} open */
  function show(open) {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const chosen = panel.querySelector("[aria-checked=true]") ?? items()[0];
    if (chosen instanceof HTMLElement) chosen.focus();
  }

  button.addEventListener("click", () => show(panel.hidden !== false));
  panel.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(/** @type {Element} */ (document.activeElement));
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = all[(at + step + all.length) % all.length];
      if (next instanceof HTMLElement) next.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      show(false);
      button.focus();
    }
  });
  panel.addEventListener("focusout", (event) => {
    const to = event.relatedTarget;
    if (to instanceof Node && !panel.contains(to) && to !== button) show(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !panel.contains(event.target) && !button.contains(event.target)) show(false);
  });
  return { close: () => show(false) };
}
