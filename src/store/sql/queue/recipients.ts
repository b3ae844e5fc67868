/**
 * Finding what went to a recipient, whatever the case of the address: a row keeps it as the client gave it, and who looks for
 * it types it as it stands in a list, or in a complaint. The keys are those of suppressions (smtp/address-keys.ts).
 */
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';

/** The values that `dialect.isAddress` binds; none without a recipient. */
export function recipientValues(recipient: string | undefined): {
  readonly recipient: string | undefined;
  readonly recipientKey: string | undefined;
} {
  return { recipient, recipientKey: recipient === undefined ? undefined : suppressionKeyOf(recipient) };
}

/** What `dialect.isAddress` may have been too generous about. */
export function isRecipient(found: string | null, recipient: string | undefined): boolean {
  if (recipient === undefined) return true;
  return (
    found !== null &&
    (equalInAscii(found, recipient) || suppressionKeyOf(found) === suppressionKeyOf(recipient))
  );
}

function equalInAscii(one: string, other: string): boolean {
  return one === other || (one.length === other.length && folded(one) === folded(other));
}

function folded(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}
