/** What every page can do: a focus that is in sight, menus that close, buttons that copy, dialogs that open, forms that are sent once, drafts that outlive a reload. */

import { $, $$, on, say } from "../lib/dom.js";
import { tab } from "../lib/storage.js";

keepInSight();
closeMenus();
copyLines();
dialogs();
forms();
drafts();

/** Browsers leave what is half in sight where it is: what a key leads to is seen whole. */
function keepInSight() {
  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement) || !target.matches("a, button, input, select, summary, textarea") || !target.matches(":focus-visible")) return;
    // What sticks to an edge is in sight wherever the page stands.
    if (target.closest(".controls, .lobby-foot, .places, .bars, .sheet-foot")) return;
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

/** A menu closes on Escape and on a click elsewhere. */
function closeMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open]")) {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of $$("details.menu[open]")) {
      menu.removeAttribute("open");
      $("summary", menu)?.focus();
    }
  });
}

/** `data-copy="#id"` copies the value or text of that element and says so. */
function copyLines() {
  on(document, "click", "[data-copy]", async (_event, button) => {
    const source = document.querySelector(button.dataset.copy ?? "");
    if (!source) return;
    const isInput = source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement;
    const text = isInput ? source.value : source.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (isInput) source.select();
      document.execCommand("copy");
    }
    const word = $("[data-word]", button) ?? button;
    const before = word.textContent;
    word.textContent = "Copied";
    say("Copied");
    setTimeout(() => { word.textContent = before; }, 2000);
  });
}

/** `data-open="#id"` opens that dialog; `data-close` closes its own; a click beside the sheet closes it too. */
function dialogs() {
  on(document, "click", "[data-open]", (_event, button) => {
    const dialog = document.querySelector(button.dataset.open ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  });
  on(document, "click", "[data-close]", (_event, button) => button.closest("dialog")?.close());
  document.addEventListener("click", (event) => {
    // The second click of a double click was meant for what opened the sheet.
    if (event.target instanceof HTMLDialogElement && event.target.matches(".sheet") && event.detail < 2) event.target.close();
  });
}

/** `data-confirm` asks first; `data-once` lets a second press wait for the first. */
function forms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    const question = form.dataset.confirm;
    if (question && !confirm(question)) {
      event.preventDefault();
      return;
    }
    if (form.dataset.once === undefined) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    for (const button of $$("button", form)) button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of $$("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of $$("button", form)) button.removeAttribute("aria-busy");
    }
  });
}

/** `data-draft`: what is half typed when the page goes stands there again after a reload, in this tab; what was sent is in no field. */
function drafts() {
  const key = (/** @type {Element} */ field) => `draft.${location.pathname}#${field.id}`;
  const fields = () => $$("[data-draft]").filter((field) => field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement);
  for (const field of fields()) {
    field.value ||= tab.read(key(field), "");
    if (field.value !== "") field.closest("details")?.setAttribute("open", "");
  }
  window.addEventListener("pagehide", () => {
    for (const field of fields()) {
      if (field.value.trim() === "") tab.forget(key(field));
      else tab.write(key(field), field.value);
    }
  });
}
