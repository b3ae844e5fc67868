import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { createReturnPaths } from '../../../src/delivery/return-path.ts';
import { replyTo } from './support/fake-remotes.ts';
import { HOUR_MS, World } from './support/world.ts';

const TOKEN = /^b2-[0-9a-z]{26}-[0-9a-z]{8}-[0-9a-z]{16}@bounces\.sender\.test$/;

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
      Promise.resolve(accountId === domain.accountId && name === domain.name ? domain : undefined),
  };
  const hash = (text: string) => createHmac('sha256', 'key').update(text).digest();
  return new World({}, { reversePathFor: createReturnPaths(directory, hash) });
}

const PUBLISHED = { 'return-path-mx': 'ok', 'return-path-spf': 'ok' } as const;
const ID = 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa';

test('a message goes out with its token, the same at every attempt, another at every destination', async () => {
  await using relay = world(PUBLISHED);
  relay.remotes.behave(World.addressOf('one.test'), {
    reply: () => replyTo(451, '4.7.1', 'greylisted', 'rcpt'),
  });
  await relay.submit({ to: ['b@one.test', 'c@two.test'], facts: { id: ID } });
  await relay.clock.advance(HOUR_MS);
  const sent = relay.remotes.transactions.map(({ transaction: { reversePath, forwardPaths } }) => ({
    reversePath,
    destination: forwardPaths[0]?.recipient.split('@')[1],
  }));
  const pathsTo = (wanted: string) =>
    sent.filter(({ destination }) => destination === wanted).map(({ reversePath }) => reversePath);
  expect(pathsTo('one.test').length).toBeGreaterThan(1);
  expect(new Set(pathsTo('one.test')).size).toBe(1);
  expect(new Set(pathsTo('two.test')).size).toBe(1);
  expect(pathsTo('one.test')[0]).not.toBe(pathsTo('two.test')[0]);
  for (const { reversePath } of sent) expect(reversePath).toMatch(TOKEN);
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
