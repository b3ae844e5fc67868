/**
 * Mentions of one mailbox in what others wrote: replies, fields, tags, JSON. An address that stands alone is compared by its key
 * (address-keys.ts). In running text it is found in the forms that mail has it in: as it is, with its domain as A-labels or
 * U-labels, in xtext (RFC 3461 §4), percent-encoded in a link, and with `=` for the at sign, as list software writes a reverse-path.
 * Case does not matter. A longer address that ends or begins with it is another one, and is no mention.
 */
import { domainToUnicode } from 'node:url';
import { suppressionKeyOf } from './address-keys.ts';

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
  /** In octets of a message, as far as they are text. */
  isInOctets(octets: Uint8Array): boolean;
  /** `text` with the address `other` in the place of each mention, in the same form. */
  replacedIn(text: string, other: string): string;
}

/** Octets that two parts of one content have to share, so that no mention between them is missed. */
export const MENTION_OVERLAP_OCTETS = 1_024;

const MOST_CHARS = 1_024;

/** What a local part goes on with to the left, and a domain to the right. */
const BEFORE = String.raw`(?<![\p{L}\p{N}._+-])`;
/** A reverse-path of a list begins with words of its own. */
const BEFORE_RETURNED = String.raw`(?<![\p{L}\p{N}._])`;
const AFTER = String.raw`(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}_-])`;

/** `key`: a `suppressionKey`. */
export function mentionsOf(key: string): AddressMentions {
  const pattern = patternOf(key);
  // What is longer is no address.
  const is = (text: string) => text.length <= MOST_CHARS && suppressionKeyOf(text) === key;
  const isIn = (text: string) => {
    pattern.lastIndex = 0;
    return pattern.test(text) || is(text);
  };
  return {
    key,
    needle: needleOf(key),
    is,
    isIn,
    isInOctets: (octets) => isIn(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString()),
    replacedIn: (text, other) =>
      is(text) ? other : text.replace(pattern, (_, at: string) => other.replace('@', at)),
  };
}

function patternOf(key: string): RegExp {
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const oneOf = (texts: readonly string[]) => `(?:${[...new Set(texts)].map(escaped).join('|')})`;
  const locals = oneOf([local, xtext(local), encodeURIComponent(local)]);
  const domains = oneOf([domain, domainToUnicode(domain) || domain]);
  const before = `(?:${BEFORE}(?=${locals}(?:@|%40))|${BEFORE_RETURNED}(?=${locals}=))`;
  return new RegExp(`${before}${locals}(@|%40|=)${domains}${AFTER}`, 'giu');
}

/**
 * For octets of files, each as one character: the address in the forms of a text, in quoted-printable, and in base64 as far as that does
 * not depend on what stands around it. `spellings`: further ones, of which base64 hides that they are the same. A longer address that
 * contains it is found too: a file has no boundaries of words.
 */
export function octetPatternsOf(key: string, spellings: readonly string[] = []): readonly RegExp[] {
  const at = key.lastIndexOf('@');
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
  const oneOf = (texts: readonly string[]) =>
    [...new Set(texts)].map((text) => escaped(latin1(text))).join('|');
  const locals = oneOf([local, xtext(local), encodeURIComponent(local)]);
  const domains = oneOf([domain, domainToUnicode(domain) || domain]);
  const encoded = [key, ...spellings].flatMap((text) => base64Parts(Buffer.from(text)));
  return [new RegExp(`(?:${locals})(?:@|%40|=40|=)(?:${domains})`, 'gi'), new RegExp(oneOf(encoded), 'g')];
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

/** RFC 3461 §4, of the characters that have to be encoded. */
function xtext(text: string): string {
  return text.replace(
    /[+=]/g,
    (character) => `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
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
