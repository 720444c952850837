/** The setup's other way: sends a backup to the machine, says how it goes, and waits until the house that came opens its door. */

import { need } from "../lib/dom.js";

const form = document.querySelector("#bring-back");
if (form instanceof HTMLFormElement) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

/** @param {HTMLFormElement} form */
async function send(form) {
  const file = need("input[type=file]", HTMLInputElement, form).files?.[0];
  const passphrase = need("input[type=password]", HTMLInputElement, form).value;
  const button = need("button", HTMLButtonElement, form);
  const said = need("output", HTMLElement, form);
  if (!file) return;
  button.disabled = true;
  said.textContent = "It is on its way. Stay on this page.";
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { accept: "application/json", "x-passphrase": encodeURIComponent(passphrase) },
      body: file,
    });
    const told = await answer.json();
    said.textContent = String((answer.ok ? told.note : told.sentence) ?? "");
    if (answer.ok) return open();
  } catch {
    said.textContent = "The server can't be reached just now. Nothing was changed; try again in a moment.";
  }
  button.disabled = false;
}

/** Knocks until the house is ready. */
function open() {
  setTimeout(async () => {
    const ready = await fetch("/readyz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (ready) location.assign("/login");
    else open();
  }, 1500);
}
