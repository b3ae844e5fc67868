/**
 * Detects messages that a mail system wrote by itself, by a report (RFC 6522), Auto-Submitted (RFC 3834 §5), or the
 * author that mail systems use. Applied to messages with the null reverse-path only.
 */
import type { Mailbox } from '../smtp/address.ts';
import { fieldText, type HeaderField } from './header-section.ts';

/** For fields that cannot be parsed: dma's `MAILER-DAEMON <>`, `MAILER-DAEMON (Mail Delivery System)`. */
const NAMED = /(?:^|[\s<"])(?:mailer-daemon|postmaster)(?=$|[\s<>"(@])/i;
const LOCAL_PARTS: ReadonlySet<string> = new Set(['mailer-daemon', 'postmaster']);

/** `from`: the From field, one of `fields`; `authors`: its mailboxes, `undefined` when it cannot be parsed. */
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
