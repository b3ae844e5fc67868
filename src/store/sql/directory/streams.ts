/** Streams of an account, their terms, and how mail did not fit them. */
import type { DirectoryReader, DirectoryWriter, FoundMisfits } from '../../directory.ts';
import type { Stream, StreamMisfit, StreamTerms } from '../../directory-records.ts';
import { StoreError } from '../../errors.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { accountKeyOf } from './account-key.ts';
import { changeDirectory } from './change.ts';
import { streamOf, type StreamRow } from './directory-rows.ts';

/** Streams that every account has from its creation. */
const FIRST_STREAMS = ['transactional', 'broadcast'] as const;

const STREAM =
  'SELECT s.*, a.public_id AS account_public_id FROM stream s JOIN account a ON a.id = s.account_id';
const BY_NAME = statement<{ account: string; name: string }, StreamRow>(
  `${STREAM} WHERE a.public_id = :account AND s.name = :name`,
);
const OF_ACCOUNT = statement<{ account: string }, StreamRow>(
  `${STREAM} WHERE a.public_id = :account ORDER BY s.name`,
);
const WITH_TERMS = statement<NoValues, StreamRow>(
  `${STREAM} WHERE s.terms <> '{}' AND a.removing_since IS NULL`,
);

type StreamColumns = {
  readonly account: number;
  readonly name: string;
  readonly kind: string;
  readonly terms: string;
};
const INSERT = statement<StreamColumns & { at: number }>(
  'INSERT INTO stream (account_id, name, kind, created_at, terms) VALUES (:account, :name, :kind, :at, :terms)',
);
const CHANGE = statement<StreamColumns>(
  'UPDATE stream SET kind = :kind, terms = :terms WHERE account_id = :account AND name = :name',
);
const REMOVE = statement<{ account: number; name: string }>(
  'DELETE FROM stream WHERE account_id = :account AND name = :name',
);
const USER = statement<{ account: number; name: string }, { name: string }>(
  'SELECT name FROM credential WHERE account_id = :account AND stream = :name AND revoked_at IS NULL LIMIT 1',
);

interface MisfitRow {
  readonly account_public_id: string;
  readonly stream: string;
  readonly misfit: StreamMisfit['misfit'];
  readonly first_at: number;
  readonly last_at: number;
  readonly messages: number;
  readonly example: string;
}
const MISFITS = statement<{ account: string }, MisfitRow>(
  `SELECT m.*, a.public_id AS account_public_id FROM stream_misfit m JOIN account a ON a.id = m.account_id
   WHERE a.public_id = :account ORDER BY m.stream, m.misfit`,
);
// The stream may be gone, or be one that its account never got.
const ADD_MISFITS = statement<{
  account: string;
  stream: string;
  misfit: string;
  at: number;
  messages: number;
  example: string;
}>(
  `INSERT INTO stream_misfit (account_id, stream, misfit, first_at, last_at, messages, example)
   SELECT s.account_id, s.name, :misfit, :at, :at, :messages, :example
   FROM stream s JOIN account a ON a.id = s.account_id WHERE a.public_id = :account AND s.name = :stream
   ON CONFLICT (account_id, stream, misfit) DO UPDATE SET last_at = excluded.last_at,
     messages = stream_misfit.messages + excluded.messages, example = excluded.example`,
);
const OLD_MISFITS = statement<{ before: number }>('DELETE FROM stream_misfit WHERE last_at < :before');

type Reads = Pick<
  DirectoryReader,
  'streamByName' | 'listStreams' | 'knownStreams' | 'streamsWithDeliveryTerms' | 'streamMisfits'
>;
type Writes = Pick<DirectoryWriter, 'addStream' | 'changeStream' | 'removeStream' | 'recordStreamMisfits'>;

