/**
 * Which delivery of a message one entry of a report is about: by the address that was sent to (ORCPT, Original- or
 * Final-Recipient), else by there being one recipient only. Never a guess among several.
 */
import type { ReportedRecipient, ReturnedMessage } from '../dsn/report.ts';
import { addressKey, isMailbox, parseMailbox } from '../smtp/address.ts';
import type { ReportedDelivery, ReportedMessage } from '../store/reports.ts';

export interface MatchedDelivery {
  readonly delivery: ReportedDelivery;
  /** The report names this very recipient, or names nobody; not an address that the mail was forwarded to. */
  readonly sameAddress: boolean;
}

export function matchDelivery(
  { deliveries }: ReportedMessage,
  reported: Pick<ReportedRecipient, 'recipient' | 'originalRecipient'>,
  returned: Pick<ReturnedMessage, 'to'> | undefined,
): MatchedDelivery | undefined {
  const named = [reported.originalRecipient, reported.recipient].filter((text) => text !== undefined);
  for (const text of named) {
    const found = theOnly(deliveries, (delivery) => isNamed(delivery, text));
    if (found !== undefined) return { delivery: found, sameAddress: true };
  }
  const [only] = deliveries;
  if (deliveries.length === 1 && only !== undefined)
    return { delivery: only, sameAddress: named.length === 0 };
  // A report that hides the recipient may show the one that the message was addressed to.
  const shown = (returned?.to ?? []).map(keyOf);
  const found = theOnly(deliveries, (delivery) => shown.includes(keyOf(delivery.recipient)));
  return found && { delivery: found, sameAddress: named.length === 0 };
}

function isNamed({ recipient, originalRecipient }: ReportedDelivery, text: string): boolean {
  const key = keyOf(text);
  if (keyOf(recipient) === key) return true;
  if (originalRecipient !== undefined && keyOf(addressPart(originalRecipient)) === key) return true;
  // Some name a local user only.
  return !key.includes('@') && keyOf(recipient).startsWith(`${key}@`);
}

/** `rfc822;user@example.org` without its type. */
function addressPart(typed: string): string {
  return typed.slice(typed.indexOf(';') + 1).trim();
}

function keyOf(text: string): string {
  const trimmed = text.trim().replace(/^<(.*)>$/, '$1');
  const mailbox = parseMailbox(trimmed);
  return isMailbox(mailbox) ? addressKey(mailbox) : trimmed.toLowerCase();
}

function theOnly<T>(all: readonly T[], fits: (one: T) => boolean): T | undefined {
  const found = all.filter(fits);
  return found.length === 1 ? found[0] : undefined;
}
