/**
 * Suppressions and runs of soft bounces move to the key of all spellings of their address (smtp/address-keys.ts); it was
 * the address in lower case. Where two rows become one, the suppression that lasts longer stays, of equals the older, and
 * the longer run. The function that makes the key may be a later one than this migration: then a later migration has
 * moved the rows of those who had this one, and what counts is where all of them end.
 *
 * Breaking: a program that does not know the new keys would not find a suppression, and mail the address.
 */
import type { Database } from 'better-sqlite3';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import { prepare } from '../engine/prepare.ts';
import type { Migration } from './migration.ts';

export const keysOfAddresses: Migration = {
  version: 11,
  name: 'keys of addresses',
  breaking: true,
  up: '',
  rewrite(db) {
    rewriteSuppressions(db);
    rewriteRuns(db);
  },
};

interface Place {
  readonly account_id: number;
  readonly address: string;
  readonly scope: string;
}

const ROWS_A_PAGE = 10_000;
/** Later than any end. */
const NEVER = Number.MAX_SAFE_INTEGER;

function rewriteSuppressions(db: Database): void {
  const columns = 'scope, reason, evidence, created_at, expires_at, created_by, event';
  const page = prepare<[number, string, string], Place>(
    db,
    `SELECT account_id, address, scope FROM suppression WHERE (account_id, address, scope) > (?, ?, ?)
    ORDER BY account_id, address, scope LIMIT ${ROWS_A_PAGE}`,
  );
  const copy = prepare(
    db,
    `INSERT INTO suppression (account_id, address, ${columns}) SELECT account_id, ?, ${columns} FROM suppression
    WHERE account_id = ? AND address = ? AND scope = ?
    ON CONFLICT (account_id, address, scope) DO UPDATE SET reason = excluded.reason, evidence = excluded.evidence,
      created_at = excluded.created_at, expires_at = excluded.expires_at, created_by = excluded.created_by,
      event = excluded.event
    WHERE coalesce(excluded.expires_at, ${NEVER}) > coalesce(expires_at, ${NEVER})
      OR (excluded.expires_at IS expires_at AND excluded.created_at < created_at)`,
  );
  const remove = prepare(db, 'DELETE FROM suppression WHERE account_id = ? AND address = ? AND scope = ?');
  for (const { account_id, address, scope } of misplaced((after) =>
    page.all(after.account_id, after.address, after.scope),
  )) {
    copy.run(suppressionKeyOf(address), account_id, address, scope);
    remove.run(account_id, address, scope);
  }
}

function rewriteRuns(db: Database): void {
  const columns = 'messages, first_at, last_at, arrivals';
  const page = prepare<[number, string], Place>(
    db,
    `SELECT account_id, address, '' AS scope FROM soft_bounce WHERE (account_id, address) > (?, ?)
    ORDER BY account_id, address LIMIT ${ROWS_A_PAGE}`,
  );
  const copy = prepare(
    db,
    `INSERT INTO soft_bounce (account_id, address, ${columns}) SELECT account_id, ?, ${columns} FROM soft_bounce
    WHERE account_id = ? AND address = ?
    ON CONFLICT (account_id, address) DO UPDATE SET messages = excluded.messages, first_at = excluded.first_at,
      last_at = excluded.last_at, arrivals = excluded.arrivals
    WHERE excluded.messages > messages`,
  );
  const remove = prepare(db, 'DELETE FROM soft_bounce WHERE account_id = ? AND address = ?');
  for (const { account_id, address } of misplaced((after) => page.all(after.account_id, after.address))) {
    copy.run(suppressionKeyOf(address), account_id, address);
    remove.run(account_id, address);
  }
}

/** Those that are not where their key is; one that was moved ahead is met again, and is where it belongs. */
function* misplaced(pageAfter: (after: Place) => readonly Place[]): Iterable<Place> {
  let after: Place | undefined = { account_id: 0, address: '', scope: '' };
  while (after !== undefined) {
    const page = pageAfter(after);
    yield* page.filter(({ address }) => suppressionKeyOf(address) !== address);
    after = page.at(-1);
  }
}
