/**
 * Whose address or domain a server's words name. `550 sender.example: domain not found` in answer to RCPT is about the
 * sender, and the same about the recipient's domain is about the recipient: the words alone do not tell, the addresses
 * of the transaction do. Where both are named, the words have to.
 *
 * The sender's side is whatever lies in its domain: the bounce address (`bounces.sender.example`), this relay's host name.
 * The recipient's is its address and its domain alone: `mx.recipient.example` says no more than who answers. Nothing is
 * told where the two share a domain. Looks for names only, so its cost is that of a search in the text.
 */

/** Addresses, in any case; empty where they are not known. */
export interface Parties {
  /** The recipient, under all addresses that it is known by. */
  readonly recipients: readonly string[];
  /** The reverse-path, and what else the message names as its author. */
  readonly senders: readonly string[];
}

/** `address`: one with its domain; `domain`: that alone. */
type Mention = 'address' | 'domain';

export interface Named {
  readonly recipient: boolean;
  readonly sender: Mention | undefined;
}

/** Of a text as the server wrote it. */
export function whoIsNamed(text: string, { recipients, senders }: Parties): Named {
  const words = text.slice(0, MAX_LENGTH).toLowerCase();
  const theirs = recipients.map(domainOf).filter((domain) => domain !== '');
  const ours = senders
    .map(domainOf)
    .filter((domain) => domain !== '' && !theirs.some((one) => overlap(one, domain)));
  const mentions = ours.map((domain) => mentionOf(words, domain, true)).filter((one) => one !== undefined);
  return {
    recipient: theirs.some((domain) => mentionOf(words, domain, false) !== undefined),
    sender: mentions.includes('address') ? 'address' : mentions[0],
  };
}

/** Replies are looked at up to here everywhere (reply-text.ts). */
const MAX_LENGTH = 2_000;
/** A text that repeats a name says no more by it. */
const MAX_MENTIONS = 8;

function mentionOf(words: string, domain: string, withHosts: boolean): Mention | undefined {
  let found: Mention | undefined;
  let at = words.indexOf(domain);
  for (let seen = 0; at >= 0 && seen < MAX_MENTIONS; seen++) {
    const before = words.charAt(at - 1);
    const isWhole =
      !/[\w-]/.test(before) &&
      !/^(?:[\w-]|\.[\w-])/.test(words.slice(at + domain.length, at + domain.length + 2));
    if (isWhole && before === '@') return 'address';
    if (isWhole && (before !== '.' || withHosts)) found = 'domain';
    at = words.indexOf(domain, at + domain.length);
  }
  return found;
}

function domainOf(address: string): string {
  return address
    .slice(address.lastIndexOf('@') + 1)
    .toLowerCase()
    .replace(/\.$/, '');
}

/** One is the other, or lies in it. */
function overlap(one: string, other: string): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
}
