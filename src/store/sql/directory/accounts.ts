/** Accounts and their streams. */
import type { Account, AccountTerms, Stream } from '../../directory-records.ts';
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import { StoreError } from '../../errors.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf, findAccountKey } from './account-key.ts';
import { changeDirectory, directoryVersion } from './change.ts';
import { accountOf, streamOf, type AccountRow, type StreamRow } from './directory-rows.ts';
import { limitNewStorage, limitStorage } from './storage.ts';

/** Streams that every account has from its creation. */
const FIRST_STREAMS = ['transactional', 'broadcast'] as const;

const BY_NAME = statement<{ name: string }, AccountRow>(
  'SELECT * FROM account WHERE name = :name AND removing_since IS NULL',
);
const ALL = statement<NoValues, AccountRow>(
  'SELECT * FROM account WHERE removing_since IS NULL ORDER BY name',
);
const COUNT = statement<NoValues, { count: number }>('SELECT count(*) AS count FROM account');
type TermColumns = {
  readonly limits: string;
  readonly storage: number | undefined;
  readonly content: number | undefined;
  readonly metadata: number | undefined;
  readonly events: number | undefined;
};
const INSERT = statement<{ id: string; name: string; at: number } & TermColumns>(
  `INSERT INTO account (public_id, name, created_at, limits, storage, retain_content, retain_metadata, retain_events)
   VALUES (:id, :name, :at, :limits, :storage, :content, :metadata, :events)`,
);
const CHANGE = statement<{ account: number } & TermColumns>(
  `UPDATE account SET limits = :limits, storage = :storage, retain_content = :content, retain_metadata = :metadata,
     retain_events = :events, version = (SELECT directory_version FROM counter WHERE id = 1)
   WHERE id = :account AND removing_since IS NULL`,
);
/** Sessions look at their credential again. */
const CHECK_CREDENTIALS = statement<{ account: number }>(
  `UPDATE credential SET version = (SELECT directory_version FROM counter WHERE id = 1)
   WHERE account_id = :account AND revoked_at IS NULL`,
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

export const accountWrites: StepsOf<Pick<DirectoryWriter, 'addAccount' | 'changeAccount' | 'addStream'>> = {
  addAccount: (account, actor) =>
    changeDirectory(
      { atMs: account.createdAtMs, actor, action: 'account add', subject: account.name, account: account.id },
      insertAccount(account),
    ),
  changeAccount: (id, terms, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'account change', subject: `${id} ${wordsOf(terms)}`, account: id },
      change(id, terms),
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

function* insertAccount({ id, name, createdAtMs, ...terms }: Account): Steps<void> {
  const at = Math.round(createdAtMs);
  yield* run(INSERT, { id, name, at, ...columnsOf(terms) });
  const account = yield* accountKeyOf(id);
  yield* limitNewStorage(account, terms.storageBytes);
  for (const kind of FIRST_STREAMS) yield* run(INSERT_STREAM, { account, name: kind, kind, at });
}

function* change(id: string, terms: AccountTerms): Steps<void> {
  const account = yield* findAccountKey(id);
  if (account === undefined || (yield* run(CHANGE, { account, ...columnsOf(terms) })) === 0)
    throw new StoreError('not-found', `there is no account ${id}`);
  // It waits for messages that are being accepted with the terms before.
  yield* run(CHECK_CREDENTIALS, { account });
  yield* limitStorage(account, terms.storageBytes);
}

function columnsOf(terms: AccountTerms): TermColumns {
  return {
    limits: JSON.stringify(terms.limits ?? {}),
    storage: terms.storageBytes,
    content: terms.retainContentMs,
    metadata: terms.retainMetadataMs,
    events: terms.retainEventsMs,
  };
}

function wordsOf(terms: AccountTerms): string {
  return Object.entries(columnsOf(terms))
    .map(([name, value]) => `${name} ${value ?? 'none'}`)
    .join(' ');
}

function* insertStream({ accountId, name, kind, createdAtMs }: Stream): Steps<void> {
  const account = yield* accountKeyOf(accountId);
  yield* run(INSERT_STREAM, { account, name, kind, at: Math.round(createdAtMs) });
}
