/** People by id and e-mail address, as the filter of the audit log takes them. */
import { expect, test } from 'vitest';
import { actorName, actorOf } from '../../src/ui/pure/people.ts';

const PEOPLE = [{ id: 'usr_1', email: 'olga@example.org' }];

test('an id, an actor and an e-mail address mean the same person', () => {
  for (const typed of ['usr_1', ' user:usr_1 ', 'Olga@Example.org'])
    expect(actorOf(typed, PEOPLE)).toBe('user:usr_1');
  expect(actorOf('dan@example.org', PEOPLE)).toBeUndefined();
  expect(actorOf('olga@example.org', [])).toBeUndefined();
});

test('a person is named by address where that is known', () => {
  expect(actorName('user:usr_1', PEOPLE)).toBe('olga@example.org (usr_1)');
  expect(actorName('user:usr_2', PEOPLE)).toBe('user:usr_2');
  expect(actorName('api:crd_1', PEOPLE)).toBe('api:crd_1');
});
