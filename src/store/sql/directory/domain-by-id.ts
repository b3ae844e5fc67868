/** A domain by its id, in the transaction that changes it. */
import type { Domain } from '../../directory-records.ts';
import { StoreError } from '../../errors.ts';
import { statement } from '../statement.ts';
import { one, type Steps } from '../steps.ts';
import { domainOf, type DomainRow } from './directory-rows.ts';

/** With the id of its account; alias `d`. */
export const DOMAIN =
  'SELECT d.*, a.public_id AS account_public_id FROM domain d JOIN account a ON a.id = d.account_id';

const BY_ID = statement<{ id: string }, DomainRow>(`${DOMAIN} WHERE d.public_id = :id`);

/** StoreError `not-found`. */
export function* domainById(id: string): Steps<Domain> {
  const row = yield* one(BY_ID, { id });
  if (row === undefined) throw new StoreError('not-found', `there is no domain ${id}`);
  return domainOf(row);
}
