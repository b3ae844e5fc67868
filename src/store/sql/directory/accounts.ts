/** Accounts and their streams. */
import type { Account, Stream } from '../../directory-records.ts';
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { changeDirectory, directoryVersion } from './change.ts';
import { accountOf, streamOf, type AccountRow, type StreamRow } from './directory-rows.ts';

/** Streams that every account has from its creation. */
const FIRST_STREAMS = ['transactional', 'broadcast'] as const;

const BY_NAME = statement<{ name: string }, AccountRow>(
  'SELECT * FROM account WHERE name = :name AND removing_since IS NULL',
);
const ALL = statement<NoValues, AccountRow>(
  'SELECT * FROM account WHERE removing_since IS NULL ORDER BY name',
);
const COUNT = statement<NoValues, { count: number }>('SELECT count(*) AS count FROM account');
const INSERT = statement<{ id: string; name: string; at: number }>(
  'INSERT INTO account (public_id, name, created_at) VALUES (:id, :name, :at)',
);

const STREAM =
  'SELECT s.*, a.public_id AS account_public_id FROM stream s JOIN account a ON a.id = s.account_id';
const STREAM_BY_NAME = statement<{ account: string; name: string }, StreamRow>(
  `${STREAM} WHERE a.public_id = :account AND s.name = :name`,
);
const STREAMS = statement<{ account: string }, StreamRow>(
  `${STREAM} WHERE a.public_id = :account ORDER BY s.name`,
);
const INSERT_STREAM = statement<{ account: number; name: string; kind: string; at: number }>(
  'INSERT INTO stream (account_id, name, kind, created_at) VALUES (:account, :name, :kind, :at)',
);

type Reads = Pick<
  DirectoryReader,
  'accountByName' | 'listAccounts' | 'latestVersion' | 'streamByName' | 'listStreams'
>;

export const accountReads: StepsOf<Reads> = {
  *accountByName(name) {
    const row = yield* one(BY_NAME, { name });
    return row && accountOf(row);
  },
  *listAccounts() {
    return (yield* all(ALL, {})).map(accountOf);
  },
  latestVersion: directoryVersion,
  *streamByName(account, name) {
    const row = yield* one(STREAM_BY_NAME, { account, name });
    return row && streamOf(row);
  },
  *listStreams(account) {
    return (yield* all(STREAMS, { account })).map(streamOf);
  },
};

export const accountWrites: StepsOf<Pick<DirectoryWriter, 'addAccount' | 'addStream'>> = {
  addAccount: (account, actor) =>
    changeDirectory(
      { atMs: account.createdAtMs, actor, action: 'account add', subject: account.name, account: account.id },
      insertAccount(account),
    ),
  addStream: (stream, actor) =>
    changeDirectory(
      {
        atMs: stream.createdAtMs,
        actor,
        action: 'stream add',
        subject: stream.name,
        account: stream.accountId,
      },
      insertStream(stream),
    ),
};

/** Adds `account` with its streams if there is none at all. */
export function* insertFirstAccount(account: Account): Steps<void> {
  const counted = yield* one(COUNT, {});
  if (counted?.count === 0) yield* insertAccount(account);
}

function* insertAccount({ id, name, createdAtMs }: Account): Steps<void> {
  const at = Math.round(createdAtMs);
  yield* run(INSERT, { id, name, at });
  const account = yield* accountKeyOf(id);
  for (const kind of FIRST_STREAMS) yield* run(INSERT_STREAM, { account, name: kind, kind, at });
}

function* insertStream({ accountId, name, kind, createdAtMs }: Stream): Steps<void> {
  const account = yield* accountKeyOf(accountId);
  yield* run(INSERT_STREAM, { account, name, kind, at: Math.round(createdAtMs) });
}
