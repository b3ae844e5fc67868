/** A reader and a writer as one store, by the table of verbs. */
import type { Store, StoreReads, StoreWrites } from '../../src/store/store.ts';
import { VERBS } from '../../src/store/store-verbs.ts';

type Verb = (...args: never[]) => unknown;

/** The whole store: reads from `reads`, changes from `writes`. */
export function joinStore(reads: StoreReads, writes: StoreWrites): Store {
  const readers = reads as unknown as Readonly<Record<string, Verb>>;
  const writers = writes as unknown as Readonly<Record<string, Readonly<Record<string, Verb>>>>;
  const roles = Object.entries(VERBS).map(([role, verbs]) => [
    role,
    Object.fromEntries(
      Object.entries(verbs).map(([verb, kind]: [string, 'read' | 'write']) => [
        verb,
        (...args: never[]) => (kind === 'read' ? readers[verb]?.(...args) : writers[role]?.[verb]?.(...args)),
      ]),
    ),
  ]);
  return Object.fromEntries(roles) as Store;
}
