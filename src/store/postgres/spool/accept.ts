/**
 * Accepts messages: message, content, deliveries and events in one shared transaction. Suppressed recipients are found in it;
 * deliveries that are due and fit are handed to the delivery worker, claimed for this node's life.
 */
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { StoreError } from '../../errors.ts';
import { divide, type Numbered } from '../../flow/divide.ts';
import type { AddressHashes } from '../../hashed-addresses.ts';
import { MAX_RECIPIENTS } from '../../flow/keys.ts';
import { countedMessage } from '../../flow/subject.ts';
import type { NewMessage } from '../../message-records.ts';
import { metadataColumn, tagsColumn } from '../../sql/json-columns.ts';
import type { Batch, SpoolMemory } from './batch.ts';
import type { Destination } from './destinations.ts';
import { handOverNow, hold, insertSuppressed, wait, type Draft } from './place-deliveries.ts';
import type { Questions, SuppressionRow } from './questions.ts';
import { chunksOf } from './chunks.ts';

const DAY_MS = 86_400_000;

/** Adds the questions about `message`. */
export function askForAccept(
  questions: Questions,
  message: NewMessage,
  { destinations, addressHashes }: Pick<SpoolMemory, 'destinations' | 'addressHashes'>,
): void {
  const { facts, deliveries } = message;
  questions.accounts.add(facts.accountId);
  questions.restrictions = true;
  questions.messageKeys++;
  questions.nowMs = Math.max(questions.nowMs, Math.round(facts.acceptedAtMs));
  if (facts.credentialId !== undefined) questions.credentials.add(facts.credentialId);
  for (const { recipient, destination, suppressedBy } of deliveries) {
    questions.destinations.add(destination);
    if (suppressedBy === undefined)
      for (const address of soughtFor(recipient, addressHashes))
        questions.addresses.add(facts.accountId, address);
    const known = destinations.known(destination);
    if (known !== undefined && known.inFlight > 0) questions.waiting.add(known.id, facts.accountId);
  }
}

/** StoreError `conflict`: account, credential or upload is unknown, or there are too many recipients. */
export function checkAccept({ accounts, answers, memory }: Batch, message: NewMessage): void {
  const { facts, deliveries, content } = message;
  if (deliveries.length === 0 || deliveries.length > MAX_RECIPIENTS) {
    throw new StoreError(
      'conflict',
      `${facts.id} has ${deliveries.length} recipients: 1 to ${MAX_RECIPIENTS} can be stored`,
    );
  }
  if (!accounts.has(facts.accountId))
    throw new StoreError('conflict', `there is no account ${facts.accountId}`);
  const { credentialId } = facts;
  if (credentialId !== undefined && !answers.credentials.some(({ public_id: id }) => id === credentialId))
    throw new StoreError('conflict', `there is no credential ${credentialId}`);
  if (content.kind === 'chunks') memory.uploads.check(content.upload, content.chunkCount);
}

/** For a message that was checked. Returns the suppressed recipients. */
export function accept(batch: Batch, message: NewMessage): readonly string[] {
  const { facts, deliveries } = message;
  const accountKey = batch.accounts.get(facts.accountId) ?? 0;
  const reasons = deliveries.map(
    ({ recipient, suppressedBy }) =>
      suppressedBy ??
      reasonFor(batch.answers.suppressions, batch.memory.addressHashes, {
        accountKey,
        stream: facts.stream,
        recipient,
        nowMs: facts.acceptedAtMs,
      }),
  );
  const unsettled = reasons.filter((reason) => reason === undefined).length;
  const draft = insertMessage(batch, message, accountKey, unsettled);
  const byDestination = new Map<Destination, Numbered[]>();
  deliveries.forEach((delivery, index) => {
    const numbered = { number: index + 1, delivery };
    const destination = destinationOf(batch, delivery.destination);
    const reason = reasons[index];
    if (reason !== undefined) {
      insertSuppressed(batch, draft, destination, numbered, reason);
      return;
    }
    const group = byDestination.get(destination);
    if (group === undefined) byDestination.set(destination, [numbered]);
    else group.push(numbered);
  });
  queue(batch, draft, byDestination);
  return deliveries.flatMap(({ recipient }, index) => (reasons[index] === undefined ? [] : [recipient]));
}

