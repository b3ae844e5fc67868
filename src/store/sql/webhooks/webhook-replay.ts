/** Replays of a webhook's delivery log: events are delivered once more, a few hundred in a step, in order within a message. */
import type { ReplaySelection } from '../../webhooks.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';
import { startNext } from './webhook-log.ts';
import { FIRST_EVENT } from '../events/event-ends.ts';
import { ABOUT_ACCOUNT } from './webhook-rows.ts';

/** Events examined, or rows changed, by one step of a replay: a few milliseconds. */
const REPLAY_STEP = 500;

/** The result of a step; `behind`: where the next one continues, `undefined`: done. */
export interface ReplayStep {
  readonly replayed: number;
  readonly behind: number | undefined;
}

/** The fields of a webhook that replays need. */
export interface ReplayedWebhook {
  readonly key: number;
  readonly accountKey: number;
  /** Events after it will be delivered anyway. */
  readonly cursor: number;
  /** Empty: all. */
  readonly types: readonly string[];
}

interface EventRow {
  readonly sequence: number;
  readonly type: string;
  readonly at: number;
  readonly account_id: number;
  readonly message_id: string | null;
}

const REPLAY = statement<{ webhook: number; sequence: number; type: string; message: string }>(
  `INSERT INTO webhook_delivery (webhook_id, event_sequence, event_type, message_id, state, attempts)
   VALUES (:webhook, :sequence, :type, :message, 'pending', 0)
   ON CONFLICT (webhook_id, event_sequence) DO UPDATE SET state = 'pending', attempts = 0, first_attempt_at = NULL,
     next_attempt_at = NULL, ended_at = NULL WHERE webhook_delivery.state != 'pending'`,
);
const EVENTS = statement<{ after: number; upTo: number; limit: number }, EventRow>(
  `SELECT sequence, type, at, account_id, message_id FROM event
   WHERE sequence > :after AND sequence <= :upTo ORDER BY sequence LIMIT :limit`,
);
const FAILED = statement<
  { webhook: number; after: number; limit: number },
  { event_sequence: number; message_id: string }
>(
  ({
    indexedBy,
  }) => `SELECT event_sequence, message_id FROM webhook_delivery ${indexedBy('webhook_delivery_open')}
   WHERE webhook_id = :webhook AND state = 'failed' AND state != 'delivered' AND event_sequence > :after
   ORDER BY event_sequence LIMIT :limit`,
);
const REOPEN = statement<{ webhook: number; sequence: number }>(
  `UPDATE webhook_delivery SET state = 'pending', attempts = 0, first_attempt_at = NULL, ended_at = NULL
   WHERE webhook_id = :webhook AND event_sequence = :sequence`,
);

/** One step, after the sequence `behind` (0 at first). */
export function replayStep(
  webhook: ReplayedWebhook,
  selection: ReplaySelection,
  behind: number,
  atMs: number,
): Steps<ReplayStep> {
  switch (selection.kind) {
    case 'events':
      return replayEvents(webhook, selection.sequences, behind, atMs);
    case 'failed':
      return replayFailed(webhook, behind, atMs);
    case 'range':
      return replayRange(webhook, selection, behind, atMs);
  }
}

function* replayEvents(
  webhook: ReplayedWebhook,
  wanted: readonly number[],
  behind: number,
  atMs: number,
): Steps<ReplayStep> {
  const sequences = wanted.filter((one) => one > behind && one <= webhook.cursor).sort((a, b) => a - b);
  const step = sequences.slice(0, REPLAY_STEP);
  const rows: EventRow[] = [];
  for (const sequence of step)
    rows.push(...(yield* all(EVENTS, { after: sequence - 1, upTo: sequence, limit: 1 })));
  const replayed = yield* reopenEvents(webhook, rows, atMs);
  return { replayed, behind: step.length < sequences.length ? step.at(-1) : undefined };
}

function* replayRange(
  webhook: ReplayedWebhook,
  { after, upTo, sinceMs = -Infinity, untilMs = Infinity }: Extract<ReplaySelection, { kind: 'range' }>,
  behind: number,
  atMs: number,
): Steps<ReplayStep> {
  const first = (yield* one(FIRST_EVENT, {}))?.sequence ?? upTo;
  const start = Math.max(after, behind, first - 1);
  const range = { after: start, upTo: Math.min(upTo, webhook.cursor), limit: REPLAY_STEP };
  const rows = yield* all(EVENTS, range);
  const meant = rows.filter(
    ({ at, type }) =>
      at >= sinceMs && at <= untilMs && (webhook.types.length === 0 || webhook.types.includes(type)),
  );
  const replayed = yield* reopenEvents(webhook, meant, atMs);
  return { replayed, behind: rows.length < REPLAY_STEP ? undefined : rows.at(-1)?.sequence };
}

function* reopenEvents(
  { key: webhook, accountKey }: ReplayedWebhook,
  rows: readonly EventRow[],
  atMs: number,
): Steps<number> {
  let replayed = 0;
  const moved = new Set<string>();
  for (const { sequence, type, account_id: of, message_id: id } of rows) {
    if (of !== accountKey) continue;
    const message = id ?? ABOUT_ACCOUNT;
    replayed += yield* run(REPLAY, { webhook, sequence, type, message });
    moved.add(message);
  }
  yield* startNext(webhook, moved, atMs);
  return replayed;
}

function* replayFailed({ key: webhook }: ReplayedWebhook, behind: number, atMs: number): Steps<ReplayStep> {
  const rows = yield* all(FAILED, { webhook, after: behind, limit: REPLAY_STEP });
  for (const { event_sequence: sequence } of rows) yield* run(REOPEN, { webhook, sequence });
  yield* startNext(webhook, new Set(rows.map(({ message_id: message }) => message)), atMs);
  return {
    replayed: rows.length,
    behind: rows.length < REPLAY_STEP ? undefined : rows.at(-1)?.event_sequence,
  };
}
