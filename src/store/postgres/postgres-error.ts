/** From PostgreSQL's SQLSTATEs to StoreError: who is to blame, and what an operator can do. */
import { StoreError, type StoreErrorCode } from '../errors.ts';

/** By class, the first two characters. */
const CODES: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  '08': ['busy', 'the database cannot be reached'],
  '23': ['conflict', 'the store refused a change'],
  '40': ['busy', 'the database gave way to another transaction'],
  '53': ['disk-full', 'the database is out of room or of connections'],
  '57': ['busy', 'the database is shutting down or stopped the statement'],
};

/** Any error as a StoreError. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const state = stateOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const [code, words] = CODES[state.slice(0, 2)] ?? (['failed', 'the database failed'] as const);
  return new StoreError(code, `${words}: ${reason}`, { cause: error });
}

/** Its SQLSTATE; empty: it has none. */
function stateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}
