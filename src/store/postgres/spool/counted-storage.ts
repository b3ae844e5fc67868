/**
 * What accounts with a limit of storage keep (sql/directory/storage.ts), counted with the messages of a transaction: one statement
 * an account, in the order of their keys. Before the destinations, as where content is removed.
 */
import { binaryArray } from '../engine/binary-array.ts';
import type { Bound } from '../engine/row-insert.ts';

const ADD = `UPDATE account_storage s SET octets = s.octets + (SELECT coalesce(sum(v.octets), 0)
    FROM unnest($2::bigint[], $3::bigint[]) AS v (id, octets) WHERE v.id >= s.below)
  WHERE s.account_id = $1`;

export class CountedStorage {
  readonly #messages = new Map<number, { readonly ids: number[]; readonly octets: number[] }>();

  /** Of an account with a limit. */
  add(account: number, message: number, octets: number): void {
    let messages = this.#messages.get(account);
    if (messages === undefined) this.#messages.set(account, (messages = { ids: [], octets: [] }));
    messages.ids.push(message);
    messages.octets.push(octets);
  }

  statements(): readonly Bound[] {
    if (this.#messages.size === 0) return [];
    return [...this.#messages]
      .sort(([one], [other]) => one - other)
      .map(([account, { ids, octets }]) => ({
        text: ADD,
        values: [account, binaryArray('bigint', ids), binaryArray('bigint', octets)],
      }));
  }
}
