/**
 * The store, declared once: its roles by noun, and for each role its reads and its changes. Users of the store take a role,
 * or pick verbs of one; an engine implements the roles, and everything in between (a thread, a tool that opens the store at
 * its first use) is derived from the table of verbs (store-verbs.ts).
 *
 * Guarantees of every engine: a read shows what was durable when it was made, or newer; a change is durable when it resolves.
 * Both reject with StoreError. Time is an argument.
 */
import type { Role, Store } from './store-roles.ts';
import { VERBS } from './store-verbs.ts';

export type { Role, Store } from './store-roles.ts';

type VerbsOf<R extends Role, Kind> = {
  [Verb in keyof Store[R]]: (typeof VERBS)[R][Verb & keyof (typeof VERBS)[R]] extends Kind ? Verb : never;
}[keyof Store[R]];

type RolesWith<Kind> = { [R in Role]: [VerbsOf<R, Kind>] extends [never] ? never : R }[Role];

type Half<Kind> = { readonly [R in RolesWith<Kind>]: Pick<Store[R], VerbsOf<R, Kind>> };

type AllOf<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The changes, by role. */
export type StoreWrites = Half<'write'>;

/** The reads. Their names are unique over all roles, so one object has them all. */
export type StoreReads = AllOf<Half<'read'>[RolesWith<'read'>]>;

/** The changing verbs of `role`. */
export function writesOf(role: Role): readonly string[] {
  return Object.entries(VERBS[role])
    .filter(([, kind]) => kind === 'write')
    .map(([verb]) => verb);
}
