/**
 * A report about a delivery whose recipient was erased since. A suppression would be of the pseudonym, which nobody mails, so there is
 * none; and where the report names the person, the pseudonym stands in what is kept of it.
 */
import { suppressionKeyOf } from '../smtp/address-keys.ts';
import { mentionsOf } from '../smtp/address-mentions.ts';
import type { ReportedRecipient } from '../dsn/read/report.ts';
import type { ReportOutcome } from '../policy/report-outcome.ts';
import { isPseudonym } from '../store/hashed-addresses.ts';

/** `recipient`: of the delivery. */
export function outcomeOfErased(
  outcome: ReportOutcome,
  { recipient, originalRecipient }: Pick<ReportedRecipient, 'recipient' | 'originalRecipient'>,
  pseudonym: string,
): ReportOutcome {
  if (outcome.kind !== 'change' || !isPseudonym(pseudonym)) return outcome;
  const named = [recipient, originalRecipient].filter((one) => one?.includes('@') === true);
  const without = (text: string) =>
    named.reduce<string>(
      (left, one) => mentionsOf(suppressionKeyOf(one ?? '')).replacedIn(left, pseudonym),
      text,
    );
  const eventData = Object.fromEntries(
    Object.entries(outcome.eventData).map(([key, value]) => [
      key,
      typeof value === 'string' ? without(value) : value,
    ]),
  );
  return { ...outcome, eventData, reply: without(outcome.reply), suppression: undefined, softBounce: false };
}
