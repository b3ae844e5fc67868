/** A message whose content was refused: kept for its sender to look at, and logged. */
import type { Acceptance } from '../intake/acceptance.ts';
import type { RefusedContent } from '../intake/received-content.ts';
import type { SmtpPeer } from '../smtp/server/server-session.ts';
import { envelopeOf, type MailTransaction } from './transaction.ts';

export interface Refused {
  /** `msg_` id. */
  readonly id: string;
  readonly transaction: MailTransaction;
  readonly received: RefusedContent;
  readonly peer: Pick<SmtpPeer, 'id' | 'address'>;
}

export function noteRefused(
  { id, transaction, received, peer }: Refused,
  { refusals, log }: Pick<Acceptance, 'refusals' | 'log'>,
): void {
  const { refusal: reply, headers } = received;
  const { credential } = transaction;
  const envelope = envelopeOf(transaction);
  refusals.keep({ id, via: 'smtp', credential, client: peer.address, envelope, reply, headers });
  const { code, status, text } = reply;
  log.info('message refused', {
    message: id,
    session: peer.id,
    credential: credential.id,
    reply: `${code} ${status ?? ''} ${text}`,
  });
}
