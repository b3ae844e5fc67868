/** The account that every store has from its first opening on: read from the file, by tests that need it at once. */
import type { Account } from '../../src/store/directory-records.ts';
import { accountReads } from '../../src/store/sql/directory/accounts.ts';
import { openReadOnly } from '../../src/store/sqlite/engine/connection.ts';
import { StepRunner } from '../../src/store/sqlite/engine/step-runner.ts';

export function defaultAccount(dataDir: string): Account {
  const db = openReadOnly(dataDir);
  try {
    const account = new StepRunner(db).run(accountReads.accountByName('default'));
    if (account === undefined) throw new Error('no default account');
    return account;
  } finally {
    db.close();
  }
}
