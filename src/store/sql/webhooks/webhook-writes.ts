/** Changes of webhooks and of their delivery logs. Changes by people are audited; long ones are made in chunks. */
import { StoreError } from '../../errors.ts';
import type { WebhookRecord, WebhookState, WebhookWriter } from '../../webhooks.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { audit } from '../directory/audit.ts';
import { changeDirectory, raiseDirectoryVersion } from '../directory/change.ts';
import { statement } from '../statement.ts';
import { appendEvent, one, run, type Steps, type StepsOf, type WriteRunner } from '../steps.ts';
import { recordOutcomes, recoverDeliveries, removeSomeDeliveries } from './webhook-log.ts';
import { LAST_EVENT } from '../events/event-ends.ts';
import { replayStep } from './webhook-replay.ts';

/** The dispatcher's name in the audit log. */
const ACTOR = 'webhooks';
const REMOVED_A_STEP = 500;

interface KeyRow {
  readonly id: number;
  readonly account_id: number;
  readonly url: string;
  readonly events: string;
  readonly state: WebhookState;
  readonly cursor: number;
}

const KEY = statement<{ id: string }, KeyRow>(
  'SELECT id, account_id, url, events, state, cursor FROM webhook WHERE public_id = :id',
);
const INSERT = statement<{
  id: string;
  account: number;
  url: string;
  events: string;
  secret: Uint8Array;
  cursor: number;
  at: number;
}>(
  `INSERT INTO webhook (public_id, account_id, url, events, state, state_reason, state_since, sealed_secret,
     cursor, created_at) VALUES (:id, :account, :url, :events, 'active', '', :at, :secret, :cursor, :at)`,
);
const CHANGE = statement<{ webhook: number; url: string; events: string }>(
  'UPDATE webhook SET url = :url, events = :events WHERE id = :webhook',
);
const SET_STATE = statement<{ webhook: number; state: WebhookState; reason: string; at: number }>(
  'UPDATE webhook SET state = :state, state_reason = :reason, state_since = :at WHERE id = :webhook',
);
const FORGET_FAILING = statement<{ webhook: number }>(
  'UPDATE webhook SET failing_since = NULL WHERE id = :webhook',
);
const SKIP_TO_LAST = statement<{ webhook: number }>(
  ({ greater }) =>
    `UPDATE webhook SET cursor = ${greater('cursor', 'coalesce((SELECT max(sequence) FROM event), 0)')}
     WHERE id = :webhook`,
);
const ROTATE = statement<{ webhook: number; secret: Uint8Array; until: number }>(
  `UPDATE webhook SET sealed_previous_secret = sealed_secret, previous_until = :until, sealed_secret = :secret
   WHERE id = :webhook`,
);
const REMOVE = statement<{ webhook: number }>('DELETE FROM webhook WHERE id = :webhook');
/** `delivered` 0: nothing was delivered. */
const PROGRESS = statement<{
  webhook: number;
  cursor: number;
  failing: number | undefined;
  delivered: number;
}>(
  ({ greater }) => `UPDATE webhook SET cursor = ${greater('cursor', ':cursor')}, failing_since = :failing,
     delivered_at = nullif(${greater('coalesce(delivered_at, 0)', ':delivered')}, 0) WHERE id = :webhook`,
);

export const webhookWrites: StepsOf<Omit<WebhookWriter, 'removeWebhook' | 'replayWebhook'>> = {
  addWebhook(webhook, actor) {
    const { id, url, createdAtMs: atMs } = webhook;
    const subject = `${id} ${originOf(url)}`;
    return changeDirectory(
      { atMs, actor, action: 'webhook add', subject, account: webhook.accountId },
      (function* () {
        yield* run(INSERT, {
          id,
          account: yield* accountKeyOf(webhook.accountId),
          url,
          events: JSON.stringify(webhook.events),
          secret: webhook.sealedSecret,
          cursor: (yield* one(LAST_EVENT, {}))?.sequence ?? 0,
          at: Math.round(atMs),
        });
      })(),
    );
  },
  changeWebhook: (id, change, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'webhook change', subject: id, account: { of: 'webhook', id } },
      (function* () {
        const { id: webhook, url: before, events } = yield* found(id);
        const url = change.url ?? before;
        const listed = change.events === undefined ? events : JSON.stringify(change.events);
        yield* run(CHANGE, { webhook, url, events: listed });
        if (url === before) return;
        // The history of the former receiver does not apply to this one.
        yield* run(FORGET_FAILING, { webhook });
        yield* recoverDeliveries(webhook, atMs);
      })(),
    ),
  pauseWebhook: (id, reason, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'webhook pause', subject: id, account: { of: 'webhook', id } },
      (function* () {
        const { id: webhook, state } = yield* found(id);
        if (state === 'active') yield* setState(webhook, 'paused', reason, atMs);
      })(),
    ),
  resumeWebhook: (id, skip, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'webhook resume', subject: id, account: { of: 'webhook', id } },
      (function* () {
        const { id: webhook } = yield* found(id);
        yield* setState(webhook, 'active', '', atMs);
        yield* run(FORGET_FAILING, { webhook });
        if (skip) yield* run(SKIP_TO_LAST, { webhook });
        yield* recoverDeliveries(webhook, atMs);
      })(),
    ),
  rotateWebhookSecret: (id, secret, previousUntilMs, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'webhook rotate', subject: id, account: { of: 'webhook', id } },
      (function* () {
        const { id: webhook } = yield* found(id);
        yield* run(ROTATE, { webhook, secret, until: Math.round(previousUntilMs) });
      })(),
    ),
  *recordWebhooks(records) {
    for (const record of records) yield* recordOne(record);
  },
};

