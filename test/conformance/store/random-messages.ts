/** Random messages, outcomes and selections, by which the engines are compared. */
import type { Settlement } from '../../../src/store/delivery-records.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import { deliveryIdOf } from '../../../src/store/public-ids.ts';
import type { DeliverySelection } from '../../../src/store/queue-admin.ts';
import { DAY_MS, STREAMS, type RandomValues } from './random-values.ts';

/** Ids that stand for something in both stores. */
export interface Known {
  readonly messages: string[];
  readonly deliveries: string[];
  readonly others: string[];
}

export function idOf(values: RandomValues, ids: readonly string[]): string {
  return ids.length === 0 || values.below(8) === 0 ? values.text() : values.of(ids);
}

export function selectionOf(values: RandomValues, { messages, deliveries }: Known): DeliverySelection {
  return {
    accountId: values.optional(() => values.account()),
    id: values.optional(() => idOf(values, values.of([messages, deliveries]))),
    destination: values.optional(() => values.of([values.domain(), values.text()])),
    stream: values.optional(() => values.of(STREAMS)),
  };
}

export function messageOf(values: RandomValues, known: Known): NewMessage {
  const acceptedAtMs = values.now();
  const id = values.id('msg_');
  const recipients = [...new Set([values.address(), ...values.some(2, () => values.address())])];
  known.messages.push(id);
  recipients.forEach((_, index) => known.deliveries.push(deliveryIdOf(id, index + 1)));
  const bytes = new TextEncoder().encode(`Subject: x\r\n\r\n${values.text()}\r\n`);
  return {
    credentialVersion: undefined,
    facts: {
      ...{
        id,
        accountId: values.account(),
        credentialId: undefined,
        stream: values.of(STREAMS),
        via: 'smtp',
      },
      ...{
        reversePath: values.address(),
        headerFrom: values.text(),
        subject: values.optional(() => values.text()),
      },
      ...{
        messageIdField: values.text(),
        bodyType: '7bit',
        smtpUtf8: values.maybe(),
        requireTls: values.maybe(),
      },
      ...{ dsnReturn: undefined, envelopeId: values.optional(() => values.text()), sendDsn: values.maybe() },
      dsnTo: values.optional(() => values.text()),
      tags: [...new Set(values.some(2, () => values.tag()))],
      metadata: Object.fromEntries(values.some(2, () => [values.text(), values.text()])),
      ...{
        signingDomain: values.domain(),
        headerSizeBytes: 14,
        sizeBytes: bytes.length,
        bodyHash: Buffer.from(values.octets()).toString('base64'),
      },
      ...{
        acceptedAtMs,
        sendAtMs: values.below(4) === 0 ? acceptedAtMs + values.below(1_000_000) : undefined,
      },
      expiresAtMs: acceptedAtMs + DAY_MS,
      ...(values.below(3) === 0 && { priority: values.below(19) - 9 }),
    },
    ...(values.below(3) === 0 && { bulk: true }),
    content: { kind: 'whole', bytes },
    deliveries: recipients.map((recipient) => ({
      recipient,
      destination: recipient.slice(recipient.lastIndexOf('@') + 1),
      notify: values.optional(() => ['success', 'failure'] as const),
      originalRecipient: values.optional(() => values.text()),
      suppressedBy: values.below(9) === 0 ? values.text() : undefined,
    })),
    remarks: values.optional(() => ({ text: values.text(), class: values.failure() })),
  };
}

export function settlementOf(values: RandomValues, nowMs: number): Omit<Settlement, 'deliveryId' | 'fence'> {
  const state = values.of(['delivered', 'bounced', 'deferred', 'expired', 'queued'] as const);
  const waits = state === 'deferred' || state === 'queued';
  const data = { reply: values.text(), class: values.failure(), hard: values.maybe() };
  return {
    state,
    nextAttemptAtMs: waits ? nowMs + values.below(100_000) : undefined,
    attempts: state === 'queued' ? [] : [attemptOf(values, nowMs)],
    event: state === 'queued' ? undefined : { type: state, atMs: nowMs, data },
    suppression: undefined,
    countsAsAttempt: values.maybe(),
  };
}

function attemptOf(values: RandomValues, atMs: number): Settlement['attempts'][number] {
  const text = () => values.optional(() => values.text());
  return {
    ...{
      atMs,
      host: text(),
      address: text(),
      tls: text(),
      replyCode: values.optional(() => 250),
      status: text(),
    },
    ...{ text: values.text(), stage: 'final', durationMs: values.below(5_000) / 7 },
  };
}
