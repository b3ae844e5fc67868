/**
 * The authors of a message: every mailbox of its From field (RFC 5322 §3.6.2, groups by RFC 6854, UTF-8 by RFC 6532).
 * Authorization depends on this list, so it must contain every address that any reader downstream could take for the
 * author.
 *
 * Hence this strict parser: common parsers guess (they join names split at commas, skip rubbish, take the last of two
 * addresses), and each guess is an author that another reader sees and the check does not. Here, anything ambiguous
 * is a problem: routes, brackets in comments or encoded words, quoted local parts with specials, unquoted commas,
 * text after an address. Addresses in names and comments, which people read instead of the real one, count as further
 * authors, as do those of `a@x <a@x>`, which old software writes: all of them must be allowed.
 */
import { isUtf8 } from 'node:buffer';
import { domainToUnicode } from 'node:url';
import { isMailbox, parseMailbox } from '../smtp/address.ts';
import type { Mailbox } from '../smtp/address.ts';
import { decodeEncodedWords } from './encoded-words.ts';
import { decodeText } from './header-section.ts';
import { shownAddresses } from './shown-addresses.ts';

/** More authors than mail has. */
export const MAX_AUTHORS = 50;

/** ASCII text for a reply; never contains client input. */
export interface HeaderFromProblem {
  readonly problem: string;
}

const SPECIALS = String.raw`\s"(),:;<>@\[\]\\`;
const ADDRESS = new RegExp(
  String.raw`(?:"(?:[^"\\]|\\.)*"|[^${SPECIALS}]+)@(?:\[[^\[\]\\\s]*\]|[^${SPECIALS}]+)`,
  'uy',
);
const QUOTED = /"((?:[^"\\]|\\.)*)"/uy;
// Words of a display name: atoms, the dot of obs-phrase (RFC 5322 §4.1), and words in square brackets, which are
// common.
const WORD = /[^\s"(),:;<>@[\]\\]+|\[[^"(),:;<>@[\]\\]*\]/uy;
const QUOTED_PARTS = new RegExp(QUOTED.source, 'gu');
const SPACES = /[ \t]+/uy;
const ENCODED_WORDS = /=\?[^?]*\?[^?]*\?[^?]*\?=/g;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const NON_ASCII = /[^\x00-\x7f]/;

/**
 * `value` is the field's value as received, with folds. At least one mailbox; angle addresses before the names that
 * repeat them.
 */
export function parseHeaderFrom(value: Uint8Array): readonly Mailbox[] | HeaderFromProblem {
  const text = decodeText(value).replaceAll('\r\n', '');
  if (CONTROL.test(text)) return { problem: 'it holds a control character' };
  const reader = new Reader(text, NON_ASCII.test(text) && !isUtf8(value));
  const problem = reader.read() ?? reader.readWords();
  if (problem !== undefined) return { problem };
  return reader.mailboxes.length > 0 ? reader.mailboxes : { problem: 'it names no address' };
}

class Reader {
  readonly mailboxes: Mailbox[] = [];
  readonly #text: string;
  readonly #undeclaredCharset: boolean;
  /** Names and comments as received. */
  readonly #words: string[] = [];
  #at = 0;

  constructor(text: string, undeclaredCharset: boolean) {
    this.#text = text;
    this.#undeclaredCharset = undeclaredCharset;
  }

  // Each method returns a problem, or undefined when it has read its part.

