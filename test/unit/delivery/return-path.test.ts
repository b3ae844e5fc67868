import { expect, test } from 'vitest';
import { createReturnPaths } from '../../../src/delivery/return-path.ts';
import { replyTo } from './support/fake-remotes.ts';
import { HOUR_MS, World } from './support/world.ts';

const TOKEN = /^b1-[0-9a-z]{26}-[0-9a-z]{16}@bounces\.sender\.test$/;

function world(recordStatus: Record<string, 'ok' | 'missing'>): World {
  const domain = {
    id: 'dom_1',
    accountId: 'acc_1',
    name: 'sender.test',
    verifiedAtMs: 1,
    recordStatus,
    createdAtMs: 1,
  };
  const directory = {
    findDomain: (accountId: string, name: string) =>
      accountId === domain.accountId && name === domain.name ? domain : undefined,
  };
  const hash = (text: string) => Buffer.from(text.padEnd(32, '.')).subarray(-32);
  return new World({}, { reversePathFor: createReturnPaths(directory, hash) });
}

const PUBLISHED = { 'return-path-mx': 'ok', 'return-path-spf': 'ok' } as const;
const ID = 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa';

test('a message goes out with its token, the same at every attempt and every destination', async () => {
  await using relay = world(PUBLISHED);
  relay.remotes.behave(World.addressOf('one.test'), {
    reply: () => replyTo(451, '4.7.1', 'greylisted', 'rcpt'),
  });
  await relay.submit({ to: ['b@one.test', 'c@two.test'], facts: { id: ID } });
  await relay.clock.advance(HOUR_MS);
  const paths = relay.remotes.transactions.map(({ transaction }) => transaction.reversePath);
  expect(paths.length).toBeGreaterThan(2);
  expect(new Set(paths).size).toBe(1);
  expect(paths[0]).toMatch(TOKEN);
});

test('the null reverse-path stays null', async () => {
  await using relay = world(PUBLISHED);
  await relay.submit({ to: ['b@one.test'], facts: { id: ID, reversePath: '' } });
  await relay.clock.advance(0);
  expect(relay.remotes.transactions[0]?.transaction.reversePath).toBe('');
});

test.each([
  ['nothing was looked up', {}],
  ['the MX is missing', { ...PUBLISHED, 'return-path-mx': 'missing' }],
  ['SPF is missing', { ...PUBLISHED, 'return-path-spf': 'missing' }],
] as const)("the client's reverse-path is used while %s", async (_, recordStatus) => {
  await using relay = world(recordStatus);
  await relay.submit({ to: ['b@one.test'], from: 'a@sender.test', facts: { id: ID } });
  await relay.clock.advance(0);
  expect(relay.remotes.transactions[0]?.transaction.reversePath).toBe('a@sender.test');
});
