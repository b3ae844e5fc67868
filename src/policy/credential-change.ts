/**
 * Changes of what a credential may do: its lists of domains, addresses, networks and scopes. An empty list binds to nothing, so
 * the last entry cannot be taken out (that would let it do everything), and nothing can be added to an empty one (that would take
 * everything else away): both would be the opposite of what was asked. Facts in, decision out.
 */
import { shellWord } from '../platform/shell-word.ts';

export interface CredentialLists {
  /** Lower-cased A-label names. */
  readonly domains: readonly string[];
  /** By `authorizationKey`. */
  readonly fromAddresses: readonly string[];
  /** CIDR blocks. */
  readonly networks: readonly string[];
  readonly scopes: readonly string[];
}

export interface ListChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** `unbound`: nothing to add to; `emptied`: nothing would be left; `absent`: `entry` is not in it. */
export interface ListProblem {
  readonly list: keyof CredentialLists;
  readonly problem: 'unbound' | 'emptied' | 'absent';
  readonly entry: string;
}

export const CREDENTIAL_LISTS = ['domains', 'fromAddresses', 'networks', 'scopes'] as const;

/** All four lists as they are to be, each without repeats, or the first thing that cannot be done. */
export function changedLists(
  current: CredentialLists,
  changes: Readonly<Record<keyof CredentialLists, ListChange>>,
): CredentialLists | ListProblem {
  const { domains, fromAddresses, networks, scopes } = current;
  const lists: Record<keyof CredentialLists, readonly string[]> = {
    domains,
    fromAddresses,
    networks,
    scopes,
  };
  for (const list of CREDENTIAL_LISTS) {
    const { add, remove } = changes[list];
    const had = current[list];
    const absent = remove.find((entry) => !had.includes(entry));
    if (absent !== undefined) return { list, problem: 'absent', entry: absent };
    const [first] = add;
    if (first !== undefined && had.length === 0) return { list, problem: 'unbound', entry: first };
    const next = [...new Set([...had.filter((entry) => !remove.includes(entry)), ...add])];
    if (next.length === 0 && had.length > 0) return { list, problem: 'emptied', entry: remove[0] ?? '' };
    lists[list] = next;
  }
  return lists;
}

/** For the client: it names no credential, since who reads it need not be who runs the relay. */
export function changeForClient(option: string): string {
  return `relayctl credential change ${option}`;
}

/** For the log: to be typed as it stands. */
export function changeForOperator({ id }: { readonly id: string }, option: string): string {
  return `relayctl credential change ${shellWord(id)} ${option}`;
}