/** Changes of many rows: several transactions, with a pause in between. */
export function createChunkedWebhookWrites(
  runner: WriteRunner,
): Pick<WebhookWriter, 'removeWebhook' | 'replayWebhook'> {
  return {
    async removeWebhook(id, atMs, actor) {
      await runner.write(() => disable(id, atMs));
      while (await runner.write(() => removeSome(id))) await runner.pause();
      await runner.write(() => remove(id, atMs, actor));
    },
    async replayWebhook(id, selection, atMs, actor) {
      let total = 0;
      for (let behind: number | undefined = 0; behind !== undefined;) {
        const from: number = behind;
        const step = await runner.write(function* () {
          const { id: key, account_id: accountKey, events, cursor } = yield* found(id);
          const webhook = { key, accountKey, cursor, types: JSON.parse(events) as string[] };
          return yield* replayStep(webhook, selection, from, atMs);
        });
        total += step.replayed;
        behind = step.behind;
        if (behind !== undefined) await runner.pause();
      }
      await runner.write(() =>
        audit(atMs, actor, 'webhook replay', `${id} ${total} events`, { of: 'webhook', id }),
      );
      return total;
    },
  };
}

function* disable(id: string, atMs: number): Steps<void> {
  yield* raiseDirectoryVersion();
  yield* setState((yield* found(id)).id, 'disabled', 'it is being removed', atMs);
}

/** True: there may be more. */
function* removeSome(id: string): Steps<boolean> {
  const { id: webhook } = yield* found(id);
  return (yield* removeSomeDeliveries(webhook, REMOVED_A_STEP)) === REMOVED_A_STEP;
}

function remove(id: string, atMs: number, actor: string): Steps<void> {
  return changeDirectory(
    { atMs, actor, action: 'webhook remove', subject: id, account: { of: 'webhook', id } },
    (function* () {
      yield* run(REMOVE, { webhook: (yield* found(id)).id });
    })(),
  );
}

function* recordOne(record: WebhookRecord): Steps<void> {
  const row = yield* one(KEY, { id: record.webhookId });
  if (row === undefined) return;
  const { id: webhook } = row;
  const { atMs, cursor, failingSinceMs, deliveredAtMs, ends } = record;
  yield* recordOutcomes(webhook, record.outcomes, atMs);
  if (record.recovered) yield* recoverDeliveries(webhook, atMs);
  const failing = failingSinceMs === undefined ? undefined : Math.round(failingSinceMs);
  yield* run(PROGRESS, { webhook, cursor, failing, delivered: Math.round(deliveredAtMs ?? 0) });
  if (ends === undefined || row.state !== 'active' || row.url !== ends.url) return;
  yield* setState(webhook, ends.state, ends.reason, atMs);
  yield* raiseDirectoryVersion();
  yield* appendEvent({
    type: ends.state === 'paused' ? 'webhook_paused' : 'webhook_disabled',
    atMs,
    about: { accountKey: row.account_id, stream: undefined },
    data: { webhook_id: record.webhookId, url: originOf(row.url), reason: ends.reason },
  });
  const action = ends.state === 'paused' ? 'webhook pause' : 'webhook disable';
  yield* audit(atMs, ACTOR, action, `${record.webhookId} ${ends.reason}`, row.account_id);
}

function* setState(webhook: number, state: WebhookState, reason: string, atMs: number): Steps<void> {
  yield* run(SET_STATE, { webhook, state, reason, at: Math.round(atMs) });
}

/** StoreError `not-found`. */
function* found(id: string): Steps<KeyRow> {
  const row = yield* one(KEY, { id });
  if (row === undefined) throw new StoreError('not-found', `there is no webhook ${id}`);
  return row;
}

/** Without path and query, which may contain a secret of the receiver's. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an unreadable address';
}
