/**
 * Mail of the relay itself: DSNs, mail to the operator, and mail to postmaster passed on. It has the null reverse-path,
 * causes no DSN, and is not counted in statistics or sending health. RFC 3464 §2, RFC 5321 §4.5.5.
 */
import { destinationOf } from '../policy/destination.ts';
import { formatMailbox, type Mailbox } from '../smtp/address.ts';
import type { MessageFacts, NewDelivery } from './message-records.ts';

/** The common facts. */
export const FACTS_OF_OWN_MAIL = {
  credentialId: undefined,
  via: 'dsn',
  reversePath: '',
  requireTls: false,
  dsnReturn: undefined,
  envelopeId: undefined,
  sendDsn: false,
  tags: [],
  metadata: {},
  sendAtMs: undefined,
} as const satisfies Partial<MessageFacts>;

/** `suppressedBy`: as in {@link NewDelivery}. */
export function deliveryOfOwnMail(to: Mailbox, suppressedBy?: NewDelivery['suppressedBy']): NewDelivery {
  return {
    recipient: formatMailbox(to),
    destination: destinationOf(to.domain),
    notify: ['never'],
    originalRecipient: undefined,
    suppressedBy,
  };
}
