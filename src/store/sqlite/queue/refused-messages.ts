/** The SQL of messages that were turned away (store/refusals.ts): kept with their event, the oldest of an account going. */
import type { Database, Statement } from 'better-sqlite3';
import {
  MAX_REFUSED_MESSAGES,
  type NewRefusedMessage,
  type RefusalReader,
  type RefusalWriter,
  type RefusedMessage,
} from '../../refusals.ts';
import type { Context } from '../engine/context.ts';
import type { FreeSpace } from '../engine/free-space.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

const ROWS_A_STEP = 200;

export class SqliteRefusalWriter implements RefusalWriter {
  readonly #context: Pick<Context, 'accounts' | 'events'>;
  readonly #commits: GroupCommit;
  readonly #freeSpace: FreeSpace;
  readonly #insert: Statement;
  readonly #trim: Statement<[number, number, number]>;

  constructor(
    { db, accounts, events }: Pick<Context, 'db' | 'accounts' | 'events'>,
    commits: GroupCommit,
    freeSpace: FreeSpace,
  ) {
    this.#context = { accounts, events };
    this.#commits = commits;
    this.#freeSpace = freeSpace;
    this.#insert = prepare(
      db,
      `INSERT INTO refused_message (public_id, account_id, credential, via, client, refused_at, reverse_path, recipients,
      recipient_count, reply, fix, header_from, subject, left_out, headers)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#trim = prepare(
      db,
      `DELETE FROM refused_message WHERE account_id = ? AND id <=
      (SELECT id FROM refused_message WHERE account_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    );
  }

  async keepRefused(message: NewRefusedMessage): Promise<void> {
    const full = this.#freeSpace.refusal();
    if (full !== undefined) throw full;
    await this.#commits.submit({
      grows: true,
      sizeBytes: message.headers.byteLength,
      run: () => this.#keep(message),
    });
  }

  #keep(message: NewRefusedMessage): void {
    const { accounts, events } = this.#context;
    const accountKey = accounts.account(message.accountId);
    const { id, credentialId, via, client, reversePath, recipients, recipientCount, reply, leftOut } =
      message;
    const atMs = Math.round(message.refusedAtMs);
    const from = message.headerFrom ?? null;
    const subject = message.subject ?? null;
    const envelope = [reversePath, JSON.stringify(recipients), recipientCount];
    const said = [reply, message.fix ?? null, from, subject, leftOut, message.headers];
    this.#insert.run(id, accountKey, credentialId, via, client, atMs, ...envelope, ...said);
    this.#trim.run(accountKey, accountKey, MAX_REFUSED_MESSAGES);
    events.appendOfAccount(
      'refused',
      atMs,
      { accountKey, stream: undefined, messageId: id },
      {
        reply,
        reverse_path: reversePath,
        recipients,
        recipient_count: recipientCount,
        header_from: from,
        subject,
        credential_id: credentialId,
        client,
        via,
        left_out: leftOut,
      },
    );
  }
}

interface Row {
  readonly public_id: string;
  readonly account: string;
  readonly account_public_id: string;
  readonly credential: string;
  readonly credential_name: string | null;
  readonly via: RefusedMessage['via'];
  readonly client: string;
  readonly refused_at: number;
  readonly reverse_path: string;
  readonly recipients: string;
  readonly recipient_count: number;
  readonly reply: string;
  readonly fix: string | null;
  readonly header_from: string | null;
  readonly subject: string | null;
  readonly left_out: number;
}

const COLUMNS = `r.public_id, a.name AS account, a.public_id AS account_public_id, r.credential,
  (SELECT name FROM credential WHERE public_id = r.credential) AS credential_name, r.via, r.client, r.refused_at,
  r.reverse_path, r.recipients, r.recipient_count, r.reply, r.fix, r.header_from, r.subject, r.left_out`;
const FROM = 'FROM refused_message r JOIN account a ON a.id = r.account_id';
const BEFORE = 'r.id < coalesce((SELECT id FROM refused_message WHERE public_id = ?), 9223372036854775807)';

/** On `db`, which may be read-only. */
export function createRefusalReader(db: Database): Direct<RefusalReader> {
  const all = prepare<[string, number], Row>(
    db,
    `SELECT ${COLUMNS} ${FROM} WHERE ${BEFORE} ORDER BY r.id DESC LIMIT ?`,
  );
  const ofAccount = prepare<[string, string, number], Row>(
    db,
    `SELECT ${COLUMNS} ${FROM} WHERE a.public_id = ? AND ${BEFORE} ORDER BY r.id DESC LIMIT ?`,
  );
  const one = prepare<[string], Row & { readonly headers: Uint8Array }>(
    db,
    `SELECT ${COLUMNS}, r.headers ${FROM} WHERE r.public_id = ?`,
  );
  return {
    refusedMessages: (accountId, before = '', limit) =>
      (accountId === undefined ? all.all(before, limit) : ofAccount.all(accountId, before, limit)).map(
        refusedOf,
      ),
    refusedMessage(id) {
      const row = one.get(id);
      return row && { ...refusedOf(row), headers: row.headers };
    },
  };
}

function refusedOf(row: Row): RefusedMessage {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    accountName: row.account,
    credentialId: row.credential,
    credentialName: row.credential_name ?? undefined,
    via: row.via,
    client: row.client,
    refusedAtMs: row.refused_at,
    reversePath: row.reverse_path,
    recipients: JSON.parse(row.recipients) as string[],
    recipientCount: row.recipient_count,
    reply: row.reply,
    fix: row.fix ?? undefined,
    headerFrom: row.header_from ?? undefined,
    subject: row.subject ?? undefined,
    leftOut: row.left_out,
  };
}

/** Removes those that were turned away before `beforeMs`, some at a time; the result counts them. */
export class RefusedMessageCleaner {
  readonly #delete: Statement<[number, number]>;

  constructor(db: Database) {
    this.#delete = prepare(
      db,
      `DELETE FROM refused_message WHERE id IN
      (SELECT id FROM refused_message WHERE refused_at < ? LIMIT ?)`,
    );
  }

  removeBefore(beforeMs: number): number {
    return this.#delete.run(beforeMs, ROWS_A_STEP).changes;
  }
}
