/** Accounts and their terms. */
import type { Account, AccountTerms } from '../../directory-records.ts';
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import { StoreError } from '../../errors.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf, findAccountKey } from './account-key.ts';
import { changeDirectory, directoryVersion } from './change.ts';
import { accountOf, type AccountRow } from './directory-rows.ts';
import { limitNewStorage, limitStorage } from './storage.ts';
import { insertFirstStreams } from './streams.ts';

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
  readonly health: string;
};
const INSERT = statement<{ id: string; name: string; at: number } & TermColumns>(
  `INSERT INTO account (public_id, name, created_at, limits, storage, retain_content, retain_metadata, retain_events,
     health)
   VALUES (:id, :name, :at, :limits, :storage, :content, :metadata, :events, :health)`,
);
const CHANGE = statement<{ account: number } & TermColumns>(
  `UPDATE account SET limits = :limits, storage = :storage, retain_content = :content, retain_metadata = :metadata,
     retain_events = :events, health = :health, version = (SELECT directory_version FROM counter WHERE id = 1)
   WHERE id = :account AND removing_since IS NULL`,
);
/** Sessions look at their credential again. */
const CHECK_CREDENTIALS = statement<{ account: number }>(
  `UPDATE credential SET version = (SELECT directory_version FROM counter WHERE id = 1)
   WHERE account_id = :account AND revoked_at IS NULL`,
);

type Reads = Pick<DirectoryReader, 'accountByName' | 'listAccounts' | 'latestVersion'>;

export const accountReads: StepsOf<Reads> = {
  *accountByName(name) {
    const row = yield* one(BY_NAME, { name });
    return row && accountOf(row);
  },
  *listAccounts() {
    return (yield* all(ALL, {})).map(accountOf);
  },
  latestVersion: directoryVersion,
};

export const accountWrites: StepsOf<Pick<DirectoryWriter, 'addAccount' | 'changeAccount'>> = {
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
  yield* insertFirstStreams(account, at);
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
    health: JSON.stringify(terms.healthTerms ?? {}),
  };
}

function wordsOf(terms: AccountTerms): string {
  return Object.entries(columnsOf(terms))
    .map(([name, value]) => `${name} ${value ?? 'none'}`)
    .join(' ');
}
