/**
 * Finds the delivery that an entry of a report is about: by the recipient's address (ORCPT, Original- or
 * Final-Recipient), or because there is only one recipient. Never a guess among several, and never a delivery outside
 * the report's scope.
 */
import type { ReportedRecipient, ReturnedMessage } from '../dsn/read/report.ts';
import type { ReportedDelivery } from '../store/reports.ts';
import { DeliveryIndex } from './delivery-index.ts';

export interface MatchedDelivery {
  readonly delivery: ReportedDelivery;
  /** The report names this recipient or nobody, and not an address that the mail was forwarded to. */
  readonly sameAddress: boolean;
}

/** The deliveries in scope. */
export interface Candidates {
  /** All of the message. */
  readonly deliveries: readonly ReportedDelivery[];
  /** Those in scope: sent to the destination named by its token. */
  readonly within: readonly ReportedDelivery[];
}

export type MatchDelivery = (
  reported: Pick<ReportedRecipient, 'recipient' | 'originalRecipient' | 'namedByCopy'>,
) => MatchedDelivery | undefined;

/** For the entries of one report; `returned` is the returned message. */
export function deliveryMatcher(
  { deliveries, within }: Candidates,
  returned: Pick<ReturnedMessage, 'to'> | undefined,
): MatchDelivery {
  const index = new DeliveryIndex(within);
  const all = within.length === deliveries.length ? index : new DeliveryIndex(deliveries);
  const [only] = within;
  // A report that hides the recipient may include the original To.
  const shown = index.sentToAny(returned?.to ?? []);
  return ({ originalRecipient, recipient, namedByCopy }) => {
    // A returned copy alone does not decide among several recipients.
    if (namedByCopy === true && within.length > 1) return undefined;
    const named = [originalRecipient, recipient].filter((text) => text !== undefined);
    for (const text of named) {
      const found = index.named(text);
      if (found !== undefined) return { delivery: found, sameAddress: true };
    }
    // It names a recipient with another token.
    if (named.some((text) => all.has(text))) return undefined;
    const found = within.length === 1 ? only : shown;
    return found && { delivery: found, sameAddress: named.length === 0 };
  };
}
