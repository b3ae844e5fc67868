/**
 * Mentions of one mailbox in what others wrote: replies, fields, tags, JSON. An address that stands alone is compared by its key
 * (address-keys.ts). In running text it is found in the forms that mail has it in: as it is, quoted (RFC 5321 §4.1.2), with its domain
 * as A-labels or U-labels, in xtext (RFC 3461 §4), with escapes of a link, of quoted-printable, of HTML and of JSON, and with `=` for the
 * at sign, as list software writes a reverse-path, and turned round as SRS writes one. Case does not matter. A longer address that ends
 * or begins with it is another one, and is no mention: `o'ann@x.example` is not `ann@x.example`. Where a text alone cannot tell, as
 * with `a/ann@x.example`, {@link AddressMentions.besides} says that somebody has the longer one.
 */
import { isMailbox, parseMailbox } from './address.ts';
import { foldedWidely, suppressionKeyOf } from './address-keys.ts';
import { escaped, spellingsOf } from './address-spellings.ts';

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
  /** The same, in texts of which `addresses` are known to be those of somebody: a mention of a longer one is none of this one. */
  besides(addresses: Iterable<string>): AddressMentions;
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
const EQUALS = String.raw`=|%(?:25)*3D|=3D`;
/** What a forwarder has before the domain and local part of a reverse-path that it rewrote (SRS0 and SRS1). */
const REWRITTEN = String.raw`(?<=SRS[01](?:${EQUALS}|[+\-])[^\s@<>"]{1,128}(?:${EQUALS}))`;
/** Longer addresses that are known of one text; more are not looked for. */
const MOST_LONGER = 50;

/** `key`: a `suppressionKey`. */
export function mentionsOf(key: string): AddressMentions {
  return mentionsBeside(key, []);
}

/** `longer`: the keys of others. */
function mentionsBeside(key: string, longer: readonly string[]): AddressMentions {
  const pattern = patternOf(key, longer);
  const needle = needleOf(key);
  const hasNeedle = new RegExp(needle, 'i');
  // What is longer is no address.
  const is = (text: string) => text.length <= MOST_CHARS && suppressionKeyOf(text) === key;
  const isAddress = (text: string) => is(text) || is(text.replace(SIGNED, ''));
  const has = (text: string) => {
    pattern.lastIndex = 0;
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text))
      if (isMention(found.groups)) return true;
    return false;
  };
  // Letters that only folding makes those of the address.
  const hasFolded = (text: string) => BEYOND_ASCII.test(text) && has(foldedWidely(text));
  const isIn = (text: string) => has(text) || is(text) || hasFolded(text);
  const replacedOnce = (text: string, other: string) => {
    const [local = '', domain = ''] = other.split('@');
    return text.replace(pattern, (found: string, ...rest: unknown[]) => {
      const { at, turned } = rest.at(-1) as Groups;
      if (at !== undefined) return `${local}${at}${domain}`;
      return turned === undefined ? found : `${domain}${turned}${local}`;
    });
  };
  const replaced = (text: string, other: string) => {
    const left = replacedOnce(text, other);
    return hasFolded(left) ? replacedOnce(foldedWidely(left), other) : left;
  };
  const replacedIn = (text: string, other: string) => (is(text) ? other : replaced(text, other));
  const isInAddress = (text: string) => {
    const local = localOf(text);
    return isAddress(text) || (local === undefined ? isIn(text) : has(local));
  };
  const itself: AddressMentions = {
    key,
    needle,
    is,
    isIn,
    isInAddress,
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
    besides: (addresses) => {
      const others = new Set<string>();
      for (const text of addresses)
        if (localOf(text) !== undefined && has(text) && !isInAddress(text) && others.size < MOST_LONGER)
          others.add(suppressionKeyOf(text));
      return others.size === 0 ? itself : mentionsBeside(key, [...longer, ...others]);
    },
  };
  return itself;
}

/** Of a match: what stands between local part and domain, in this order or the other; neither of a longer address. */
type Groups = Readonly<Record<'at' | 'turned', string | undefined>>;

function isMention(groups: Partial<Groups> | undefined): boolean {
  return groups?.at !== undefined || groups?.turned !== undefined;
}

/** The local part as it is written; `undefined`: it is no address. */
function localOf(text: string): string | undefined {
  if (text.length > MOST_CHARS || !isMailbox(parseMailbox(text, MOST_CHARS))) return undefined;
  return text.slice(0, text.lastIndexOf('@'));
}

function patternOf(key: string, longer: readonly string[]): RegExp {
  const { locals, domains } = spellingsOf(key, (text) => text);
  // The longer ones begin before it, and first.
  const others = longer.map((other) => {
    const { locals: local, domains: domain } = spellingsOf(other, (text) => text);
    return `(?=${local}(?:${AT}))${BEFORE}${local}(?:${AT})${domain}${AFTER}`;
  });
  const before = `(?:(?=${locals}(?:${AT}))${BEFORE}|(?=${locals}=)${BEFORE_RETURNED})`;
  return new RegExp(
    [
      ...others,
      `${before}${locals}(?<at>${AT}|=)${domains}${AFTER}`,
      `(?=${domains}(?:${EQUALS})${locals}(?:${AT}|$))${REWRITTEN}${domains}(?<turned>${EQUALS})${locals}`,
    ].join('|'),
    'giu',
  );
}

/**
 * For octets of files, each as one character: the address in the forms of a text, and in base64 as far as that does not depend on what
 * stands around it. `spellings`: further ones, of which base64 hides that they are the same. A longer address that contains it is found
 * too: a file has no boundaries of words.
 */
export function octetPatternsOf(key: string, spellings: readonly string[] = []): readonly RegExp[] {
  const { locals, domains } = spellingsOf(key, latin1);
  const encoded = [key, ...spellings].flatMap((text) => base64Parts(Buffer.from(text)));
  return [
    new RegExp(`${locals}(?:${AT}|=)${domains}|${domains}(?:${EQUALS})${locals}`, 'gi'),
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
