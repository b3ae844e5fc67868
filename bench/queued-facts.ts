/** Facts of a message that is put into a store without having been received. */
import type { MessageFacts } from '../src/store/message-records.ts';

/** Of `id`, accepted at `nowMs` and kept for four days. */
export function queuedFacts(
  own: Pick<MessageFacts, 'id' | 'accountId' | 'sizeBytes'> & Partial<MessageFacts>,
  nowMs: number,
): MessageFacts {
  return {
    credentialId: undefined,
    stream: 'transactional',
    via: 'smtp',
    reversePath: 'a@bench.example',
    headerFrom: 'a@bench.example',
    subject: 'A subject of usual length for a message',
    messageIdField: `<${own.id}@bench.example>`,
    bodyType: '7bit',
    smtpUtf8: false,
    requireTls: false,
    dsnReturn: undefined,
    envelopeId: undefined,
    sendDsn: false,
    tags: [],
    metadata: {},
    signingDomain: 'bench.example',
    headerSizeBytes: 25,
    bodyHash: Buffer.alloc(32, 7).toString('base64'),
    acceptedAtMs: nowMs,
    sendAtMs: undefined,
    expiresAtMs: nowMs + 345_600_000,
    ...own,
  };
}
