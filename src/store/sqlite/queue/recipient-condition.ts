/**
 * Finding what went to a recipient, whatever the case of the address: a row keeps it as the client gave it, and who looks for
 * it types it as it stands in a list, or in a complaint. The keys are those of suppressions (smtp/address-keys.ts).
 */
import type { Database } from 'better-sqlite3';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import type { Where } from '../engine/sql-cache.ts';

/** Has to be called on a connection before {@link addRecipientCondition} is used there. */
export function defineAddressKey(db: Database): void {
  db.function('address_key', { deterministic: true }, (address) => suppressionKeyOf(String(address)));
}

/** Adds that `column` is `recipient`, unless there is none. The key is made only for the few rows beyond ASCII. */
export function addRecipientCondition(where: Where, column: string, recipient: string | undefined): void {
  if (recipient === undefined) return;
  where.sql.push(
    `(${column} = ? COLLATE NOCASE OR (octet_length(${column}) > length(${column}) AND address_key(${column}) = ?))`,
  );
  where.values.push(recipient, suppressionKeyOf(recipient));
}
