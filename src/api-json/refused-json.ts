/** A message that was turned away, as `--json` prints it. */
import type { RefusedMessage } from '../store/refusals.ts';
import { timestamp } from './timestamp.ts';

export function refusedJson(message: RefusedMessage) {
  return {
    id: message.id,
    account: message.accountName,
    refused_at: timestamp(message.refusedAtMs),
    reply: message.reply,
    fix: message.fix ?? null,
    reverse_path: message.reversePath,
    recipients: message.recipients,
    recipient_count: message.recipientCount,
    header_from: message.headerFrom ?? null,
    subject: message.subject ?? null,
    credential_id: message.credentialId,
    credential: message.credentialName ?? null,
    client: message.client,
    via: message.via,
    left_out: message.leftOut,
  };
}