/** What a suppression of `recipient` may stand under: its key, or the hash of that. */
export function soughtFor(recipient: string, addressHashes: AddressHashes | undefined): readonly string[] {
  const key = suppressionKeyOf(recipient);
  return addressHashes === undefined ? [key] : [key, ...addressHashes(key)];
}

/** Why `recipient` is not mailed; the account's suppression comes before the stream's. */
export function reasonFor(
  suppressions: readonly SuppressionRow[],
  addressHashes: AddressHashes | undefined,
  asked: {
    readonly accountKey: number;
    readonly stream: string;
    readonly recipient: string;
    readonly nowMs: number;
  },
): string | undefined {
  if (suppressions.length === 0) return undefined;
  const addresses = soughtFor(asked.recipient, addressHashes);
  const found = suppressions
    .filter((row) => row.account_id === asked.accountKey && addresses.includes(row.address))
    .filter(({ scope }) => scope === '' || scope === asked.stream)
    .filter(({ expires_at: endsAt }) => endsAt === null || endsAt > asked.nowMs)
    .sort((one, other) => one.scope.length - other.scope.length);
  return found[0]?.reason;
}

export function destinationOf({ answers }: Batch, name: string): Destination {
  const destination = answers.destinations.get(name);
  if (destination === undefined) throw new Error(`the destination ${name} was not asked for`);
  return destination;
}

function insertMessage(batch: Batch, message: NewMessage, accountKey: number, unsettled: number): Draft {
  const { memory, changes, answers, restrictions } = batch;
  const { facts, content, deliveries } = message;
  const nowMs = Math.round(facts.acceptedAtMs);
  const credentialKey =
    answers.credentials.find(({ public_id: id }) => id === facts.credentialId)?.id ?? null;
  const key =
    content.kind === 'chunks'
      ? memory.uploads.complete(batch, content.upload)
      : (memory.messageKeys.shift() ?? 0);
  const chunks = content.kind === 'chunks' ? [] : chunksOf(key, content.bytes);
  changes.chunks.push(...chunks);
  changes.messages.push({
    key,
    facts,
    accountKey,
    credentialKey,
    recipients: deliveries.length,
    unsettled,
    settledAtMs: unsettled === 0 ? nowMs : undefined,
    chunkCount: content.kind === 'chunks' ? content.chunkCount : chunks.length,
  });
  if (credentialKey !== null) changes.use(credentialKey, Math.floor(nowMs / DAY_MS), deliveries.length);
  if (message.uses !== undefined) changes.counted.count(message.uses, nowMs, deliveries.length);
  if (message.countsStorage === true) changes.storage.add(accountKey, key, facts.sizeBytes);
  const restriction =
    facts.via === 'dsn'
      ? ({ kind: 'none' } as const)
      : restrictions.restrictionOf(accountKey, facts.stream, unsettled, nowMs, (step) =>
          memory.undo.record(step),
        );
  const notBeforeMs = Math.max(facts.sendAtMs ?? 0, restriction.kind === 'later' ? restriction.dueAtMs : 0);
  return {
    message,
    key,
    accountKey,
    subject: {
      accountKey,
      messageId: facts.id,
      stream: facts.stream,
      tags: tagsColumn(facts.tags),
      metadata: metadataColumn(facts.metadata),
    },
    counted: countedMessage(facts),
    nowMs,
    sendAtMs: notBeforeMs > facts.acceptedAtMs ? Math.round(notBeforeMs) : undefined,
    held: restriction.kind === 'hold',
  };
}

function queue(
  batch: Batch,
  draft: Draft,
  byDestination: ReadonlyMap<Destination, readonly Numbered[]>,
): void {
  const { feed } = batch.memory;
  const { nowMs, accountKey, held, sendAtMs, message } = draft;
  const { accountId } = message.facts;
  const hasWaiting = ({ id }: Destination) =>
    batch.answers.waiting.some(({ destination, account }) => destination === id && account === accountId);
  const wanted = sendAtMs === undefined && !held;
  const { groups, total } = divide(feed, byDestination, { wanted, nowMs, accountKey, hasWaiting });
  const { content } = message;
  const inMemory = content.kind === 'whole' ? feed.holdContent(content.bytes.length, total) : undefined;
  for (const { destination, now, later } of groups) {
    if (now.length > 0) handOverNow(batch, draft, destination, now, inMemory);
    if (later.length === 0) continue;
    if (held) hold(batch, draft, destination, later);
    else wait(batch, draft, destination, later);
  }
}
