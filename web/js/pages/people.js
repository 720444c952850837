/** People: find by name, and favorite, rest or block without leaving the place on the page. */

import { $, on, say } from "../lib/dom.js";
import { findByName } from "../lib/find.js";
import { postForm } from "../lib/form.js";

findByName();

const list = $("#people");
if (list) {
  on(list, "submit", "form", (event, form) => {
    if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
    const question = form.dataset.confirm;
    event.preventDefault();
    event.stopPropagation();
    if (question && !confirm(question)) return;
    void relate(form);
  });
}

/**
 * Sends the form and shows the card as the server has it now.
 * @param {HTMLFormElement} form
 */
async function relate(form) {
  const card = form.closest("li");
  const wasMenu = form.closest(".menu") !== null;
  const answer = await postForm(form);
  if (!answer.ok) {
    say(answer.sentence);
    alert(answer.sentence);
    return;
  }
  if (!(card instanceof HTMLElement) || !(await refreshed(card, wasMenu))) location.reload();
  else if (answer.note) say(answer.note);
}

/**
 * Replaces a card by its new self and keeps the focus in it.
 * @param {HTMLElement} card
 * @param {boolean} inMenu
 * @returns {Promise<boolean>} whether the card was found again
 */
async function refreshed(card, inMenu) {
  try {
    const page = await fetch(location.pathname + location.search);
    const parsed = new DOMParser().parseFromString(await page.text(), "text/html");
    const fresh = parsed.querySelector(`#people > [data-id="${card.dataset.id}"]`);
    if (!(fresh instanceof HTMLElement)) return false;
    const here = document.importNode(fresh, true);
    card.replaceWith(here);
    $(inMenu ? "summary" : "button", here)?.focus();
    return true;
  } catch {
    return false;
  }
}
