/** What a browser remembers for its person: small JSON values that may always be missing, and never decide anything. */

/**
 * @param {Storage | null} shelf
 * @returns {{read: <T>(key: string, otherwise: T) => T, write: (key: string, value: unknown) => void, forget: (key: string) => void}}
 */
function drawer(shelf) {
  return {
    read(key, otherwise) {
      try {
        const text = shelf?.getItem(`alongside.${key}`);
        return text == null ? otherwise : JSON.parse(text);
      } catch {
        return otherwise;
      }
    },
    write(key, value) {
      try {
        shelf?.setItem(`alongside.${key}`, JSON.stringify(value));
      } catch {
        // A full or forbidden store costs a preference, nothing else.
      }
    },
    forget(key) {
      try {
        shelf?.removeItem(`alongside.${key}`);
      } catch {
        // As above.
      }
    },
  };
}

/** @param {"localStorage" | "sessionStorage"} name */
function shelf(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

/** Kept in this browser: devices, the chime. */
export const kept = drawer(shelf("localStorage"));
/** Kept in this tab over a reload: that the seat was taken, muted or not. */
export const tab = drawer(shelf("sessionStorage"));
