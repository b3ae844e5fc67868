/** Messages, settlements and listeners for the store's tests. */
import { systemClock } from '../../../src/platform/clock.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { EventFilter, MessageFilter } from '../../../src/store/queue-admin.ts';
import type { Claim, ClaimedDelivery, Settlement } from '../../../src/store/delivery-records.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import type { EventData, MessageFacts, NewDelivery, NewMessage } from '../../../src/store/message-records.ts';
import type { ClaimRequest, FeedLimits, FeedListener, Spool } from '../../../src/store/spool.ts';
import type { Store } from '../../../src/store/store.ts';
import { SMTP_CREDENTIAL } from '../../support/credential.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export interface MessageDraft extends Partial<MessageFacts> {
  readonly recipients?: readonly (string | Partial<NewDelivery>)[];
  readonly content?: string;
  /** Default: of a credential as it was made. */
  readonly credentialVersion?: number;
  readonly remarks?: EventData;
  readonly bulk?: boolean;
  readonly uses?: NewMessage['uses'];
  readonly countsStorage?: boolean;
}

/** A message of the default account to user@example.com, with parts replaced. */
export async function newMessage(store: Store, draft: MessageDraft = {}): Promise<NewMessage> {
  const { recipients = ['user@example.com'], content = 'Subject: x\r\n\r\nbody\r\n', ...rest } = draft;
  const { credentialVersion = 0, remarks, bulk, uses, countsStorage, ...facts } = rest;
  const bytes = new TextEncoder().encode(content);
  const nowMs = systemClock.now();
  return {
    credentialVersion,
    facts: {
      id: makeId('msg_', nowMs, systemRandom),
      accountId: facts.accountId ?? (await defaultAccountId(store)),
      credentialId: undefined,
      stream: 'transactional',
      via: 'smtp',
      reversePath: 'sender@example.org',
      headerFrom: 'sender@example.org',
      subject: 'x',
      messageIdField: '<1@example.org>',
      bodyType: '7bit',
      smtpUtf8: false,
      requireTls: false,
      dsnReturn: undefined,
      envelopeId: undefined,
      sendDsn: true,
      tags: [],
      metadata: {},
      signingDomain: 'example.org',
      headerSizeBytes: 14,
      sizeBytes: bytes.length,
      bodyHash: Buffer.alloc(32, 7).toString('base64'),
      acceptedAtMs: nowMs,
      sendAtMs: undefined,
      expiresAtMs: nowMs + 96 * HOUR_MS,
      ...facts,
    },
    content: { kind: 'whole', bytes },
    deliveries: recipients.map(newDelivery),
    remarks,
    ...(bulk === true && { bulk }),
    ...(uses !== undefined && { uses }),
    ...(countsStorage === true && { countsStorage }),
  };
}

function newDelivery(recipient: string | Partial<NewDelivery>): NewDelivery {
  const part = typeof recipient === 'string' ? { recipient } : recipient;
  const address = part.recipient ?? 'user@example.com';
  return {
    destination: address.slice(address.lastIndexOf('@') + 1),
    notify: undefined,
    originalRecipient: undefined,
    suppressedBy: undefined,
    ...part,
    recipient: address,
  };
}

export async function defaultAccountId(store: Store): Promise<string> {
  const account = await store.directory.accountByName('default');
  if (account === undefined) throw new Error('no default account');
  return account.id;
}

/** Everything due within a year, in one go. */
export function claimAll(spool: Spool, request: Partial<ClaimRequest> = {}) {
  return spool.claim({
    nowMs: systemClock.now(),
    limit: 1000,
    limitPerDestination: 1000,
    excludedDestinations: [],
    ...request,
  });
}

export function deliveriesOf(claims: readonly Claim[]): ClaimedDelivery[] {
  return claims.flatMap((claim) => claim.deliveries);
}

/** What became of a claimed delivery: `delivered` unless a part says otherwise. */
export function settlement(
  { deliveryId, fence }: Pick<ClaimedDelivery, 'deliveryId' | 'fence'>,
  parts: Partial<Settlement> = {},
): Settlement {
  const state = parts.state ?? 'delivered';
  const atMs = systemClock.now();
  const type = state === 'queued' || state === 'held' ? undefined : state;
  return {
    deliveryId,
    fence,
    state,
    nextAttemptAtMs: undefined,
    attempts: [
      {
        atMs,
        host: 'mx.example.com',
        address: '127.0.0.1',
        tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
        replyCode: 250,
        status: '2.0.0',
        text: 'Ok',
        stage: 'final',
        durationMs: 12.7,
      },
    ],
    event: type && { type, atMs, data: { reply: '250 2.0.0 Ok' } },
    suppression: undefined,
    countsAsAttempt: true,
    ...parts,
  };
}

/** Settles every delivery of `claims` in the same way. */
export function settleAll(spool: Spool, claims: readonly Claim[], parts: Partial<Settlement> = {}) {
  const settlements = deliveriesOf(claims).map((delivery) => settlement(delivery, parts));
  return spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
}

export const ROOMY: FeedLimits = {
  maxDeliveries: 1000,
  maxDeliveriesPerDestination: 100,
  maxContentBytes: 1024 * 1024,
};

/** Keeps what a feed says. */
export function recordingListener(): FeedListener & {
  claims: Claim[];
  backlogs: number[];
  recalled: number[];
} {
  const recalled: number[] = [];
  const claims: Claim[] = [];
  const backlogs: number[] = [];
  return {
    claims,
    backlogs,
    recalled,
    onClaims: (more) => void claims.push(...more),
    onBacklog: (dueAtMs) => void backlogs.push(dueAtMs),
    onRecall: (deliveryIds) => void recalled.push(...deliveryIds),
  };
}

export async function newCredential(store: Store, parts: Partial<Credential> = {}): Promise<Credential> {
  const nowMs = systemClock.now();
  return {
    ...SMTP_CREDENTIAL,
    id: makeId('crd_', nowMs, systemRandom),
    accountId: await defaultAccountId(store),
    domains: ['example.org'],
    ratePerMinute: 60,
    createdAtMs: nowMs,
    ...parts,
  };
}

/**
 * Accepts `count` messages made from `draft`, all at once. The account is read once: a thousand reads would wait for three
 * connections longer than a read may.
 */
export async function acceptMany(store: Store, count: number, draft: MessageDraft = {}): Promise<void> {
  const accountId = draft.accountId ?? (await defaultAccountId(store));
  await Promise.all(
    Array.from({ length: count }, async () =>
      store.spool.accept(await newMessage(store, { ...draft, accountId })),
    ),
  );
}

/** A filter that lets every event through. */
export function allEvents(): EventFilter {
  return {
    accountId: undefined,
    messageId: undefined,
    recipient: undefined,
    types: [],
    after: 0,
    limit: 1000,
  };
}

/** A filter that lets every message through. */
export function allMessages(): MessageFilter {
  return {
    accountId: undefined,
    state: undefined,
    destination: undefined,
    recipient: undefined,
    stream: undefined,
    tag: undefined,
    before: undefined,
    limit: 100,
  };
}
