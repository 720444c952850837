/** Which part of the page is seen: lobby, stage or a still page; and the panels that move between them. */

/** @import { Room } from "./room.js" */

import { need, say } from "../../lib/dom.js";

/** @param {Room} room */
export function phases(room) {
  const { root, session, call } = room;
  const parts = {
    lobby: need("#lobby", HTMLElement),
    stage: need("#stage", HTMLElement),
    closed: need("#closed", HTMLElement),
    elsewhere: need("#elsewhere", HTMLElement),
  };
  const mine = need("#me-tile", HTMLElement);
  const goals = need("#goals", HTMLElement);
  const devices = need("#device-panel", HTMLElement);
  const wrap = need("#wrap-up", HTMLElement);
  /** The person's own choice of picture size in the focus. */
  let large = false;

  /** @returns {keyof typeof parts} */
  function part() {
    if (session.taken) return "elsewhere";
    if (session.over || session.phase === "closed") return "closed";
    return session.seated ? "stage" : "lobby";
  }

  function show() {
    const shown = part();
    const wrapping = session.phase === "wrap_up";
    const near = session.phase !== "focus" || large;
    root.dataset.phase = shown === "closed" ? "closed" : session.phase;
    root.dataset.seated = String(session.seated);
    root.dataset.view = near ? "near" : "far";
    const arriving = shown === "stage" && parts.stage.hidden && (document.activeElement === document.body || parts.lobby.contains(document.activeElement));
    for (const [name, element] of Object.entries(parts)) element.hidden = name !== shown;
    wrap.hidden = !wrapping;
    if (shown === "stage") {
      place(mine, "#me-slot");
      place(goals, wrapping ? "#wrap-goals" : "#stage-mine");
      place(devices, "#settings-devices");
      if (arriving) need("#stage-title", HTMLElement).focus();
    }
    call.closeness(near ? "near" : "far");
    if (shown === "closed" && root.dataset.still === undefined) {
      root.dataset.still = "";
      document.title = "The room is closed";
      const next = document.querySelector("#next-session");
      if (next) need("#closed-next", HTMLElement).append(...next.childNodes);
      room.still();
      need("#closed-title", HTMLElement).focus();
    }
  }

  session.on("phase", (phase) => {
    large = false;
    show();
    if (!session.seated) return;
    if (phase === "goals") say(session.company.some((seat) => seat.seated) ? "It begins. Say hello." : "It begins.");
    if (phase === "focus") say("Now just work.");
    if (phase === "wrap_up") {
      const typing = document.activeElement instanceof HTMLInputElement || document.activeElement instanceof HTMLTextAreaElement;
      // The title is read where the focus goes there, and said where it stays.
      if (typing || document.querySelector("dialog[open]")) say("That's the bell. How did it go?");
      else need("#wrap-title", HTMLElement).focus({ preventScroll: true });
    }
  });
  session.on("state", show);
  session.on("taken", (taken) => {
    if (taken) {
      call.close();
      room.media.rest();
    }
    show();
    if (taken) need("#elsewhere-title", HTMLElement).focus();
  });
  need("#use-here", HTMLButtonElement).addEventListener("click", () => {
    session.useHere();
    room.media.open();
  });
  session.on("over", ({ sentence, go }) => {
    if (sentence) need("#closed-words", HTMLElement).textContent = sentence;
    if (go) need("#closed-go", HTMLAnchorElement).href = go;
    show();
  });

  const size = need("#view-size", HTMLButtonElement);
  size.addEventListener("click", () => {
    large = !large;
    size.setAttribute("aria-pressed", String(large));
    show();
  });
  show();
}

/** Moves a panel, keeping its focus and its picture alive. @param {HTMLElement} panel @param {string} slot */
export function place(panel, slot) {
  const home = need(slot, HTMLElement);
  if (panel.parentElement === home) return;
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  home.append(panel);
  for (const video of panel.querySelectorAll("video")) if (video.srcObject) video.play().catch(() => {});
  if (focused instanceof HTMLElement) focused.focus();
}