  read(): string | undefined {
    for (let inGroup = false, first = true; ; first = false) {
      let problem = this.#skipSpace();
      if (problem !== undefined) return problem;
      if (first && this.#at === this.#text.length) return 'it is empty';
      if (inGroup && this.#take(';')) {
        inGroup = false;
      } else {
        const part = this.#element(inGroup);
        if (part === 'group') {
          inGroup = true;
          continue;
        }
        if (part !== undefined) return part;
        if (inGroup) {
          problem = this.#skipSpace();
          if (problem !== undefined) return problem;
          if (this.#take(';')) inGroup = false;
        }
      }
      problem = this.#skipSpace();
      if (problem !== undefined) return problem;
      if (this.#at === this.#text.length) return inGroup ? 'a group is not closed' : undefined;
      if (!this.#take(',')) return 'there is text after an address';
    }
  }

  /** Addresses in names and comments are authors too, after the real ones. */
  readWords(): string | undefined {
    for (const words of this.#words) {
      const shown = shownAddresses(words);
      if (shown === undefined) return 'a name or comment holds what looks like an address and is none';
      for (const mailbox of shown) {
        const problem = this.#addMailbox(mailbox);
        if (problem !== undefined) return problem;
      }
    }
    return undefined;
  }

  /** A mailbox, or the name and colon of a group (which returns `group`). */
  #element(inGroup: boolean): string | undefined {
    const bare = this.#match(ADDRESS);
    if (bare !== undefined) {
      const problem = this.#skipSpace();
      if (problem !== undefined) return problem;
      // `a@x <b@y>`: readers differ on the author, so both count.
      const second = this.#text.charAt(this.#at) === '<' ? this.#angle() : undefined;
      return second ?? this.#add(bare);
    }
    const nameStart = this.#at;
    while (this.#match(QUOTED) !== undefined || this.#match(WORD) !== undefined) {
      const problem = this.#skipSpace();
      if (problem !== undefined) return problem;
    }
    const name = this.#text.slice(nameStart, this.#at);
    const problem = nameProblem(name);
    if (problem !== undefined) return problem;
    this.#words.push(name);
    if (name !== '' && this.#take(':')) return inGroup ? 'a group is within a group' : 'group';
    if (this.#text.charAt(this.#at) === '<') return this.#angle();
    return name === ''
      ? 'an address is malformed'
      : 'a name stands without an address (put quotes around a name with a comma or an at sign)';
  }

  #angle(): string | undefined {
    this.#at++;
    this.#match(SPACES);
    const address = this.#match(ADDRESS);
    this.#match(SPACES);
    if (address === undefined || !this.#take('>')) return 'an address in angle brackets is malformed';
    return this.#add(address);
  }

  #add(address: string): string | undefined {
    const nonAscii = NON_ASCII.test(address);
    if (nonAscii && this.#undeclaredCharset) return 'an address is not in UTF-8';
    if (address.includes('=?')) return 'an address holds an encoded word';
    // A different address to a reader who keeps the dot.
    if (address.endsWith('.')) return 'a domain ends with a dot';
    const mailbox = parseMailbox(address);
    if (!isMailbox(mailbox)) return mailbox.problem;
    if (mailbox.localPart === '""' || /[@<>,;:]/.test(mailbox.localPart)) {
      return 'a quoted local part is empty or holds specials';
    }
    if (nonAscii && !namesItself(address, mailbox.domain)) return 'the domain is not in its normal form';
    return this.#addMailbox(mailbox);
  }

  #addMailbox(mailbox: Mailbox): string | undefined {
    if (this.mailboxes.some((known) => sameMailbox(known, mailbox))) return undefined;
    if (this.mailboxes.length === MAX_AUTHORS) return `it names more than ${MAX_AUTHORS} addresses`;
    this.mailboxes.push(mailbox);
    return undefined;
  }

  /**
   * White space and comments. A bracket in a comment would start an address for a reader that does not know comments.
   */
  #skipSpace(): string | undefined {
    for (;;) {
      while (this.#match(SPACES) !== undefined);
      if (this.#text.charAt(this.#at) !== '(') return undefined;
      const start = this.#at;
      let depth = 0;
      do {
        const character = this.#text.charAt(this.#at++);
        if (character === '') return 'a comment is not closed';
        if (character === '\\') this.#at++;
        else if (character === '(') depth++;
        else if (character === ')') depth--;
      } while (depth > 0);
      const comment = this.#text.slice(start, this.#at);
      if (/[<>]/.test(comment) || hidesAddress(comment)) return 'a comment holds a bracket';
      // For a reader that does not know comments every at sign belongs to an address.
      if (comment.split('@').length - 1 !== (shownAddresses(comment)?.length ?? -1))
        return 'a comment holds an at sign';
      this.#words.push(comment);
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }
}

function nameProblem(name: string): string | undefined {
  if (hidesAddress(name)) return 'an encoded word of a name is malformed or holds an address';
  // Some readers stop at the bracket and take the quoted part for the address.
  if (name.includes('"') && name.replace(QUOTED_PARTS, '').includes('['))
    return 'a name mixes quotes and brackets';
  return undefined;
}

/**
 * Some readers decode before they parse: such characters of a decoded word would split the field, and an unterminated
 * encoded word may swallow the address after it.
 */
function hidesAddress(text: string): boolean {
  if (!text.includes('=?')) return false;
  if (text.replace(ENCODED_WORDS, '').includes('=?')) return true;
  const decoded = decodeEncodedWords(text);
  return CONTROL.test(decoded) || (decoded.includes('@') && /[<>,;]/.test(decoded));
}

/**
 * A domain that the mapping of UTS #46 changes (soft hyphens, full-width letters) differs for a reader that does not
 * map.
 */
function namesItself(address: string, domain: string): boolean {
  const written = address
    .slice(address.lastIndexOf('@') + 1)
    .normalize('NFC')
    .toLowerCase();
  return written === domain || written === domainToUnicode(domain);
}

function sameMailbox(a: Mailbox, b: Mailbox): boolean {
  return a.domain === b.domain && a.localPart === b.localPart;
}
