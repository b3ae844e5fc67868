/**
 * Which delivery of a message one entry of a report is about: by the address that was sent to (ORCPT, Original- or
 * Final-Recipient), else by there being one recipient only. Never a guess among several, and never a delivery that the
 * report has no say in.
 */
import type { ReportedRecipient, ReturnedMessage } from '../dsn/read/report.ts';
import type { ReportedDelivery } from '../store/reports.ts';
import { DeliveryIndex } from './delivery-index.ts';

export interface MatchedDelivery {
  readonly delivery: ReportedDelivery;
  /** The report names this very recipient, or names nobody; not an address that the mail was forwarded to. */
  readonly sameAddress: boolean;
}

/** What a report has a say in. */
export interface Candidates {
  /** All of the message. */
  readonly deliveries: readonly ReportedDelivery[];
  /** Those of them that it may be about: sent to the destination that its token names. */
  readonly within: readonly ReportedDelivery[];
}

export type MatchDelivery = (
  reported: Pick<ReportedRecipient, 'recipient' | 'originalRecipient' | 'namedByCopy'>,
) => MatchedDelivery | undefined;

/** For the entries of one report; `returned` is what it sends back. */
export function deliveryMatcher(
  { deliveries, within }: Candidates,
  returned: Pick<ReturnedMessage, 'to'> | undefined,
): MatchDelivery {
  const index = new DeliveryIndex(within);
  const all = within.length === deliveries.length ? index : new DeliveryIndex(deliveries);
  const [only] = within;
  // A report that hides the recipient may show the one that the message was addressed to.
  const shown = index.sentToAny(returned?.to ?? []);
  return ({ originalRecipient, recipient, namedByCopy }) => {
    // What stands in a copy only is no evidence among several who have one.
    if (namedByCopy === true && within.length > 1) return undefined;
    const named = [originalRecipient, recipient].filter((text) => text !== undefined);
    for (const text of named) {
      const found = index.named(text);
      if (found !== undefined) return { delivery: found, sameAddress: true };
    }
    // It speaks of a recipient that has another token.
    if (named.some((text) => all.has(text))) return undefined;
    const found = within.length === 1 ? only : shown;
    return found && { delivery: found, sameAddress: named.length === 0 };
  };
}
