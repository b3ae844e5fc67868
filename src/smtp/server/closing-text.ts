/** The text of a reply that closes the connection: with a status, and with the name of the host that closes (RFC 5321 §4.2.2). */
import { visibleAscii } from '../../platform/visible-text.ts';
import * as replies from './replies.ts';

/** An enhanced status code in front of a text (RFC 3463 §2). */
export const STATUS = /^[245]\.\d{1,3}\.\d{1,3} /;
// The library's text for an idle timeout; its code table cannot tell it from other 421s.
const LIBRARY_IDLE_TEXT = 'Timeout - closing connection';

/** `data`: as the library has it; `name`: the relay's. */
export function closingText(data: string | string[] | null | undefined, name: string): string {
  const text = typeof data === 'string' ? visibleAscii(data) : '';
  if (text === LIBRARY_IDLE_TEXT)
    return `${replies.IDLE_FOR_TOO_LONG.status ?? ''} ${name} ${replies.IDLE_FOR_TOO_LONG.text}`;
  const status = STATUS.exec(text)?.[0] ?? '4.7.0 ';
  return `${status}${name} ${text.replace(STATUS, '').replace(`${name} `, '')}`;
}
