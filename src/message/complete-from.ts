/**
 * Completes a From field without an at sign, as cron and small senders write it (`root (Cron Daemon)`, `root`,
 * `MAILER-DAEMON <>`), from the envelope: a local part gets the reverse-path's domain, a name alone its whole
 * address. RFC 6409 §8.8.
 *
 * Such a field contains nothing that a reader could take for an address, also after decoding, so the completed author
 * is the only one. Authorization checks the completed field.
 */
import { isUtf8 } from 'node:buffer';
import { formatMailbox, type Mailbox } from '../smtp/address.ts';
import { decodeAllEncodedWords } from './encoded-words.ts';
import { decodeText } from './header-section.ts';

const MAX_CHARACTERS = 500;
const LOCAL_PART = String.raw`[\w!#$%&'*+/?^\x60{|}~-]+(?:\.[\w!#$%&'*+/?^\x60{|}~-]+)*`;
const COMMENT = String.raw`(?:[ \t]*\([^()\\]*\))?`;
/** `root`, `root (Cron Daemon)`. */
const BARE = new RegExp(String.raw`^[ \t]*(${LOCAL_PART})(${COMMENT})[ \t]*$`);
/** `Cron Daemon <root>`, `MAILER-DAEMON <>`. */
const IN_BRACKETS = new RegExp(String.raw`^([^<>]*)<[ \t]*(${LOCAL_PART}|)[ \t]*>(${COMMENT})[ \t]*$`, 'u');
const NO_NAME = /[<>;]|^\s*$/;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** The value on one line with its leading space; it may need quotes (repair-from.ts). `undefined`: not completed. */
export function completeFrom(value: Uint8Array, reversePath: Mailbox): string | undefined {
  if (!isUtf8(value)) return undefined;
  const text = decodeText(value).replaceAll('\r\n', '');
  if (text.length > MAX_CHARACTERS || CONTROL.test(text) || holdsAtSign(text)) return undefined;
  const [, bare, comment = ''] = BARE.exec(text) ?? [];
  if (bare !== undefined) return ` ${bare}@${reversePath.domain}${comment}`;
  const address = formatMailbox(reversePath);
  const [, name, localPart = '', after = ''] = IN_BRACKETS.exec(text) ?? [];
  if (name !== undefined) {
    const completed = localPart === '' ? address : `${localPart}@${reversePath.domain}`;
    return ` ${`${name.trim()} <${completed}>${after}`.trimStart()}`;
  }
  return NO_NAME.test(text) ? undefined : ` ${text.trim()} <${address}>`;
}

function holdsAtSign(text: string): boolean {
  return decodeAllEncodedWords(text).normalize('NFKC').includes('@');
}
