/**
 * A file with a list of people as text, whatever a spreadsheet has written it in.
 */

/** What a page takes of a list, in bytes: a form is no larger once its signs are written out. */
export const LARGEST = 150_000;
export const TOO_LARGE = "That file is too large. One list has at most 500 people: bring them along in several.";
const NO_LIST = "That is a spreadsheet's own file, or no list at all. Save it as CSV, or copy its cells and paste them above.";

/**
 * @param {Uint8Array} bytes
 * @returns {{ text?: string, fault?: string }}
 */
export function textOf(bytes) {
  const text = decoded(bytes);
  return text.startsWith("PK\u0003\u0004") || text.includes("\0") ? { fault: NO_LIST } : { text };
}

/** @param {Uint8Array} bytes */
function decoded(bytes) {
  // "Unicode text" of a spreadsheet is UTF-16 and says so by its first two bytes.
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Older spreadsheets save in the alphabet of western Europe.
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
