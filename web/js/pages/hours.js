/** The opening hours as they are typed: each day is drawn anew, and weekdays take over Monday's by one press. */

import { $, $$, need, on } from "../lib/dom.js";

const DAY = 24 * 60;
const form = need("#hours", HTMLFormElement);

for (const button of $$("[data-same]", form)) button.hidden = false;
on(form, "click", "[data-same]", (_event, button) => copy(button));
form.addEventListener("input", (event) => {
  // Who types a time means it.
  const field = event.target;
  if (field instanceof HTMLInputElement && field.type === "time") need("[name=when][value=week]", HTMLInputElement, form).checked = true;
  draw();
});
draw();

/** @param {string} text "9:30" @returns {number | null} minutes after midnight */
function minutes(text) {
  const [hour, minute] = text.split(":").map(Number);
  return text && Number.isFinite(hour + minute) ? hour * 60 + minute : null;
}

/** @param {number} day @returns {HTMLInputElement[][]} its pairs of fields */
function pairs(day) {
  const fields = (/** @type {string} */ name) => /** @type {HTMLInputElement[]} */ ($$(`[name=${name}-${day}]`, form));
  const to = fields("to");
  return fields("from").map((from, n) => [from, to[n]]);
}

/** @param {number} day @returns {[number, number][]} from and to, as typed */
function spans(day) {
  return pairs(day).flatMap(([first, last]) => {
    const [from, to] = [minutes(first.value), minutes(last.value)];
    return from === null || to === null ? [] : [/** @type {[number, number]} */ ([from, to])];
  });
}

/** Lights in each day what is typed, and what is left of the night before. */
function draw() {
  const always = need("[name=when][value=always]", HTMLInputElement, form).checked;
  for (const part of $$("[data-day]", form)) {
    const day = Number(part.dataset.day);
    const own = spans(day).map(([from, to]) => [from, to <= from ? DAY : to]);
    const night = spans((day + 6) % 7).filter(([from, to]) => to <= from && to > 0).map(([, to]) => [0, to]);
    const lit = always ? [[0, DAY]] : [...night, ...own];
    part.querySelector("g")?.replaceChildren(...lit.map(([from, to]) => bar(from, to)));
  }
}

/** @param {number} from @param {number} to */
function bar(from, to) {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x: from, y: 0, width: to - from, height: 16 })) rect.setAttribute(name, String(value));
  return rect;
}

/** Monday's hours on the days that the button names. @param {HTMLElement} button */
function copy(button) {
  const whole = pairs(0).filter(([from, to]) => from.value || to.value);
  for (const day of (button.dataset.same ?? "").split(" ").map(Number)) {
    const place = $(`[data-day="${day}"] .hours-spans`, form);
    const there = pairs(day);
    while (place && there.length < whole.length) {
      const pair = /** @type {HTMLElement} */ (there[there.length - 1][0].parentElement?.cloneNode(true));
      place.append(pair);
      there.push(/** @type {HTMLInputElement[]} */ ($$("input", pair)));
    }
    for (const [n, [from, to]] of there.entries()) {
      from.value = whole[n]?.[0].value ?? "";
      to.value = whole[n]?.[1].value ?? "";
      const more = from.closest("details");
      if (more && from.value) more.open = true;
    }
  }
  need("[name=when][value=week]", HTMLInputElement, form).checked = true;
  draw();
}
