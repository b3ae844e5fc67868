/**
 * Reads mail to the unsubscribe address (RFC 2369 §3.2): the subject carries the token of the link. Of the message only the
 * header section is read. Pure.
 *
 * Mail programs fold, encode and prefix subjects, so the token is looked for in what is left of it. A message that answers
 * another by itself, or comes from nobody, is not a wish: an absence notice repeats the subject of what it answers (RFC 3834).
 * `auto-generated` is: a program may say it of the message that a person's click made it send.
 */
import { openLinkToken, MAX_TOKEN_CHARACTERS, type Link } from '../links/link-token.ts';
import { decodeEncodedWords } from '../message/encoded-words.ts';
import { fieldText, parseHeaderSection } from '../message/header-section.ts';
import type { SecretBox } from '../platform/secret-box.ts';

/** Octets of a header section that are looked at. */
export const MAX_UNSUBSCRIBE_HEADER_BYTES = 64 * 1024;

export type UnsubscribeMail =
  | { readonly kind: 'link'; readonly link: Link }
  /** Why it is dropped, in words. */
  | { readonly kind: 'nothing'; readonly why: string };

/** The shortest token is longer. */
const CANDIDATE = /[\w-]{64,}/g;
const MOST_CANDIDATES = 4;
const ANSWERS_BY_ITSELF = /^auto-(?:replied|notified)\b/i;
const AUTOMATIC_FIELDS: ReadonlySet<string> = new Set([
  'x-autoreply',
  'x-autorespond',
  'x-auto-reply-from',
  'x-vacation',
]);

/** `header`: the beginning of the message. `fromNobody`: its reverse-path is null. */
export function readUnsubscribeMail(
  header: Uint8Array,
  { fromNobody, box }: { readonly fromNobody: boolean; readonly box: Pick<SecretBox, 'openSame'> },
): UnsubscribeMail {
  if (fromNobody) return nothing('it has a null reverse-path');
  const octets = header.subarray(0, MAX_UNSUBSCRIBE_HEADER_BYTES);
  const { fields } = parseHeaderSection(octets);
  let subject: string | undefined;
  for (const field of fields) {
    if (field.name === 'auto-submitted' && ANSWERS_BY_ITSELF.test(fieldText(octets, field)))
      return nothing('it is an automatic answer');
    if (AUTOMATIC_FIELDS.has(field.name)) return nothing('it is an automatic answer');
    if (field.name === 'subject') subject ??= fieldText(octets, field);
  }
  const link = subject === undefined ? undefined : linkIn(subject, box);
  return link === undefined ? nothing('its subject has no token of ours') : { kind: 'link', link };
}

function linkIn(subject: string, box: Pick<SecretBox, 'openSame'>): Link | undefined {
  const decoded = decodeEncodedWords(subject).slice(0, 2 * MAX_TOKEN_CHARACTERS);
  // A program may have folded within the token.
  for (const text of [decoded, decoded.replace(/\s+/g, '')]) {
    for (const candidate of (text.match(CANDIDATE) ?? []).slice(0, MOST_CANDIDATES)) {
      const link = openLinkToken(candidate, 'unsubscribe', box);
      if (link !== undefined) return link;
    }
  }
  return undefined;
}

function nothing(why: string): UnsubscribeMail {
  return { kind: 'nothing', why };
}
