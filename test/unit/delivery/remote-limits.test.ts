/** What a remote says in LIMITS (RFC 9422) is kept to, so that it has nothing to refuse. */
import { expect, test } from 'vitest';
import { replyTo } from './support/fake-remotes.ts';
import { HOUR_MS, World } from './support/world.ts';

const MX = World.addressOf('dest.test');
const many = (count: number) => Array.from({ length: count }, (_, number) => `r${number}@dest.test`);

test('a message to more recipients than a transaction may have goes in several, at once', async () => {
  await using world = new World();
  world.remotes.behave(MX, { extensions: ['LIMITS RCPTMAX=20 RCPTDOMAINMAX=1'] });
  await world.submit({ to: many(50) });
  await world.clock.advance(1_000);
  const sizes = world.remotes.transactions.map(({ transaction }) => transaction.forwardPaths.length);
  expect(sizes).toEqual([20, 20, 10]);
  expect([...world.remotes.taken].sort()).toEqual(many(50).sort());
  // Each was one attempt, and none of them was deferred on the way.
  for (const to of many(50)) expect(world.spool.of(to)).toMatchObject({ state: 'delivered', attempts: 1 });
});

test('a refusal of MAIL concerns all recipients, also those that were left for later', async () => {
  await using world = new World();
  const refusal = { ...replyTo(451, '4.7.1', 'later'), stage: 'mail' } as const;
  world.remotes.behave(MX, { extensions: ['LIMITS RCPTMAX=2'], reply: () => refusal });
  await world.submit({ to: many(9) });
  await world.clock.advance(1_000);
  expect(world.remotes.transactions).toHaveLength(1);
  for (const to of many(9)) expect(world.spool.of(to)).toMatchObject({ state: 'deferred', attempts: 1 });
});

test('a connection that is lost concerns them too: the rest does not hammer the host', async () => {
  await using world = new World();
  world.remotes.behave(MX, {
    extensions: ['LIMITS RCPTMAX=1'],
    result: ({ forwardPaths }) => ({
      kind: 'lost',
      stage: 'data',
      text: 'gone',
      reply: undefined,
      replies: forwardPaths.map(() => undefined),
      afterFinalDot: false,
      stale: false,
    }),
  });
  await world.submit({ to: many(40) });
  await world.clock.advance(1_000);
  expect(world.remotes.transactions.length).toBeLessThanOrEqual(2);
});

test('no session has more transactions than MAILMAX', async () => {
  await using world = new World({ maxConnectionsPerSite: 1 });
  world.remotes.behave(MX, { extensions: ['LIMITS MAILMAX=3'], transactionMs: 10 });
  for (const to of many(10)) await world.submit({ to: [to] });
  await world.clock.advance(HOUR_MS / 60);
  expect(world.remotes.taken).toHaveLength(10);
  expect(world.remotes.connects).toHaveLength(4);
});
