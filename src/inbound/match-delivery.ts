/**
 * Which delivery of a message one entry of a report is about: by the address that was sent to (ORCPT, Original- or
 * Final-Recipient), else by there being one recipient only. Never a guess among several.
 */
import type { ReportedRecipient, ReturnedMessage } from '../dsn/report.ts';
import type { ReportedDelivery, ReportedMessage } from '../store/reports.ts';
import { DeliveryIndex } from './delivery-index.ts';

export interface MatchedDelivery {
  readonly delivery: ReportedDelivery;
  /** The report names this very recipient, or names nobody; not an address that the mail was forwarded to. */
  readonly sameAddress: boolean;
}

export type MatchDelivery = (
  reported: Pick<ReportedRecipient, 'recipient' | 'originalRecipient'>,
) => MatchedDelivery | undefined;

/** For the entries of one report about `message`; `returned` is what it sends back. */
export function deliveryMatcher(
  { deliveries }: ReportedMessage,
  returned: Pick<ReturnedMessage, 'to'> | undefined,
): MatchDelivery {
  const index = new DeliveryIndex(deliveries);
  const [only] = deliveries;
  // A report that hides the recipient may show the one that the message was addressed to.
  const shown = index.sentToAny(returned?.to ?? []);
  return ({ originalRecipient, recipient }) => {
    const named = [originalRecipient, recipient].filter((text) => text !== undefined);
    for (const text of named) {
      const found = index.named(text);
      if (found !== undefined) return { delivery: found, sameAddress: true };
    }
    const found = deliveries.length === 1 ? only : shown;
    return found && { delivery: found, sameAddress: named.length === 0 };
  };
}
