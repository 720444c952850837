/** The sheets: leave, sound and devices, safety code, report, leave and block. */

/** @import { Room } from "./room.js" */
/** @import { Sound } from "../../models/chime.js" */

import { wake } from "../../lib/audio.js";
import { $$, need } from "../../lib/dom.js";
import { post } from "../../lib/form.js";
import { tab } from "../../lib/storage.js";
import { whom } from "./whom.js";

/** @param {Room} room */
export function sheets(room) {
  sheetButtons();
  leaving(room);
  bell(room);
  if (!room.door.test) {
    report(room);
    block(room);
    safety(room);
  }
  // A tab that another took over, or a room that closed, has nothing left to ask.
  room.session.on("taken", () => closeAll());
  room.session.on("over", () => closeAll());
}

/** The code that two can compare; there is none while the server stands between three. @param {Room} room */
function safety({ call }) {
  const code = need("#safety-code", HTMLElement);
  call.on("code", (said) => {
    code.textContent = said.code;
  });
  call.on("way", (way) => {
    const server = way === "server";
    if (server) code.textContent = "–";
    for (const part of $$("#safety-sheet .sheet-body > *")) part.hidden = (part.id === "safety-server") !== server;
  });
}

/** `data-sheet` opens that sheet from the menu. */
export function sheetButtons() {
  for (const button of $$("[data-sheet]")) {
    button.addEventListener("click", () => {
      need("#more-panel", HTMLElement).hidden = true;
      const more = need("#more", HTMLElement);
      more.setAttribute("aria-expanded", "false");
      // Whoever closes the sheet is back at the button that is still there.
      more.focus();
      need(button.dataset.sheet ?? "", HTMLDialogElement).showModal();
    });
  }
}

export function closeAll() {
  for (const sheet of document.querySelectorAll("dialog[open]")) if (sheet instanceof HTMLDialogElement) sheet.close();
}

/** @param {Room} room @param {string} note @param {string} to */
async function go(room, note, to) {
  tab.forget(`seat.${room.door.booking}`);
  room.root.dispatchEvent(new Event("leave-room"));
  await Promise.race([room.session.leave(note), new Promise((done) => setTimeout(done, 1500))]);
  room.still();
  location.assign(to);
}

/** @param {Room} room */
function leaving(room) {
  const { session } = room;
  const sheet = need("#leave-sheet", HTMLDialogElement);
  const note = document.querySelector("#leave-note");
  need("#leave", HTMLButtonElement).addEventListener("click", () => {
    // After the bell there is nothing to explain.
    if (session.phase === "wrap_up") {
      const next = document.querySelector("#next-session a");
      go(room, "", next instanceof HTMLAnchorElement && soon(next, session.now()) ? next.pathname : "/");
    } else sheet.showModal();
  });
  function leave() {
    const words = note instanceof HTMLTextAreaElement ? note.value.trim() : "";
    if (note instanceof HTMLTextAreaElement) note.value = "";
    go(room, words, "/");
  }
  need("#leave-now", HTMLButtonElement).addEventListener("click", leave);
  need("#leave-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    leave();
  });
}

/** Whether the next lobby is open already. @param {HTMLAnchorElement} link @param {number} now */
function soon(link, now) {
  return Number(link.dataset.start) * 1000 - now < 10 * 60_000;
}

/** @param {{chime: import("../../models/chime.js").Chime}} place */
export function bell({ chime }) {
  const { settings } = chime;
  for (const radio of $$("#chime-sound input")) {
    if (!(radio instanceof HTMLInputElement)) continue;
    radio.checked = radio.value === settings.sound;
    radio.addEventListener("change", () => chime.set({ sound: /** @type {Sound} */ (radio.value) }));
  }
  const volume = need("#chime-volume", HTMLInputElement);
  volume.value = String(settings.volume);
  volume.addEventListener("input", () => chime.set({ volume: Number(volume.value) }));
  const silent = need("#chime-silent", HTMLInputElement);
  silent.checked = settings.silent;
  silent.addEventListener("change", () => chime.set({ silent: silent.checked }));
  need("#chime-sample", HTMLButtonElement).addEventListener("click", () => {
    wake();
    chime.sample("end");
  });
}

/** @param {Room} room */
function report({ session, door }) {
  const sheet = need("#report-sheet", HTMLDialogElement);
  const form = need("#report-form", HTMLFormElement);
  const text = need("#report-text", HTMLTextAreaElement);
  const fault = need("#report-fault", HTMLElement);
  const about = whom(sheet, session);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(`${door.path}/report`, { seat: String(about() ?? ""), text: text.value });
    fault.hidden = answer.ok;
    if (!answer.ok) {
      fault.textContent = answer.sentence;
      return;
    }
    text.value = "";
    sheet.close();
    session.emit("refused", { code: "reported", sentence: "Your report is with the moderators. You can go on or leave, as you like." });
  });
}

/** @param {Room} room */
function block(room) {
  const { session, door } = room;
  const fault = need("#block-fault", HTMLElement);
  const about = whom(need("#block-sheet", HTMLDialogElement), session);
  need("#block-now", HTMLButtonElement).addEventListener("click", async () => {
    const answer = await post(`${door.path}/block`, { seat: String(about() ?? "") });
    fault.hidden = answer.ok;
    if (!answer.ok) {
      fault.textContent = answer.sentence;
      return;
    }
    await go(room, "", "/");
  });
}
