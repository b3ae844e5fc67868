/**
 * Finds messages by recipient, ignoring the case of the address: a row has it as the client gave it, and a person types it as
 * it is in a list or in a complaint. The keys are those of suppressions (smtp/address-keys.ts).
 */
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';

/** Values that `dialect.isAddress` binds; none without a recipient. */
export function recipientValues(recipient: string | undefined): {
  readonly recipient: string | undefined;
  readonly recipientKey: string | undefined;
} {
  return { recipient, recipientKey: recipient === undefined ? undefined : suppressionKeyOf(recipient) };
}

/** Filters rows for which `dialect.isAddress` was true though the address differs. */
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
