/** A lasting event stream: comes back by itself after any break, each page at its own moment. */

/**
 * Listens to an event stream. Each handler gets the parsed data of its event.
 * @param {string} url
 * @param {Record<string, (data: any) => void>} handlers
 * @param {(line: "open" | "lost" | "resting") => void} [tell]
 * @returns {() => void} opens a line that rests
 */
export function listen(url, handlers, tell = () => {}) {
  /** @type {EventSource | null} */
  let source = null;
  let tries = 0;
  let timer = 0;
  let resting = false;

  function open() {
    source?.close();
    source = new EventSource(url);
    source.onopen = () => {
      tries = 0;
      tell("open");
    };
    source.onerror = () => {
      tell("lost");
      source?.close();
      again();
    };
    source.addEventListener("crowded", rest);
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => {
        const data = /** @type {MessageEvent<string>} */ (event).data;
        handle(data ? JSON.parse(data) : {});
      });
    }
  }

  /** Waits longer each time, at most half a minute, and never in step with the others. */
  function again() {
    clearTimeout(timer);
    const most = Math.min(30_000, 1000 * 2 ** tries);
    tries += 1;
    timer = window.setTimeout(open, most / 2 + Math.random() * most / 2);
  }

  /** There are too many lines of mine, and this is the oldest: it is for the page that is looked at to have one. */
  function rest() {
    source?.close();
    clearTimeout(timer);
    resting = true;
    tell("resting");
  }

  function wake() {
    resting = false;
    atOnce();
  }

  function seen() {
    if (resting && document.visibilityState === "visible") wake();
  }

  function atOnce() {
    if (resting) return;
    if (source?.readyState === EventSource.OPEN) return;
    clearTimeout(timer);
    tries = 0;
    open();
  }

  window.addEventListener("online", atOnce);
  document.addEventListener("visibilitychange", seen);
  window.addEventListener("pageshow", (event) => { if (event.persisted) atOnce(); });
  open();

  return wake;
}