export const streamReads: StepsOf<Reads> = {
  *streamByName(account, name) {
    const row = yield* one(BY_NAME, { account, name });
    return row && streamOf(row);
  },
  *listStreams(account) {
    return (yield* all(OF_ACCOUNT, { account })).map(streamOf);
  },
  *knownStreams(account) {
    return (yield* all(OF_ACCOUNT, { account })).map(streamOf);
  },
  *streamsWithDeliveryTerms() {
    const streams = (yield* all(WITH_TERMS, {})).map(streamOf);
    return streams.filter(
      ({ pool, retryScheduleMs, maxAgeMs }) =>
        pool !== undefined || retryScheduleMs !== undefined || maxAgeMs !== undefined,
    );
  },
  *streamMisfits(account) {
    return (yield* all(MISFITS, { account })).map(misfitOf);
  },
};

export const streamWrites: StepsOf<Writes> = {
  addStream: (stream, actor) =>
    changeDirectory(
      { ...changeOf(stream, stream.createdAtMs, actor), action: 'stream add' },
      insertStream(stream),
    ),
  changeStream: (stream, atMs, actor) =>
    changeDirectory(
      { ...changeOf(stream, atMs, actor), action: 'stream change' },
      (function* () {
        if ((yield* run(CHANGE, yield* columnsOf(stream))) === 0) throw noStream(stream.name);
      })(),
    ),
  removeStream: (accountId, name, atMs, actor) =>
    changeDirectory(
      { atMs, actor, action: 'stream remove', subject: name, account: accountId },
      remove(accountId, name),
    ),
  *recordStreamMisfits(found) {
    for (const one of found) yield* run(ADD_MISFITS, misfitColumns(one));
  },
};

/** Those that every account has. `account`: its key. */
export function* insertFirstStreams(account: number, at: number): Steps<void> {
  for (const kind of FIRST_STREAMS) yield* run(INSERT, { account, name: kind, kind, at, terms: '{}' });
}

/** Of mail long ago. Resolves to their number. */
export function* removeMisfitsBefore(beforeMs: number): Steps<number> {
  return yield* run(OLD_MISFITS, { before: Math.round(beforeMs) });
}

function* remove(accountId: string, name: string): Steps<void> {
  const account = yield* accountKeyOf(accountId);
  const user = yield* one(USER, { account, name });
  if (user !== undefined)
    throw new StoreError('conflict', `the credential ${user.name} sends in the stream ${name}`);
  if ((yield* run(REMOVE, { account, name })) === 0) throw noStream(name);
}

function* insertStream(stream: Stream): Steps<void> {
  yield* run(INSERT, { ...(yield* columnsOf(stream)), at: Math.round(stream.createdAtMs) });
}

function* columnsOf({ accountId, name, kind, ...rest }: Stream): Steps<StreamColumns> {
  return { account: yield* accountKeyOf(accountId), name, kind, terms: termsColumn(rest) };
}

/** Names in their order, so that equal terms are equal text. */
function termsColumn(terms: StreamTerms): string {
  const { title, pool, retryScheduleMs, maxAgeMs, priority, headers, track, subdomain } = terms;
  return JSON.stringify({ title, pool, retryScheduleMs, maxAgeMs, priority, headers, track, subdomain });
}

function changeOf(stream: Stream, atMs: number, actor: string) {
  const { accountId, name, kind } = stream;
  return { atMs, actor, subject: `${name} ${kind} ${termsColumn(stream)}`, account: accountId };
}

function noStream(name: string): StoreError {
  return new StoreError('not-found', `there is no stream ${name}`);
}

function misfitColumns({ accountId, stream, misfit, lastAtMs, messages, exampleId }: FoundMisfits) {
  const at = Math.round(lastAtMs);
  return { account: accountId, stream, misfit, at, messages, example: exampleId };
}

function misfitOf(row: MisfitRow): StreamMisfit {
  return {
    accountId: row.account_public_id,
    stream: row.stream,
    misfit: row.misfit,
    firstAtMs: row.first_at,
    lastAtMs: row.last_at,
    messages: row.messages,
    exampleId: row.example,
  };
}
