/**
 * Decodes encoded words (RFC 2047, RFC 2231 language tags) for display: summaries, tags, metadata. Never used to
 * change a message. The only importer of libmime.
 */
import libmime from 'libmime';
import { oneLine } from '../platform/visible-text.ts';

// Longer than any subject; bounds the cost of a hostile field.
const MAX_ENCODED_CHARACTERS = 4_096;

/**
 * `text` with its encoded words decoded; undecodable ones are kept. Reads the first 4,096 characters only. Surrogate
 * halves, which some charsets can produce, become U+FFFD, as the store would make them.
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

/** The same without a length limit, for values that programs read. */
export function decodeAllEncodedWords(text: string): string {
  if (!text.includes('=?')) return text;
  try {
    return libmime.decodeWords(text).toWellFormed();
  } catch {
    return text;
  }
}

/** Decoded text for a summary: one line without control characters, at most `maxCharacters`, no surrogate halves. */
export function summarize(text: string, maxCharacters: number): string {
  // Cut before and after: the first bounds the work, and encoded words only get shorter.
  const decoded = decodeEncodedWords(text.slice(0, MAX_ENCODED_CHARACTERS));
  return cut(oneLine(decoded), maxCharacters);
}

function cut(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(maxCharacters - 1)) ? maxCharacters - 1 : maxCharacters;
  return text.slice(0, end);
}
