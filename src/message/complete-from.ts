/**
 * A From field without any at sign, as cron and the small senders write it (`root (Cron Daemon)`, `root`, `MAILER-DAEMON <>`),
 * completed from the envelope: a local part gets the reverse-path's domain, a name alone its whole address. RFC 6409 §8.8.
 *
 * No reader can take anything in such a field for an address, also not after decoding it, so what is completed is the only
 * author there is. Whether that may be one, authorization says: it judges the field as it leaves.
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

/** The value on one line, with its leading space; it may need quotes (repair-from.ts). `undefined`: it is not for us to complete. */
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
