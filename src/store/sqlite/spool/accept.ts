/**
 * Accepts messages: message, content, deliveries and events in one transaction. Suppressed recipients are found in it;
 * place-deliveries.ts decides where each delivery goes.
 */
import { StoreError } from '../../errors.ts';
import type { NewMessage } from '../../message-records.ts';
import type { Context } from '../engine/context.ts';
import { countedMessage } from '../../flow/subject.ts';
import { MAX_RECIPIENTS } from '../../flow/keys.ts';
import type { Restriction } from '../../sql/statistics/restriction-states.ts';
import { metadataColumn, tagsColumn } from '../../sql/json-columns.ts';
import type { Numbered } from '../../flow/divide.ts';
import { insertSuppressed, queue, type Draft } from './place-deliveries.ts';
import type { Uploads } from './uploads.ts';

const NOBODY: readonly string[] = [];

/**
 * Inside a transaction. Returns the suppressed recipients. StoreError `conflict`: the id is taken, or account, credential or
 * upload is unknown.
 */
export function accept(context: Context, uploads: Uploads, message: NewMessage): readonly string[] {
  const { facts, deliveries } = message;
  if (deliveries.length === 0 || deliveries.length > MAX_RECIPIENTS) {
    throw new StoreError(
      'conflict',
      `${facts.id} has ${deliveries.length} recipients: 1 to ${MAX_RECIPIENTS} can be stored`,
    );
  }
  const accountKey = context.accounts.account(facts.accountId);
  const nowMs = facts.acceptedAtMs;
  // Looked up here and not by the acceptor: in the transaction it is cheap, and no suppression can be added in between.
  const reasons = deliveries.map(
    ({ recipient, suppressedBy }) =>
      suppressedBy ?? context.suppressions.reasonFor(accountKey, facts.stream, recipient, nowMs),
  );
  const unsettled = reasons.filter((reason) => reason === undefined).length;
  const draft = insertMessage(context, uploads, message, { accountKey, nowMs, unsettled });
  const byDestination = new Map<string, Numbered[]>();
  deliveries.forEach((delivery, index) => {
    const numbered = { number: index + 1, delivery };
    const reason = reasons[index];
    if (reason !== undefined) {
      insertSuppressed(context, draft, numbered, reason);
      return;
    }
    const group = byDestination.get(delivery.destination);
    if (group === undefined) byDestination.set(delivery.destination, [numbered]);
    else group.push(numbered);
  });
  queue(context, draft, byDestination);
  if (unsettled === deliveries.length) return NOBODY;
  return deliveries.flatMap(({ recipient }, index) => (reasons[index] === undefined ? [] : [recipient]));
}

function insertMessage(
  context: Context,
  uploads: Uploads,
  message: NewMessage,
  {
    accountKey,
    nowMs,
    unsettled,
  }: { readonly accountKey: number; readonly nowMs: number; readonly unsettled: number },
): Draft {
  const { facts, content, deliveries } = message;
  const credentialKey =
    facts.credentialId === undefined ? null : context.accounts.credential(facts.credentialId);
  const upload = content.kind === 'chunks' ? uploads.complete(content.upload, content.chunkCount) : undefined;
  const key = upload ?? context.transaction.takeMessageKey();
  const chunkCount =
    content.kind === 'chunks' ? content.chunkCount : context.contents.insertWhole(key, content.bytes);
  context.messages.insert({
    key,
    facts,
    accountKey,
    credentialKey,
    recipients: deliveries.length,
    unsettled,
    settledAtMs: unsettled === 0 ? nowMs : undefined,
    chunkCount,
  });
  if (credentialKey !== null) context.usage.count(credentialKey, facts.acceptedAtMs, deliveries.length);
  if (message.uses !== undefined)
    context.usageCounts.count(message.uses, facts.acceptedAtMs, deliveries.length);
  if (message.countsStorage === true) context.storage.add(accountKey, key, facts.sizeBytes);
  const subject = {
    accountKey,
    messageId: facts.id,
    stream: facts.stream,
    tags: tagsColumn(facts.tags),
    metadata: metadataColumn(facts.metadata),
  };
  const restriction: Restriction =
    facts.via === 'dsn'
      ? { kind: 'none' }
      : context.restrictions.restrictionOf(accountKey, facts.stream, unsettled, nowMs);
  const notBeforeMs = Math.max(facts.sendAtMs ?? 0, restriction.kind === 'later' ? restriction.dueAtMs : 0);
  const sendAtMs = notBeforeMs > nowMs ? Math.round(notBeforeMs) : undefined;
  const counted = countedMessage(facts);
  return { message, key, accountKey, subject, counted, nowMs, sendAtMs, restriction };
}
