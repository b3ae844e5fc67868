import { expect, it } from 'vitest';
import {
  changedLists,
  CREDENTIAL_LISTS,
  type CredentialLists,
  type ListChange,
} from '../../../src/policy/credential-change.ts';

const CURRENT: CredentialLists = {
  domains: ['a.test', 'b.test'],
  fromAddresses: [],
  networks: [],
  scopes: ['send'],
};
const NOTHING: ListChange = { add: [], remove: [] };

function changed(changes: Partial<Record<keyof CredentialLists, Partial<ListChange>>>) {
  const all = CREDENTIAL_LISTS.map((list) => [list, { ...NOTHING, ...changes[list] }]);
  return changedLists(CURRENT, Object.fromEntries(all) as Record<keyof CredentialLists, ListChange>);
}

it('adds and removes, leaves the other lists alone, and repeats nothing', () => {
  expect(changed({ domains: { add: ['c.test', 'b.test', 'c.test'], remove: ['a.test'] } })).toEqual({
    ...CURRENT,
    domains: ['b.test', 'c.test'],
  });
  expect(changed({})).toEqual(CURRENT);
});

it('replaces the last entry in one go', () => {
  expect(changed({ scopes: { add: ['domains'], remove: ['send'] } })).toMatchObject({ scopes: ['domains'] });
});

it.each([
  [
    'widen it to everything',
    { scopes: { remove: ['send'] } },
    { list: 'scopes', problem: 'emptied', entry: 'send' },
  ],
  [
    'take away what it may do without a list',
    { fromAddresses: { add: ['x@a.test'] } },
    { list: 'fromAddresses', problem: 'unbound', entry: 'x@a.test' },
  ],
  [
    'remove what is not there',
    { domains: { remove: ['c.test'] } },
    { list: 'domains', problem: 'absent', entry: 'c.test' },
  ],
] as const)('does not %s', (_what, changes, problem) => {
  expect(changed(changes)).toEqual(problem);
});
