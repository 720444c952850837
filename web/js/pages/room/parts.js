/** Which part of the page is seen: the door, the table or a still page; and the panels that move between them. */

/** @import { RoomPlace } from "../room.js" */

import { need, say } from "../../lib/dom.js";
import { place } from "../session/phases.js";
import { closeAll } from "../session/sheets.js";

/** @param {RoomPlace} here */
export function parts({ root, table, call, media, still }) {
  const all = {
    door: need("#door", HTMLElement),
    table: need("#table", HTMLElement),
    closed: need("#closed", HTMLElement),
    elsewhere: need("#elsewhere", HTMLElement),
  };

  /** @returns {keyof typeof all} */
  function part() {
    if (table.taken) return "elsewhere";
    if (table.over) return "closed";
    return table.inside ? "table" : "door";
  }

  function show() {
    const shown = part();
    const arriving = root.dataset.part !== shown && shown === "table";
    root.dataset.part = shown;
    for (const [name, element] of Object.entries(all)) element.hidden = name !== shown;
    if (shown === "table") {
      place(need("#goal-form", HTMLElement), "#table-goal");
      place(need("#device-panel", HTMLElement), "#settings-devices");
    } else if (shown === "door") {
      place(need("#me-tile", HTMLElement), "#door-picture");
      place(need("#goal-form", HTMLElement), "#door-goal");
      place(need("#device-panel", HTMLElement), "#lobby-devices");
    }
    if (arriving) {
      need("#table-title", HTMLElement).focus();
      say(media.mic ? "You are inside." : "You are inside, and muted.");
    }
  }

  table.on("inside", show);
  table.on("taken", (taken) => {
    if (taken) {
      closeAll();
      call.close();
      media.rest();
    }
    show();
    if (taken) need("#elsewhere-title", HTMLElement).focus();
  });
  need("#use-here", HTMLButtonElement).addEventListener("click", () => {
    table.useHere();
    media.open();
  });
  table.on("over", ({ sentence, go }) => {
    closeAll();
    need("#closed-words", HTMLElement).textContent = sentence;
    need("#closed-go", HTMLAnchorElement).href = go;
    show();
    still();
    need("#closed-title", HTMLElement).focus();
  });
  table.on("state", () => {
    const { name, people, capacity } = table.state ?? { name: "", people: [], capacity: 0 };
    for (const title of ["#room-title", "#table-title"]) need(title, HTMLElement).textContent = name;
    need("#table-count", HTMLElement).textContent = `${people.length} of ${capacity} chairs`;
  });
  show();
}
