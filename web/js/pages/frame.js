/** What every page can do: menus that close, buttons that copy, dialogs that open, forms that are sent once. */

import { $, $$, on, say } from "../lib/dom.js";

closeMenus();
copyLines();
dialogs();
forms();

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
    if (event.target instanceof HTMLDialogElement && event.target.matches(".sheet")) event.target.close();
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
