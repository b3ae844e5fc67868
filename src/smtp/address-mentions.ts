/**
 * Mentions of one mailbox in what others wrote: replies, fields, tags, JSON. An address that stands alone is compared by its key
 * (address-keys.ts). In running text it is found in the forms that mail has it in: as it is, quoted (RFC 5321 §4.1.2), with its domain
 * as A-labels or U-labels, in xtext (RFC 3461 §4), with escapes of a link, of quoted-printable, of HTML and of JSON, and with `=` for the
 * at sign, as list software writes a reverse-path. Case does not matter. A longer address that ends or begins with it is another one,
 * and is no mention: `o'ann@x.example` is not `ann@x.example`.
 */
import { domainToUnicode } from 'node:url';
import { isMailbox, parseMailbox } from './address.ts';
import { foldedWidely, suppressionKeyOf } from './address-keys.ts';

export interface AddressMentions {
  /** The `suppressionKey` that it was made with. */
  readonly key: string;
  /**
   * ASCII letters and digits in lower case, possibly none: a text of ASCII that lacks them in any case mentions nothing. For a query
   * that leaves out most rows.
   */
  readonly needle: string;
  /** `text` is an address, and it is this one. */
  is(text: string): boolean;
  /** `text` has it somewhere. */
  isIn(text: string): boolean;
  /** `text` is where mail goes or comes from: it is this address, or one whose local part has it, as of a list's reverse-path. */
  isInAddress(text: string): boolean;
  /** In octets of a message, as far as they are text. */
  isInOctets(octets: Uint8Array): boolean;
  /** `text` with the address `other` in the place of each mention, in the same form. */
  replacedIn(text: string, other: string): string;
  /** The same of what {@link isInAddress} finds. */
  replacedInAddress(text: string, other: string): string;
}

/** Octets that two parts of one content have to share, so that no mention between them is missed. */
export const MENTION_OVERLAP_OCTETS = 1_024;

const MOST_CHARS = 1_024;
const BEYOND_ASCII = /[^\x00-\x7f]/;

/** An escape whose last octets look like letters: of a link, also of one in a link; of quoted-printable; of a string of JSON or C. */
const ESCAPED = String.raw`%(?:25)*(?:0[9AD]|2[0267-9CF]|3[A-E]|5[BD]|60|7[BD])|=(?:09|2[0267-9CF]|3[A-E]|5[BD])|\\(?:[nrtbf]|u00[0-9A-F]{2})`;
/** RFC 5322 §3.2.3, and what RFC 6532 adds. */
const ATOM_CHARACTER = String.raw`[\p{L}\p{N}.!#$%&'*+\/=?^_\x60{|}~\-]`;
/** Before the local part of a reverse-path by which a sender knows its own bounces again (BATV). */
const SIGNATURE = String.raw`prvs=[^=\/@]{1,64}[=\/]`;
const SIGNED = new RegExp(`^${SIGNATURE}`, 'i');
/**
 * What a local part goes on with to the left. Most of its characters also stand before an address that begins there: as in
 * `?to=ann@x.example` and in quotes. An apostrophe after a letter does not, and in angle brackets none does.
 */
const BEFORE = String.raw`(?:(?<=${ESCAPED})|(?<![\p{L}\p{N}._+\-]|[\p{L}\p{N}]'|<(?!${SIGNATURE})${ATOM_CHARACTER}{1,64}))`;
/** A reverse-path of a list begins with words of its own. */
const BEFORE_RETURNED = String.raw`(?<![\p{L}\p{N}._])`;
/** What a domain goes on with to the right. */
const AFTER = String.raw`(?![\p{L}\p{N}_\-]|\.[\p{L}\p{N}_\-])`;
/** Escapes of the at sign. */
const AT = String.raw`@|%(?:25)*40|=40|&#64;|&#x40;|\\u0040`;

/** `key`: a `suppressionKey`. */
export function mentionsOf(key: string): AddressMentions {
  const pattern = patternOf(key);
  const needle = needleOf(key);
  const hasNeedle = new RegExp(needle, 'i');
  // What is longer is no address.
  const is = (text: string) => text.length <= MOST_CHARS && suppressionKeyOf(text) === key;
  const isAddress = (text: string) => is(text) || is(text.replace(SIGNED, ''));
  const has = (text: string) => {
    pattern.lastIndex = 0;
    return pattern.test(text);
  };
  // Letters that only folding makes those of the address.
  const hasFolded = (text: string) => BEYOND_ASCII.test(text) && has(foldedWidely(text));
  const isIn = (text: string) => has(text) || is(text) || hasFolded(text);
  const replacedOnce = (text: string, other: string) =>
    text.replace(pattern, (_, at: string) => other.replace('@', at));
  const replaced = (text: string, other: string) => {
    const left = replacedOnce(text, other);
    return hasFolded(left) ? replacedOnce(foldedWidely(left), other) : left;
  };
  const replacedIn = (text: string, other: string) => (is(text) ? other : replaced(text, other));
  return {
    key,
    needle,
    is,
    isIn,
    isInAddress: (text) => {
      const local = localOf(text);
      return isAddress(text) || (local === undefined ? isIn(text) : has(local));
    },
    isInOctets: (octets) => {
      const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString();
      return hasNeedle.test(text) && has(text);
    },
    replacedIn,
    replacedInAddress: (text, other) => {
      const local = localOf(text);
      if (isAddress(text)) return other;
      if (local === undefined) return replacedIn(text, other);
      return `${replaced(local, other)}${text.slice(local.length)}`;
    },
  };
}

