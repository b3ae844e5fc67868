/** Whether an account has suppressions of erased addresses (store/hashed-addresses.ts). */
import type { DirectoryReader } from '../../directory.ts';
import { AFTER_HASHES, HASH_PREFIX } from '../../hashed-addresses.ts';
import { statement } from '../statement.ts';
import { one, type StepsOf } from '../steps.ts';

const HASHED = statement<{ account: string }, { found: number }>(
  `SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM suppression
   WHERE account_id = (SELECT id FROM account WHERE public_id = :account)
   AND address > '${HASH_PREFIX}' AND address < '${AFTER_HASHES}')`,
);

export const hashedSuppressionReads: StepsOf<Pick<DirectoryReader, 'hasHashedSuppressions'>> = {
  *hasHashedSuppressions(account) {
    return (yield* one(HASHED, { account })) !== undefined;
  },
};
