/** Looks up the key of an account by its public id, in the transaction. Hot paths cache keys in the engine. */
import { StoreError } from '../../errors.ts';
import { statement } from '../statement.ts';
import { one, type Steps } from '../steps.ts';

const KEY = statement<{ id: string }, { id: number }>('SELECT id FROM account WHERE public_id = :id');

/** StoreError `conflict` when there is no such account. */
export function* accountKeyOf(publicId: string): Steps<number> {
  const key = yield* findAccountKey(publicId);
  if (key === undefined) throw new StoreError('conflict', `there is no account ${publicId}`);
  return key;
}

export function* findAccountKey(publicId: string): Steps<number | undefined> {
  return (yield* one(KEY, { id: publicId }))?.id;
}
