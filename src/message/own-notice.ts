/**
 * Is a message one that a mail system wrote by itself? By what such messages carry: a report (RFC 6522), Auto-Submitted
 * (RFC 3834 §5), or the author that mail systems give themselves. Asked of messages with the null reverse-path alone, which
 * say already that nobody waits for an answer.
 */
import type { Mailbox } from '../smtp/address.ts';
import { fieldText, type HeaderField } from './header-section.ts';

/** In a field that cannot be read: dma's `MAILER-DAEMON <>`, `MAILER-DAEMON (Mail Delivery System)`. */
const NAMED = /(?:^|[\s<"])(?:mailer-daemon|postmaster)(?=$|[\s<>"(@])/i;
const LOCAL_PARTS: ReadonlySet<string> = new Set(['mailer-daemon', 'postmaster']);

/** `from`: the From field, one of `fields`; `authors`: whom it names, `undefined` where it cannot be read. */
export function isOwnNotice(
  buffer: Buffer,
  fields: readonly HeaderField[],
  from: HeaderField,
  authors: readonly Mailbox[] | undefined,
): boolean {
  const ofMailSystem =
    authors === undefined
      ? NAMED.test(fieldText(buffer, from))
      : authors.every(({ localPart }) => LOCAL_PARTS.has(localPart.toLowerCase()));
  return ofMailSystem || fields.some((field) => saysNotice(buffer, field));
}

function saysNotice(buffer: Buffer, field: HeaderField): boolean {
  if (field.name === 'content-type') return /^multipart\/report\b/i.test(fieldText(buffer, field));
  return field.name === 'auto-submitted' && !/^(?:no\b|$)/i.test(fieldText(buffer, field));
}
