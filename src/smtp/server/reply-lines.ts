/**
 * A reply as sent. It cannot be split, whatever its text contains, and is ASCII: not every client has asked for more
 * (RFC 6531 §3.7.4).
 */
import { visibleAscii } from '../../platform/visible-text.ts';

/** `text` with several lines makes a reply of several lines. RFC 5321 §4.2.1. */
export function replyLines(code: number, text: string | string[]): string {
  if (typeof text === 'string') return `${code} ${visibleAscii(text)}\r\n`;
  return text.map((line, i) => `${code}${i < text.length - 1 ? '-' : ' '}${visibleAscii(line)}\r\n`).join('');
}
