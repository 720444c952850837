/** What may be done about somebody: report; for moderators mute and send out. And the sheet of bell and devices. */

/** @import { RoomPlace } from "../room.js" */

import { need, on } from "../../lib/dom.js";
import { post } from "../../lib/form.js";
import { bell, sheetButtons } from "../session/sheets.js";

/** @param {RoomPlace} here */
export function sheets({ table, path, chime }) {
  const report = need("#report-sheet", HTMLDialogElement);
  const remove = need("#remove-sheet", HTMLDialogElement);
  const text = need("#report-text", HTMLTextAreaElement);
  let about = 0;

  sheetButtons();
  bell({ chime });

  on(need("#people", HTMLElement), "click", "[data-act]", async (_event, button) => {
    const menu = button.closest("details");
    menu?.removeAttribute("open");
    // Whoever closes the sheet is back at the menu of that chair.
    menu?.querySelector("summary")?.focus();
    about = Number(button.closest("li")?.dataset.who);
    const name = table.person(about)?.name ?? "";
    if (button.dataset.act === "report") {
      need("#report-name", HTMLElement).textContent = name;
      report.showModal();
    } else if (button.dataset.act === "remove") {
      need("#remove-name", HTMLElement).textContent = name;
      remove.showModal();
    } else {
      const answer = await post(`${path}/mute`, { who: String(about) });
      tell(answer.ok ? `${name} is muted.` : answer.sentence, answer.ok);
    }
  });

  /** @param {string} sentence @param {boolean} good */
  function tell(sentence, good) {
    table.emit("refused", { code: good ? "reported" : "refused", sentence });
  }

  need("#report-form", HTMLFormElement).addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(`${path}/report`, { who: String(about), text: text.value });
    if (!fault("#report-fault", answer)) return;
    text.value = "";
    report.close();
    tell("Your report is with the moderators. You can stay or leave, as you like.", true);
  });
  need("#remove-now", HTMLButtonElement).addEventListener("click", async () => {
    const answer = await post(`${path}/remove`, { who: String(about) });
    if (fault("#remove-fault", answer)) remove.close();
  });
}

/** @param {string} where @param {import("../../lib/form.js").Done | import("../../lib/form.js").Refused} answer @returns {boolean} whether it was done */
function fault(where, answer) {
  const place = need(where, HTMLElement);
  place.hidden = answer.ok;
  if (!answer.ok) place.textContent = answer.sentence;
  return answer.ok;
}
