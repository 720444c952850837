/** Sends forms as forms and reads the answers: what was done, or a refusal with its sentence. */

/**
 * @typedef {{ ok: true, note?: string, go?: string, [more: string]: unknown }} Done
 * @typedef {{ ok: false, code: string, sentence: string }} Refused
 */

const AWAY = "The server can't be reached just now. Nothing is lost; try again in a moment.";

/**
 * Posts values and answers with what came of it. Never throws.
 * @param {string} url
 * @param {Record<string, string | string[]> | FormData | URLSearchParams} values
 * @returns {Promise<Done | Refused>}
 */
export async function post(url, values) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { accept: "application/json" },
      body: encoded(values),
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect") {
      location.reload();
      return { ok: false, code: "login", sentence: "Please sign in again. Nothing is lost." };
    }
    const said = await answer.json();
    if (answer.ok) return { ...said, ok: true };
    return { ok: false, code: String(said.code ?? "trouble"), sentence: String(said.sentence ?? AWAY) };
  } catch {
    return { ok: false, code: "away", sentence: AWAY };
  }
}

/**
 * Posts a form to where it points, with the button that was pressed.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} [submitter]
 */
export async function postForm(form, submitter = null) {
  const data = new FormData(form);
  const buttons = Array.from(form.querySelectorAll("button"));
  if (submitter instanceof HTMLButtonElement && submitter.name) data.set(submitter.name, submitter.value);
  for (const button of buttons) button.setAttribute("aria-busy", "true");
  const action = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.pathname;
  const answer = await post(action, data);
  for (const button of buttons) button.removeAttribute("aria-busy");
  return answer;
}

/**
 * @param {Record<string, string | string[]> | FormData | URLSearchParams} values
 * @returns {URLSearchParams}
 */
function encoded(values) {
  if (values instanceof URLSearchParams) return values;
  const body = new URLSearchParams();
  const pairs = values instanceof FormData ? [...values.entries()] : Object.entries(values);
  for (const [name, value] of pairs) {
    for (const one of Array.isArray(value) ? value : [value]) body.append(name, String(one));
  }
  return body;
}
