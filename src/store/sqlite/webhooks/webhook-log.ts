/**
 * The SQL of webhooks' delivery logs: what a dispatcher wrote down, replays, retention. Events of one message are told in
 * order, so at most one of them is due; the others wait without a time, and the first of them gets one when that has ended.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { ReplaySelection, WebhookOutcome } from '../../webhooks.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import { ABOUT_ACCOUNT } from './webhook-rows.ts';

/** Events looked at, or rows changed, by one step of a replay: a few milliseconds. */
export const REPLAY_STEP = 500;

/** What a step of a replay did; `behind`: where the next one goes on, `undefined`: it is through. */
export interface ReplayStep {
  readonly replayed: number;
  readonly behind: number | undefined;
}

/** A webhook as far as replays need it. */
export interface ReplayedWebhook {
  readonly key: number;
  readonly accountKey: number;
  /** What lies behind it will be told anyway. */
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

export class WebhookLog {
  readonly #put: Statement;
  readonly #wait: Statement;
  readonly #startNext: Statement<[number, number, string, number, string]>;
  readonly #recover: Statement<[number, number, number]>;
  readonly #replay: Statement;
  readonly #events: Statement<[number, number, number], EventRow>;
  readonly #failed: Statement<[number, number, number], { event_sequence: number; message_id: string }>;
  readonly #reopen: Statement<[number, number]>;
  readonly #removeOld: Statement<[number, number]>;
  readonly #removeSome: Statement<[number, number]>;
  readonly #firstEvent: Statement<[], number | null>;

