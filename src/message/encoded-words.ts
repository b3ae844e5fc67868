/**
 * Reads encoded words (RFC 2047, RFC 2231 language tags) for people to see: summaries, tags, metadata. Never used
 * to change a message. The door of libmime.
 */
import libmime from 'libmime';
import { oneLine } from '../platform/visible-text.ts';

// More than any subject; keeps a hostile field from costing time.
const MAX_ENCODED_CHARACTERS = 4_096;

/**
 * `text` with its encoded words decoded; what cannot be decoded stays as it is. Looks at the first 4,096 characters only.
 * Half surrogates, which some charsets can be made to give, become U+FFFD: the store would make that of them.
 */
export function decodeEncodedWords(text: string): string {
  if (!text.includes('=?')) return text;
  const head = text.slice(0, MAX_ENCODED_CHARACTERS);
  try {
    return libmime.decodeWords(head).toWellFormed();
  } catch {
    return head;
  }
}

/** The same for the whole of `text`, however long: for values that programs read. */
export function decodeAllEncodedWords(text: string): string {
  if (!text.includes('=?')) return text;
  try {
    return libmime.decodeWords(text).toWellFormed();
  } catch {
    return text;
  }
}

/** Decoded text for a summary: one line without control characters, at most `maxCharacters` (no half surrogates). */
export function summarize(text: string, maxCharacters: number): string {
  // Cut before and after: the first keeps the work small, encoded words only get shorter.
  const decoded = decodeEncodedWords(text.slice(0, MAX_ENCODED_CHARACTERS));
  return cut(oneLine(decoded), maxCharacters);
}

function cut(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(maxCharacters - 1)) ? maxCharacters - 1 : maxCharacters;
  return text.slice(0, end);
}
