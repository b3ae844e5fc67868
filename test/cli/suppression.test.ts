/** Suppressions, streams and accounts on the command line. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

test('what is added is listed, checked and removed, whatever its case', async () => {
  expect(
    await stage.json('suppression', 'add', 'Alice@Example.ORG', '--note', 'asked by phone'),
  ).toMatchObject({
    address: 'alice@example.org',
    reason: 'manual',
    scope: 'account',
    created_at: '2026-11-24T06:12:31.000Z',
    expires_at: null,
    evidence: 'asked by phone',
  });
  expect(await stage.jsonLines('suppression', 'list')).toMatchObject([
    { address: 'alice@example.org', scope: 'account' },
  ]);
  expect(await stage.json('suppression', 'check', 'ALICE@example.org')).toMatchObject({
    suppressed: true,
    reason: 'manual',
  });
  expect(await stage.text('suppression', 'check', 'alice@example.org')).toContain(
    'relayctl suppression remove alice@example.org',
  );
  expect(await stage.json('suppression', 'remove', 'alice@example.org')).toMatchObject({ removed: true });
  expect(await stage.json('suppression', 'check', 'alice@example.org')).toEqual({
    suppressed: false,
    stream: 'transactional',
    address: 'alice@example.org',
    looked_at: [],
  });
  expect(await stage.run(['suppression', 'remove', 'alice@example.org'])).toMatchObject({ code: 1 });
});

test('the command that a check shows is for the account and stream that it was asked about', async () => {
  await stage.text('account', 'add', 'shop');
  const of = ['--stream', 'broadcast', '--account', 'shop'];
  await stage.text('suppression', 'add', 'bob@example.org', ...of);
  const shown = await stage.text('suppression', 'check', 'bob@example.org', ...of);
  const remove = 'suppression remove bob@example.org --stream broadcast --account shop';
  expect(shown).toContain(`relayctl ${remove}\n`);
  expect((await stage.run(remove.split(' '))).code).toBe(0);
});

test('of a stream counts for that stream only, and expires', async () => {
  await stage.text('suppression', 'add', 'bob@example.org', '--stream', 'broadcast', '--expires', '30d');
  expect(await stage.json('suppression', 'check', 'bob@example.org')).toMatchObject({ suppressed: false });
  expect(await stage.json('suppression', 'check', 'bob@example.org', '--stream', 'broadcast')).toMatchObject({
    suppressed: true,
    scope: 'broadcast',
    expires_at: '2026-12-24T06:12:31.000Z',
  });
  expect((await stage.run(['suppression', 'remove', 'bob@example.org'])).code).toBe(1);
  expect((await stage.run(['suppression', 'remove', 'bob@example.org', '--stream', 'broadcast'])).code).toBe(
    0,
  );
});

test('many are listed page by page without a gap', async () => {
  const { accountId, createdAtMs } = { accountId: stage.defaultAccountId, createdAtMs: stage.clock.now() };
  const additions = Array.from({ length: 1005 }, async (_unused, number) => {
    const address = `user${String(number).padStart(4, '0')}@example.org`;
    const facts = { accountId, createdAtMs, address, scope: '', evidence: '', expiresAtMs: undefined };
    await stage.store.suppressions.addSuppression({ ...facts, reason: 'import', createdBy: 'test' }, 'test');
  });
  await Promise.all(additions);
  const lines = (await stage.jsonLines('suppression', 'list')) as { address: string }[];
  expect(new Set(lines.map(({ address }) => address)).size).toBe(1005);
  expect(await stage.jsonLines('suppression', 'list', '--limit', '3')).toHaveLength(3);
});

test.each([
  [['suppression', 'add', 'nobody'], 2],
  [['suppression', 'add', 'a@b.example', '--stream', 'none'], 1],
  [['suppression', 'add'], 2],
  [['stream', 'add', 'Not A Name'], 2],
  [['stream', 'add', 'account'], 2],
  [['stream', 'add', 'broadcast'], 1],
  [['stream', 'add', 'x', '--kind', 'other'], 2],
  [['account', 'add', 'default'], 1],
  [['account', 'add', '-x'], 2],
  [['account', 'show', 'none'], 1],
])('%s is refused', async (args, code) => {
  stage.openStore();
  const ran = await stage.run(args);
  expect(ran.code).toBe(code);
  expect(ran.err).toMatch(/^relayctl: /);
  expect(ran.out).toBe('');
});

test('streams and accounts are added and listed', async () => {
  expect(await stage.json('stream', 'add', 'newsletter', '--kind', 'broadcast')).toMatchObject({
    name: 'newsletter',
    kind: 'broadcast',
    account: 'default',
  });
  const streams = (await stage.jsonLines('stream', 'list')) as { name: string }[];
  expect(streams.map(({ name }) => name)).toEqual(['broadcast', 'newsletter', 'transactional']);
  expect(await stage.json('account', 'add', 'shop')).toMatchObject({ name: 'shop' });
  expect(await stage.jsonLines('account', 'list')).toMatchObject([{ name: 'default' }, { name: 'shop' }]);
  expect(await stage.json('account', 'show', 'shop')).toMatchObject({
    name: 'shop',
    domains: [],
    credentials: [],
  });
  expect(await stage.text('account', 'show')).toContain('newsletter');
});