/** The local part as it is written; `undefined`: it is no address. */
function localOf(text: string): string | undefined {
  if (text.length > MOST_CHARS || !isMailbox(parseMailbox(text, MOST_CHARS))) return undefined;
  return text.slice(0, text.lastIndexOf('@'));
}

function patternOf(key: string): RegExp {
  const { locals, domains } = spellingsOf(key, (text) => text);
  const before = `(?:(?=${locals}(?:${AT}))${BEFORE}|(?=${locals}=)${BEFORE_RETURNED})`;
  return new RegExp(`${before}${locals}(${AT}|=)${domains}${AFTER}`, 'giu');
}

/** Patterns of both parts, in every form. `written`: a character of a text as characters of the pattern. */
function spellingsOf(
  key: string,
  written: (text: string) => string,
): { readonly locals: string; readonly domains: string } {
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const spelled = (text: string) => Array.from(text, (character) => spellingOf(character, written)).join('');
  const name = local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/gsu, '$1') : local;
  // Any character may have a backslash there, and JSON doubles them.
  const inQuotes = Array.from(name, (character) => `${BACKSLASHES}${spellingOf(character, written)}`).join(
    '',
  );
  const quote = `${BACKSLASHES}${spellingOf('"', written)}`;
  const quoted = `${quote}${inQuotes}${quote}`;
  return {
    locals: local === name ? `(?:${spelled(local)}|${quoted})` : quoted,
    domains: `(?:${[...new Set([domain, domainToUnicode(domain) || domain])].map(spelled).join('|')})`,
  };
}

/** A character in both cases, as it is or by an escape. Letters and digits of ASCII have none. */
function spellingOf(character: string, written: (text: string) => string): string {
  if (/[A-Za-z0-9.\-_]/.test(character)) return escaped(character);
  const cases = new Set([character, character.toUpperCase()]);
  return `(?:${[...cases].flatMap((one) => formsOf(one, written)).join('|')})`;
}

function formsOf(character: string, written: (text: string) => string): readonly string[] {
  const octets = [...Buffer.from(character)].map((octet) => octet.toString(16).padStart(2, '0'));
  const code = character.codePointAt(0) ?? 0;
  const hexadecimal = code.toString(16);
  return [
    ...new Set([character, character.normalize('NFD')].map((text) => escaped(written(text)))),
    octets.map((octet) => `%(?:25)*${octet}`).join(''),
    octets.map((octet) => `=${octet}`).join(''),
    ...[`&#0*${code};`, `&#x0*${hexadecimal};`, ...(NAMED[character] ?? [])],
    // RFC 3461 §4, RFC 6533 §3; and JSON.
    code < 128 ? String.raw`\+${hexadecimal}` : String.raw`\\x\{${hexadecimal}\}`,
    String.raw`\\u${hexadecimal.padStart(4, '0')}`,
  ];
}

/** Few, so that a long row of them costs no more than any text. */
const BACKSLASHES = String.raw`\\{0,3}`;

const NAMED: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;'],
  "'": ['&apos;'],
  '"': ['&quot;'],
};

/**
 * For octets of files, each as one character: the address in the forms of a text, and in base64 as far as that does not depend on what
 * stands around it. `spellings`: further ones, of which base64 hides that they are the same. A longer address that contains it is found
 * too: a file has no boundaries of words.
 */
export function octetPatternsOf(key: string, spellings: readonly string[] = []): readonly RegExp[] {
  const { locals, domains } = spellingsOf(key, latin1);
  const encoded = [key, ...spellings].flatMap((text) => base64Parts(Buffer.from(text)));
  return [
    new RegExp(`${locals}(?:${AT}|=)${domains}`, 'gi'),
    new RegExp([...new Set(encoded)].map(escaped).join('|'), 'g'),
  ];
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The three ways in which it may stand in a longer text, without the characters that have bits of its neighbours. */
function base64Parts(octets: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), octets])
      .toString('base64')
      .replace(/=+$/, '');
    const end = (before + octets.length) % 3 === 0 ? whole.length : whole.length - 1;
    return whole.slice(Math.ceil((before * 8) / 6), end);
  });
}

function needleOf(key: string): string {
  const local = key.slice(0, key.lastIndexOf('@'));
  const runs = local.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  // What folding makes of letters beyond ASCII is not in the text, which has such letters then.
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
