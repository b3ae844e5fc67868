/**
 * A From field that old software writes wrongly, written anew where one author is beyond doubt: a name with specials that
 * nobody put in quotes (`Smith, John <a@x>`, `Dept: News <a@x>`, `First Last [COMPANY/ AREA:] <a@x>`), or a dot at the end of
 * the domain. RFC 5322 §3.4 has the name in quotes; RFC 6409 §8.1 lets a submission server mend what is not as it has to be.
 *
 * There is exactly one address, in angle brackets at the end, and nothing else looks like one: then no reading of what came
 * has another author. What comes out is read by header-from.ts as any other field, and is what authorization judges.
 */
import { isUtf8 } from 'node:buffer';
import { isMailbox, parseMailbox } from '../smtp/address.ts';
import { shownAddresses } from './shown-addresses.ts';

/** Leaves room on a line for the address. */
const MAX_NAME_OCTETS = 500;
const NAMED = /^([^<>]*)<[ \t]*([^<>\s"(),:;\\]+)[ \t]*>[ \t]*$/u;
const BARE = /^()[ \t]*([^<>\s"(),:;\\]+)[ \t]*$/u;
const QUOTED = /^"(?:[^"\\]|\\[\x20-\x7e])*"$/u;
/** Quotes within, escapes, encoded words, and whatever stands beside an at sign have more than one reading. */
const DOUBTFUL = /["\\\x00-\x1f\x7f]|=\?|[@＠﹫][^ ]|[^ ][@＠﹫]/;

/** The value on one line, with its leading space; `undefined`: it is not for us to mend. `value`: as received. */
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
