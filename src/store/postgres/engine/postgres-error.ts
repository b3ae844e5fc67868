/** Maps PostgreSQL's SQLSTATEs to StoreError: the kind of failure, and the operator's remedy. */
import { StoreError, type StoreErrorCode } from '../../errors.ts';

/** idle_in_transaction_session_timeout (database.ts): the server closed the connection. */
const SILENT = '25P03';

/** By class, the first two characters, or by the whole state. */
const CODES: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  '08': ['busy', 'the database cannot be reached'],
  '22012': ['conflict', 'others ended the life of this node, and removed what was uploaded in it'],
  '23': ['conflict', 'the store refused a change'],
  [SILENT]: ['busy', 'the database heard nothing of a transaction for too long, and ended it'],
  '25006': ['busy', 'the database takes no changes: it is read-only, or a standby'],
  '28': ['busy', 'the database refuses this user'],
  '3D': ['busy', 'the database is not there'],
  '40': ['busy', 'the database gave way to another transaction'],
  '53': ['busy', 'the database is short of memory or of connections'],
  '53100': ['disk-full', 'the disk of the database is full'],
  '55P03': ['busy', 'the database waited too long for another transaction'],
  '57': ['busy', 'the database is shutting down or stopped the statement'],
  '58': ['busy', 'the machine of the database failed'],
};

/** As {@link CODES}: used when no other remedy is known. */
const REMEDIES: Readonly<Record<string, string>> = {
  '08': 'is the server up, and are host and port in store.url right?',
  [SILENT]: 'look for what stops this process: long pauses, memory that is swapped out, the network',
  '25006': 'let store.url name the primary',
  '28': 'look at user and password in store.url, and at pg_hba.conf of the server',
  '3D': 'make the database (docs/postgresql.md), or mend its name in store.url',
  '53': 'try again; if it stays so, look at max_connections and the memory of the server',
  '53100': 'make room on the disk of the server',
};
const LOOK_AT_THE_LOG = 'the log of the server says more';

/** Any error as a StoreError. Without a SQLSTATE the failure is the connection's, or the network's. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const state = stateOf(error) || (asksForPassword(error) ? '28' : isLost(error) ? '08' : '');
  const reason = error instanceof Error ? error.message : String(error);
  const kind = state in CODES ? state : state.slice(0, 2);
  const [code, words] = CODES[kind] ?? (['failed', 'the database failed'] as const);
  const remedy = REMEDIES[kind] ?? (code === 'failed' ? LOOK_AT_THE_LOG : undefined);
  return new StoreError(code, `${words}: ${reason}`, { cause: error, remedy });
}

/** Of the server that is used when the URL names none. */
function asksForPassword(error: unknown): boolean {
  return error instanceof Error && error.message.includes('client password must be a string');
}

/** Its SQLSTATE; empty: none. */
export function stateOf(error: unknown): string {
  const code = codeOf(error);
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code) ? code : '';
}

/** A conflict of two transactions, or a changed schema: the same transaction can be repeated. */
export function isRetryable(error: unknown): boolean {
  return ['40001', '40P01'].includes(stateOf(error)) || isStale(error);
}

/**
 * A node of a newer release has added a column to a table that a named statement of this connection selects as a whole; such
 * a statement fails on this connection from then on. Recognized by the server's routine, because its messages are localized.
 */
export function isStale(error: unknown): boolean {
  const routine = error instanceof Error && 'routine' in error ? error.routine : undefined;
  return stateOf(error) === '0A000' && routine === 'RevalidateCachedQuery';
}

/** A pooler that shares connections does not know the statement's name, or knows it already. */
export function refusesNames(error: unknown): boolean {
  return ['26000', '42P05'].includes(stateOf(error));
}

/** The connection is unusable: the server ended it, or it broke. */
export function isLost(error: unknown): boolean {
  const state = stateOf(error);
  if (state !== '') return state.startsWith('08') || /^57P0[1-5]$/.test(state) || state === SILENT;
  // A bug of ours, or a value that no column holds: ERR_OUT_OF_RANGE is no ECONNRESET.
  if (error instanceof TypeError || error instanceof RangeError) return false;
  const message = error instanceof Error ? error.message : '';
  return /^E[A-Z_]+$/.test(codeOf(error)) || LOST.test(message);
}

/** The connected server does not accept changes: another connection may reach the one that does. */
export function isStandby(error: unknown): boolean {
  return stateOf(error) === '25006';
}

/** Messages of `pg` that have no code. */
const LOST =
  /terminated|not queryable|timeout|was closed|server does not support SSL|connect|reset by peer|after calling end/i;

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
