/** The beginning of a receiver's answer, for the delivery log: text only, bounded, on its way to a terminal or a page. */
import { spaced } from '../platform/visible-text.ts';

/** Characters kept. */
export const EXCERPT_LENGTH = 500;
/** Octets that hold as many characters, whatever they are. */
export const EXCERPT_BYTES = 4 * EXCERPT_LENGTH;

/** `undefined` for nothing; control characters become spaces; what is no UTF-8 is only said to be there. */
export function excerptOf(bytes: Uint8Array): string | undefined {
  const start = bytes.subarray(0, EXCERPT_BYTES);
  if (start.length === 0) return undefined;
  let text: string;
  try {
    // Not the end: a character may have been cut in two.
    text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
  } catch {
    return '(not text)';
  }
  if (text.includes('\0')) return '(not text)';
  const line = spaced(text).trim();
  return line === '' ? undefined : Array.from(line).slice(0, EXCERPT_LENGTH).join('');
}
