/** The lobby: who comes and how, the switches of my devices, the countdown, and the seat. */

/** @import { Room } from "./room.js" */
/** @import { Seat } from "../../models/protocol.js" */

import { $$, make, need, say } from "../../lib/dom.js";
import { clockOf, countdown, sessionsWords, skyOf, until } from "../../lib/time.js";
import { switches } from "./switches.js";
import { minutes, names, timeOf, whereabouts } from "./words.js";

const LOBBY_S = 600;
const HOUR_S = 3600;

/** @param {Room} room */
export function lobby(room) {
  const { session, media, door } = room;
  const seat = need("#take-seat", HTMLButtonElement);
  const late = document.querySelector("#late");

  seat.addEventListener("click", () => room.sit());
  late?.addEventListener("click", () => {
    session.late(3);
    if (late instanceof HTMLButtonElement) late.disabled = true;
    say("Said.");
  });

  switches(media);

  let wasHere = false;
  session.on("state", () => {
    const partner = session.partner;
    card(partner, session.now(), session.state?.promised === true);
    others(session.company.slice(1), session.now());
    for (const spot of $$("[data-partner-name]")) spot.textContent = names(session.company) || "your partner";
    addressed(names(session.company) || "your partner");
    if (!door.test) need("#headline", HTMLElement).textContent = partner ? `A desk beside ${names(session.company)}` : "Your desk is ready";
    manners(room, partner);
    const here = partner?.here === true;
    if (partner && here && !wasHere && !session.seated) say(whereabouts(partner));
    wasHere = here;
    const news = session.state?.news ?? null;
    need("#news", HTMLElement).hidden = !news;
    need("#news-words", HTMLElement).textContent = news ?? "";
    const guide = need("#first-guide", HTMLElement);
    guide.hidden = door.sessions > 0 && partner?.sessions !== 0;
    need("#first-guide-title", HTMLElement).textContent =
      door.sessions > 0 && partner ? `${partner.name}'s first session. How it goes:` : partner?.sessions === 0 ? "The first session for both of you" : "Your first session";
    if (late instanceof HTMLElement) {
      const mine = session.me?.late_minutes ?? null;
      late.textContent = mine === null ? "I'm three minutes late" : `${names(session.company) || "Your partner"} ${session.company.length > 1 ? "know" : "knows"} you're late`;
      if (mine !== null && late instanceof HTMLButtonElement) late.disabled = true;
    }
  });

  session.on("phase", () => manners(room, session.partner));
  session.on("tick", (now) => {
    if (session.seated) return;
    const { starts_at, ends_at } = session.times;
    const left = Math.ceil((starts_at * 1000 - now) / 1000);
    const count = need("#countdown", HTMLElement);
    seat.disabled = session.phase === "ahead";
    if (door.test) count.textContent = "";
    else if (session.phase === "ahead") count.textContent = opens(left - LOBBY_S, clockOf((starts_at - LOBBY_S) * 1000, door.zone));
    else count.textContent = left > 0 ? `Starts in ${countdown(left)}` : session.phase === "wrap_up" ? "The bell has rung." : begun(ends_at - now / 1000);
    if (late instanceof HTMLElement) late.hidden = !session.partner || left > 600 || left < -300;
    document.title = left > 0 && !door.test ? `${left < HOUR_S ? countdown(left) : until(left)} · Lobby${session.partner ? ` · ${names(session.company)}` : ""}` : document.title;
    const partner = session.partner;
    if (partner) clockOfThem(partner, now);
  });
}

/** When the door opens: by the clock while it is far, by the second when it is near. @param {number} left @param {string} clock */
function opens(left, clock) {
  return left < LOBBY_S ? `The lobby opens in ${countdown(left)}` : `The lobby opens at ${clock}, ${until(left)}`;
}

/** What is left for who comes late. @param {number} left */
function begun(left) {
  return `It has begun, with ${minutes(Math.max(1, Math.round(left / 60)))} left. Come in.`;
}

/** @param {Seat | null} partner @param {number} now @param {boolean} promised */
function card(partner, now, promised) {
  const lamp = need("#who-lamp", HTMLElement);
  const nobody = promised
    ? { name: "Company is on its way", here: "You will have company. We'll tell you with whom just before the start." }
    : { name: "Nobody yet", here: "The door stays open. Who books this time sits with you." };
  need("#who-name", HTMLElement).textContent = partner?.name ?? nobody.name;
  need("#who-here", HTMLElement).textContent = partner ? whereabouts(partner) : nobody.here;
  lamp.dataset.here = String(partner?.here === true);
  lamp.textContent = partner ? (partner.name[0]?.toUpperCase() ?? "") : "";
  const time = need("#who-time", HTMLElement);
  time.hidden = !partner;
  const facts = need("#who-facts", HTMLElement);
  if (!partner) return facts.replaceChildren();
  clockOfThem(partner, now);
  const said = [
    sessionsWords(partner.sessions),
    partner.met_before ? "you have met before" : null,
    partner.task === "moving" ? "on the move" : partner.task === "desk" ? "at the desk" : null,
    partner.camera_off_ok ? "camera off is fine" : null,
    partner.mic_muted ? "microphone muted" : null,
    partner.sharing ? "sharing the screen" : null,
    partner.title || null,
  ];
  facts.replaceChildren(...said.filter((words) => words !== null).map((words) => make("li", { text: words })));
}

/** Who else sits there: a line each. @param {Seat[]} more @param {number} now */
function others(more, now) {
  const list = need("#who-others", HTMLUListElement);
  list.hidden = more.length === 0;
  list.replaceChildren(...more.map((seat) => make("li", {}, make("b", { text: seat.name }), `, ${sessionsWords(seat.sessions)}. ${timeOf(seat, now)} ${whereabouts(seat)}`)));
}

/** To whom the chat goes. @param {string} name */
function addressed(name) {
  const words = `Message to ${name}`;
  const field = need("#chat-text", HTMLTextAreaElement);
  if (field.placeholder === words) return;
  field.placeholder = words;
  const label = document.querySelector("label[for=chat-text]");
  if (label) label.textContent = words;
}

/** @param {Seat} partner @param {number} now */
function clockOfThem(partner, now) {
  const time = need("#who-time", HTMLElement);
  const words = timeOf(partner, now);
  if (time.textContent === words) return;
  time.textContent = words;
  time.className = `sky ${skyOf(now, partner.zone)}`;
}

/** Who begins; talk or quiet. @param {Room} room @param {Seat | null} partner */
function manners({ session }, partner) {
  const words = need("#who-manners", HTMLElement);
  const me = session.me;
  words.hidden = !partner || !me;
  if (!partner || !me) return;
  const begins = session.company.find((seat) => seat.begins) ?? partner;
  const quiet = me.quiet && partner.quiet ? "You both asked for quiet: write instead of talking." : partner.quiet ? `${partner.name} asked for quiet: write instead of talking.` : me.quiet ? "You asked for quiet: you write instead of talking." : null;
  const late = session.phase === "focus" ? "The work has begun: come in quietly." : null;
  words.textContent = late ?? quiet ?? (me.begins ? "You say hello first." : `${begins.name} says hello first.`);
}
