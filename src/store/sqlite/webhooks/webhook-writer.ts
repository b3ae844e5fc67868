/** Changes of webhooks and of their delivery logs, as operations of the group commit; what a person does is audited. */
import type { Database, Statement } from 'better-sqlite3';
import { delay } from '../../../platform/clock.ts';
import type { AnyEventType } from '../../../policy/delivery-state.ts';
import { StoreError } from '../../errors.ts';
import type {
  NewWebhook,
  ReplaySelection,
  WebhookRecord,
  WebhookState,
  WebhookWriter,
} from '../../webhooks.ts';
import { Audit } from '../directory/audit.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import { WebhookLog } from './webhook-log.ts';

/** The dispatcher, in the audit log. */
const ACTOR = 'webhooks';
const REMOVED_A_STEP = 500;
const PAUSE_MS = 10;

interface KeyRow {
  readonly id: number;
  readonly account_id: number;
  readonly url: string;
  readonly events: string;
  readonly state: WebhookState;
  readonly cursor: number;
}

interface Statements {
  readonly key: Statement<[string], KeyRow>;
  readonly insert: Statement;
  readonly change: Statement<[string, string, number]>;
  readonly setState: Statement<[WebhookState, string, number, number]>;
  readonly forgetFailing: Statement<[number]>;
  readonly skipTo: Statement<[number]>;
  readonly rotate: Statement<[number, Uint8Array, number]>;
  readonly remove: Statement<[number]>;
  readonly progress: Statement<[number, number | null, number | null, number]>;
  readonly lastEvent: Statement<[], number | null>;
  readonly bump: Statement<[]>;
}

export class SqliteWebhookWriter implements WebhookWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #audit: Audit;
  readonly #log: WebhookLog;
  readonly #sql: Statements;

  constructor(context: Context, commits: GroupCommit) {
    this.#context = context;
    this.#commits = commits;
    this.#audit = new Audit(context.db);
    this.#log = new WebhookLog(context.db);
    this.#sql = prepareAll(context.db);
  }

  addWebhook(webhook: NewWebhook, actor: string): Promise<void> {
    return this.#audited(actor, 'webhook add', `${webhook.id} ${originOf(webhook.url)}`, () => {
      const { insert, lastEvent } = this.#sql;
      const createdAtMs = Math.round(webhook.createdAtMs);
      insert.run(
        webhook.id,
        this.#context.accounts.account(webhook.accountId),
        webhook.url,
        JSON.stringify(webhook.events),
        createdAtMs,
        webhook.sealedSecret,
        lastEvent.get() ?? 0,
        createdAtMs,
      );
    });
  }

  changeWebhook(
    id: string,
    change: { readonly url: string | undefined; readonly events: readonly AnyEventType[] | undefined },
    actor: string,
  ): Promise<void> {
    return this.#audited(actor, 'webhook change', id, () => {
      const row = this.#row(id);
      const { url = row.url, events } = change;
      this.#sql.change.run(url, events === undefined ? row.events : JSON.stringify(events), row.id);
      if (url === row.url) return;
      // What the receiver before did says nothing of this one.
      this.#sql.forgetFailing.run(row.id);
      this.#log.recover(row.id, this.#context.clock.now());
    });
  }

  pauseWebhook(id: string, reason: string, atMs: number, actor: string): Promise<void> {
    return this.#audited(actor, 'webhook pause', id, () => {
      const { id: key, state } = this.#row(id);
      if (state === 'active') this.#sql.setState.run('paused', reason, Math.round(atMs), key);
    });
  }

  resumeWebhook(id: string, skip: boolean, atMs: number, actor: string): Promise<void> {
    return this.#audited(actor, 'webhook resume', id, () => {
      const { id: key } = this.#row(id);
      this.#sql.setState.run('active', '', Math.round(atMs), key);
      this.#sql.forgetFailing.run(key);
      if (skip) this.#sql.skipTo.run(key);
      this.#log.recover(key, atMs);
    });
  }

  rotateWebhookSecret(
    id: string,
    sealedSecret: Uint8Array,
    previousUntilMs: number,
    actor: string,
  ): Promise<void> {
    return this.#audited(actor, 'webhook rotate', id, () => {
      this.#sql.rotate.run(Math.round(previousUntilMs), sealedSecret, this.#row(id).id);
    });
  }

  async removeWebhook(id: string, actor: string): Promise<void> {
    await this.#run(() => {
      const { id: key } = this.#row(id);
      this.#sql.setState.run('disabled', 'it is being removed', Math.round(this.#context.clock.now()), key);
      this.#sql.bump.run();
    });
    const removeSome = () => this.#log.removeSome(this.#row(id).id, REMOVED_A_STEP) === REMOVED_A_STEP;
    while (await this.#run(removeSome)) await this.#pause();
    await this.#audited(actor, 'webhook remove', id, () => void this.#sql.remove.run(this.#row(id).id));
  }

  async replayWebhook(id: string, selection: ReplaySelection, atMs: number, actor: string): Promise<number> {
    let total = 0;
    for (let behind: number | undefined = 0; behind !== undefined;) {
      const from: number = behind;
      const step = await this.#run(() => {
        const { id: key, account_id: accountKey, events, cursor } = this.#row(id);
        const webhook = { key, accountKey, cursor, types: JSON.parse(events) as string[] };
        return this.#log.replay(webhook, selection, from, atMs);
      });
      total += step.replayed;
      behind = step.behind;
      if (behind !== undefined) await this.#pause();
    }
    await this.#run(() => {
      this.#audit.record(this.#context.clock.now(), actor, 'webhook replay', `${id} ${total} events`);
    });
    return total;
  }

  recordWebhooks(records: readonly WebhookRecord[]): Promise<void> {
    return this.#run(() => {
      for (const record of records) this.#record(record);
    });
  }

  /** SQLite's lock is not fair: a tight loop from another process would stall the relay. */
  #pause(): Promise<void> {
    return delay(this.#context.clock, PAUSE_MS);
  }

  #record(record: WebhookRecord): void {
    const row = this.#sql.key.get(record.webhookId);
    if (row === undefined) return;
    const { atMs, cursor, failingSinceMs, deliveredAtMs, ends } = record;
    this.#log.record(row.id, record.outcomes, atMs);
    if (record.recovered) this.#log.recover(row.id, atMs);
    this.#sql.progress.run(cursor, orNull(failingSinceMs), orNull(deliveredAtMs), row.id);
    if (ends === undefined || row.state !== 'active' || row.url !== ends.url) return;
    this.#sql.setState.run(ends.state, ends.reason, Math.round(atMs), row.id);
    this.#sql.bump.run();
    const type = ends.state === 'paused' ? 'webhook_paused' : 'webhook_disabled';
    const facts = { webhook_id: record.webhookId, url: originOf(row.url), reason: ends.reason };
    this.#context.events.appendOfAccount(
      type,
      atMs,
      { accountKey: row.account_id, stream: undefined },
      facts,
    );
    this.#audit.record(
      atMs,
      ACTOR,
      ends.state === 'paused' ? 'webhook pause' : 'webhook disable',
      record.webhookId,
    );
  }

  #row(id: string): KeyRow {
    const row = this.#sql.key.get(id);
    if (row === undefined) throw new StoreError('not-found', `there is no webhook ${id}`);
    return row;
  }

  #audited(actor: string, action: string, subject: string, run: () => void): Promise<void> {
    return this.#run(() => {
      run();
      this.#audit.record(this.#context.clock.now(), actor, action, subject);
      this.#sql.bump.run();
    });
  }

  #run<T>(run: () => T): Promise<T> {
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }
}

