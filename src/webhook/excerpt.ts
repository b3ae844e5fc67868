/**
 * The beginning of a receiver's response body for the delivery log: bounded, and text that is safe on a terminal or
 * page.
 */
import { spaced } from '../platform/visible-text.ts';

/** Characters kept. */
export const EXCERPT_LENGTH = 500;
/** Octets that contain as many characters in any case. */
export const EXCERPT_BYTES = 4 * EXCERPT_LENGTH;

/** `undefined` for an empty body. Control characters become spaces; a body that is not UTF-8 gives `(not text)`. */
export function excerptOf(bytes: Uint8Array): string | undefined {
  const start = bytes.subarray(0, EXCERPT_BYTES);
  if (start.length === 0) return undefined;
  let text: string;
  try {
    // A stream decoder, because the cut may split a character.
    text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
  } catch {
    return '(not text)';
  }
  if (text.includes('\0')) return '(not text)';
  const line = spaced(text).trim();
  return line === '' ? undefined : Array.from(line).slice(0, EXCERPT_LENGTH).join('');
}
