/**
 * Repairs a malformed From field of old software where the author is unambiguous: an unquoted name with specials
 * (`Smith, John <a@x>`, `Dept: News <a@x>`, `First Last [COMPANY/ AREA:] <a@x>`), or a dot at the end of the domain.
 * RFC 5322 §3.4 requires quotes; RFC 6409 §8.1 allows a submission server to repair them.
 *
 * There is exactly one address, in angle brackets at the end, and nothing else resembles one, so no reading has
 * another author. header-from.ts parses the result, and authorization checks it.
 */
import { isUtf8 } from 'node:buffer';
import { isMailbox, parseMailbox } from '../smtp/address.ts';
import { shownAddresses } from './shown-addresses.ts';

/** Leaves space on a line for the address. */
const MAX_NAME_OCTETS = 500;
const NAMED = /^([^<>]*)<[ \t]*([^<>\s"(),:;\\]+)[ \t]*>[ \t]*$/u;
const BARE = /^()[ \t]*([^<>\s"(),:;\\]+)[ \t]*$/u;
const QUOTED = /^"(?:[^"\\]|\\[\x20-\x7e])*"$/u;
/** Inner quotes, escapes, encoded words and text next to an at sign are ambiguous. */
const DOUBTFUL = /["\\\x00-\x1f\x7f]|=\?|[@＠﹫][^ ]|[^ ][@＠﹫]/;

/** The value on one line with its leading space; `undefined`: not repaired. `value`: as received. */
export function repairFrom(value: Uint8Array): string | undefined {
  if (!isUtf8(value)) return undefined;
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    .toString('utf8')
    .replaceAll('\r\n', '')
    .replaceAll('\t', ' ');
  const [, written = '', given = ''] = NAMED.exec(text) ?? BARE.exec(text) ?? [];
  const address = given.replace(/\.$/, '');
  if (!isMailbox(parseMailbox(address))) return undefined;
  const name = written.trim();
  if (name === '') return ` ${address}`;
  if (Buffer.byteLength(name) > MAX_NAME_OCTETS || shownAddresses(name)?.length !== 0) return undefined;
  if (QUOTED.test(name)) return ` ${name} <${address}>`;
  return DOUBTFUL.test(name) ? undefined : ` "${name}" <${address}>`;
}