  constructor(db: Database) {
    const columns = `webhook_id, event_sequence, event_type, message_id, state, attempts, next_attempt_at,
      first_attempt_at, last_attempt_at, status_code, error, excerpt, duration_ms, ended_at`;
    this.#put = prepare(
      db,
      `INSERT INTO webhook_delivery (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (webhook_id, event_sequence) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
      next_attempt_at = excluded.next_attempt_at, first_attempt_at = excluded.first_attempt_at,
      last_attempt_at = excluded.last_attempt_at, status_code = excluded.status_code, error = excluded.error,
      excerpt = excluded.excerpt, duration_ms = excluded.duration_ms, ended_at = excluded.ended_at`,
    );
    this.#wait = prepare(
      db,
      `INSERT INTO webhook_delivery (webhook_id, event_sequence, event_type, message_id, state, attempts)
      VALUES (?, ?, ?, ?, 'pending', 0) ON CONFLICT (webhook_id, event_sequence) DO NOTHING`,
    );
    this.#startNext = prepare(
      db,
      `UPDATE webhook_delivery SET next_attempt_at = ? WHERE webhook_id = ? AND event_sequence =
      (SELECT event_sequence FROM webhook_delivery INDEXED BY webhook_delivery_waiting
       WHERE message_id = ? AND webhook_id = ? AND state = 'pending' ORDER BY event_sequence LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM webhook_delivery other INDEXED BY webhook_delivery_waiting
       WHERE other.webhook_id = webhook_delivery.webhook_id AND other.message_id = ?
       AND other.state = 'pending' AND other.next_attempt_at IS NOT NULL)`,
    );
    this.#recover = prepare(
      db,
      'UPDATE webhook_delivery SET next_attempt_at = ? WHERE webhook_id = ? AND next_attempt_at > ?',
    );
    this.#replay = prepare(
      db,
      `INSERT INTO webhook_delivery (webhook_id, event_sequence, event_type, message_id, state, attempts)
      VALUES (?, ?, ?, ?, 'pending', 0)
      ON CONFLICT (webhook_id, event_sequence) DO UPDATE SET state = 'pending', attempts = 0, first_attempt_at = NULL,
      next_attempt_at = NULL, ended_at = NULL WHERE state != 'pending'`,
    );
    this.#events = prepare(
      db,
      `SELECT sequence, type, at, account_id, message_id FROM event
      WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
    );
    this.#failed = prepare(
      db,
      `SELECT event_sequence, message_id FROM webhook_delivery INDEXED BY webhook_delivery_open
      WHERE webhook_id = ? AND state = 'failed' AND state != 'delivered' AND event_sequence > ?
      ORDER BY event_sequence LIMIT ?`,
    );
    this.#reopen = prepare(
      db,
      `UPDATE webhook_delivery SET state = 'pending', attempts = 0, first_attempt_at = NULL, ended_at = NULL
      WHERE webhook_id = ? AND event_sequence = ?`,
    );
    this.#removeOld = prepare(
      db,
      `DELETE FROM webhook_delivery WHERE (webhook_id, event_sequence) IN
      (SELECT webhook_id, event_sequence FROM webhook_delivery INDEXED BY webhook_delivery_ended
       WHERE ended_at < ? LIMIT ?)`,
    );
    this.#removeSome = prepare(
      db,
      `DELETE FROM webhook_delivery WHERE (webhook_id, event_sequence) IN
      (SELECT webhook_id, event_sequence FROM webhook_delivery WHERE webhook_id = ? LIMIT ?)`,
    );
    this.#firstEvent = pluck(db, 'SELECT min(sequence) FROM event');
  }

  /** Of one webhook, in order of the events. */
  record(webhookKey: number, outcomes: readonly WebhookOutcome[], atMs: number): void {
    const moved = new Set<string>();
    for (const outcome of outcomes) {
      const { sequence, eventType, result } = outcome;
      const messageId = outcome.messageId ?? ABOUT_ACCOUNT;
      if (result === 'waits') {
        this.#wait.run(webhookKey, sequence, eventType, messageId);
        moved.add(messageId);
        continue;
      }
      const ended = result !== 'retry';
      const { attempt } = outcome;
      this.#put.run(
        webhookKey,
        sequence,
        eventType,
        messageId,
        ended ? result : 'pending',
        outcome.attempts,
        ended ? null : Math.round(outcome.nextAttemptAtMs ?? atMs),
        rounded(outcome.firstAttemptAtMs),
        rounded(attempt?.atMs),
        attempt?.statusCode ?? null,
        attempt?.error ?? null,
        attempt?.excerpt ?? null,
        rounded(attempt?.durationMs),
        ended ? Math.round(atMs) : null,
      );
      if (ended && outcome.wasRecorded) moved.add(messageId);
    }
    for (const messageId of moved) this.#start(webhookKey, messageId, atMs);
  }

  /** What waits for another try is due now. */
  recover(webhookKey: number, atMs: number): void {
    const now = Math.round(atMs);
    this.#recover.run(now, webhookKey, now);
  }

  /** One step of a replay, behind the sequence `behind` (0 at first). */
  replay(webhook: ReplayedWebhook, selection: ReplaySelection, behind: number, atMs: number): ReplayStep {
    switch (selection.kind) {
      case 'events':
        return this.#replayEvents(webhook, selection.sequences, behind, atMs);
      case 'failed':
        return this.#replayFailed(webhook, behind, atMs);
      case 'range':
        return this.#replayRange(webhook, selection, behind, atMs);
    }
  }

  /** Ended before `beforeMs`, at most `limit`; the result counts them. */
  removeEnded(beforeMs: number, limit: number): number {
    return this.#removeOld.run(beforeMs, limit).changes;
  }

  /** Of one webhook, whatever they are; the result counts them. */
  removeSome(webhookKey: number, limit: number): number {
    return this.#removeSome.run(webhookKey, limit).changes;
  }

  #replayEvents(webhook: ReplayedWebhook, all: readonly number[], behind: number, atMs: number): ReplayStep {
    const sequences = all.filter((one) => one > behind && one <= webhook.cursor).sort((a, b) => a - b);
    const step = sequences.slice(0, REPLAY_STEP);
    const rows = step.flatMap((sequence) => this.#events.all(sequence - 1, sequence, 1));
    const replayed = this.#reopenEvents(webhook, rows, atMs);
    return { replayed, behind: step.length < sequences.length ? step.at(-1) : undefined };
  }

  #replayRange(
    webhook: ReplayedWebhook,
    { after, upTo, sinceMs = -Infinity, untilMs = Infinity }: Extract<ReplaySelection, { kind: 'range' }>,
    behind: number,
    atMs: number,
  ): ReplayStep {
    const start = Math.max(after, behind, (this.#firstEvent.get() ?? upTo) - 1);
    const rows = this.#events.all(start, Math.min(upTo, webhook.cursor), REPLAY_STEP);
    const meant = rows.filter(
      ({ at, type }) =>
        at >= sinceMs && at <= untilMs && (webhook.types.length === 0 || webhook.types.includes(type)),
    );
    const replayed = this.#reopenEvents(webhook, meant, atMs);
    return { replayed, behind: rows.length < REPLAY_STEP ? undefined : rows.at(-1)?.sequence };
  }

  #reopenEvents({ key, accountKey }: ReplayedWebhook, rows: readonly EventRow[], atMs: number): number {
    let replayed = 0;
    const moved = new Set<string>();
    for (const { sequence, type, account_id: of, message_id: message } of rows) {
      if (of !== accountKey) continue;
      const messageId = message ?? ABOUT_ACCOUNT;
      replayed += this.#replay.run(key, sequence, type, messageId).changes;
      moved.add(messageId);
    }
    for (const messageId of moved) this.#start(key, messageId, atMs);
    return replayed;
  }

  #replayFailed({ key }: ReplayedWebhook, behind: number, atMs: number): ReplayStep {
    const rows = this.#failed.all(key, behind, REPLAY_STEP);
    for (const { event_sequence: sequence } of rows) this.#reopen.run(key, sequence);
    for (const messageId of new Set(rows.map(({ message_id: id }) => id))) this.#start(key, messageId, atMs);
    return {
      replayed: rows.length,
      behind: rows.length < REPLAY_STEP ? undefined : rows.at(-1)?.event_sequence,
    };
  }

  /** The first event of the message that waits is due, unless one of them is already. */
  #start(webhookKey: number, messageId: string, atMs: number): void {
    this.#startNext.run(Math.round(atMs), webhookKey, messageId, webhookKey, messageId);
  }
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
