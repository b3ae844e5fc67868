/** Accounts and streams: names, each of them once. */
import { expect, test } from 'vitest';
import { addAccount } from '../../../src/admin/accounts.ts';
import { addStream } from '../../../src/admin/streams.ts';
import { adminStage, done, refusal } from './support/admin-stage.ts';

test.each(['', 'Shop', '-x', 'a b', 'x'.repeat(65)])('an account cannot be called %j', async (name) => {
  const { context } = adminStage();
  expect(refusal(await addAccount({ name }, context))).toContain('invalid name:');
});

test('an account is added once', async () => {
  const { context } = adminStage();
  const account = done(await addAccount({ name: 'shop' }, context));
  expect(await context.reader.accountByName('shop')).toEqual(account);
  expect(refusal(await addAccount({ name: 'shop' }, context))).toContain(
    'conflict name: there is an account',
  );
});

test.each(['', 'account', 'News', '_x', 'x'.repeat(65)])('a stream cannot be called %j', async (name) => {
  const { context, account } = adminStage();
  const outcome = await addStream({ accountId: account.id, name, kind: 'broadcast' }, context);
  expect(refusal(outcome)).toContain('invalid name:');
});

test('a stream is added once, also where two ask at the same time', async () => {
  const { context, account } = adminStage();
  const add = () => addStream({ accountId: account.id, name: 'news', kind: 'broadcast' }, context);
  const outcomes = await Promise.all([add(), add()]);
  expect(outcomes.filter((outcome) => 'refused' in outcome)).toHaveLength(1);
  expect((await context.reader.streamByName(account.id, 'news'))?.kind).toBe('broadcast');
});