function prepareAll(db: Database): Statements {
  return {
    key: prepare(db, 'SELECT id, account_id, url, events, state, cursor FROM webhook WHERE public_id = ?'),
    insert: prepare(
      db,
      `INSERT INTO webhook (public_id, account_id, url, events, state, state_reason, state_since, sealed_secret,
      cursor, created_at) VALUES (?, ?, ?, ?, 'active', '', ?, ?, ?, ?)`,
    ),
    change: prepare(db, 'UPDATE webhook SET url = ?, events = ? WHERE id = ?'),
    setState: prepare(db, 'UPDATE webhook SET state = ?, state_reason = ?, state_since = ? WHERE id = ?'),
    forgetFailing: prepare(db, 'UPDATE webhook SET failing_since = NULL WHERE id = ?'),
    skipTo: prepare(
      db,
      'UPDATE webhook SET cursor = max(cursor, coalesce((SELECT max(sequence) FROM event), 0)) WHERE id = ?',
    ),
    rotate: prepare(
      db,
      `UPDATE webhook SET sealed_previous_secret = sealed_secret, previous_until = ?, sealed_secret = ?
      WHERE id = ?`,
    ),
    remove: prepare(db, 'DELETE FROM webhook WHERE id = ?'),
    progress: prepare(
      db,
      `UPDATE webhook SET cursor = max(cursor, ?), failing_since = ?,
      delivered_at = max(coalesce(delivered_at, 0), coalesce(?, delivered_at)) WHERE id = ?`,
    ),
    lastEvent: pluck(db, 'SELECT max(sequence) FROM event'),
    bump: prepare(db, 'UPDATE counter SET directory_version = directory_version + 1'),
  };
}

/** Without path and query: they may hold a secret of the receiver's. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an unreadable address';
}

function orNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
