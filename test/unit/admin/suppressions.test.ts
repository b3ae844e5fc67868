/** Rules of suppressions, one by one and from a file. */
import { describe, expect, test } from 'vitest';
import {
  importDefaults,
  importedRow,
  importSuppressions,
  type ImportRow,
} from '../../../src/admin/suppression-import.ts';
import { addSuppression, removeSuppression } from '../../../src/admin/suppressions.ts';
import { adminStage, done, refusal } from './support/admin-stage.ts';

const ADDRESS = 'a@b.example';
const noHashes = () => [];

describe('one', () => {
  test('is added, replaced and removed', async () => {
    const { context, account } = adminStage();
    const target = { account, address: ADDRESS, stream: undefined, reason: undefined };
    await addSuppression({ ...target, note: 'first', expiresAtMs: undefined }, context, noHashes);
    const added = done(
      await addSuppression({ ...target, note: 'asked', expiresAtMs: undefined }, context, noHashes),
    );
    expect(added).toMatchObject({ reason: 'manual', evidence: 'asked', scope: '', createdBy: 'test' });
    expect(await context.reader.listSuppressions(account.id, undefined, 10)).toHaveLength(1);
    expect(done(await removeSuppression(target, context))).toEqual({ scope: '' });
    expect(refusal(await removeSuppression(target, context))).toBe(
      `not-found -: ${ADDRESS} is not suppressed in account default`,
    );
  });

  test('of the scope `account` is of the whole account', async () => {
    const { context, account } = adminStage();
    const input = { account, address: ADDRESS, stream: 'account', note: '', expiresAtMs: undefined };
    expect(done(await addSuppression(input, context, noHashes)).scope).toBe('');
  });

  test('names a stream that is there, and a note that can be kept', async () => {
    const { context, account } = adminStage();
    const input = {
      account,
      address: ADDRESS,
      stream: undefined,
      reason: undefined,
      note: '',
      expiresAtMs: undefined,
    };
    expect(refusal(await addSuppression({ ...input, stream: 'none' }, context, noHashes))).toContain(
      'not-found stream:',
    );
    expect(refusal(await removeSuppression({ ...input, stream: 'none' }, context))).toContain(
      'not-found stream:',
    );
    expect(refusal(await addSuppression({ ...input, note: 'x'.repeat(1_001) }, context, noHashes))).toContain(
      'invalid note:',
    );
  });
});

test('what expires now has expired, of one and of the rows of a file', async () => {
  const { context, account } = adminStage();
  const now = context.clock.now();
  const one = { account, address: ADDRESS, stream: undefined, note: '' };
  const rows = {
    accountId: account.id,
    accountIsFixed: false,
    reason: 'import' as const,
    stream: undefined,
    evidence: '',
  };
  const refused = `invalid expiresAtMs: expiresAtMs ${new Date(now).toISOString()} is not in the future`;
  expect(refusal(await addSuppression({ ...one, expiresAtMs: now }, context, noHashes))).toBe(refused);
  expect(refusal(await importDefaults({ ...rows, expiresAtMs: now }, context))).toBe(refused);
  expect(done(await addSuppression({ ...one, expiresAtMs: now + 1 }, context, noHashes)).expiresAtMs).toBe(
    now + 1,
  );
  done(await importDefaults({ ...rows, expiresAtMs: now + 1 }, context));
});

describe('a row of a file', () => {
  const wanted = {
    stream: undefined,
    expiresAtMs: undefined,
    evidence: 'moved',
    accountIsFixed: false,
    reason: 'import' as const,
  };

  test.each<[ImportRow, object]>([
    [{}, { problem: 'it has no address' }],
    [{ address: 'x' }, { problem: expect.stringContaining('x: ') as string }],
    [{ address: ADDRESS, account: 'none' }, { problem: 'there is no account none' }],
    [{ address: ADDRESS, scope: 'none' }, { problem: 'there is no stream none' }],
    [{ address: ADDRESS, created_at: 'soon' }, { problem: 'created_at soon is no time' }],
    [{ address: ADDRESS, expires_at: '2020-01-01' }, { expired: true }],
    [
      { address: ADDRESS, reason: 'hard bounce', scope: 'account' },
      { suppression: { reason: 'import', evidence: 'hard bounce', scope: '' } },
    ],
    [{ address: ADDRESS, reason: 'complaint' }, { suppression: { reason: 'complaint', evidence: 'moved' } }],
  ])('%j', async (row, expected) => {
    const { context, account } = adminStage();
    const defaults = done(await importDefaults({ ...wanted, accountId: account.id }, context));
    expect(importedRow(row, defaults)).toMatchObject(expected);
  });

  test('is written once; one that is there and lasts as long stays', async () => {
    const { context, account } = adminStage();
    const defaults = done(await importDefaults({ ...wanted, accountId: account.id }, context));
    const rows = ['b@b.example', ADDRESS].map((address) => importedRow({ address }, defaults));
    const suppressions = rows.flatMap((row) => ('suppression' in row ? [row.suppression] : []));
    expect(await importSuppressions(suppressions, false, context, noHashes)).toBe(2);
    expect(await importSuppressions(suppressions, false, context, noHashes)).toBe(0);
  });

  test('from a file for a stream that is not there is refused with the file', async () => {
    const { context, account } = adminStage();
    const outcome = await importDefaults({ ...wanted, accountId: account.id, stream: 'none' }, context);
    expect(refusal(outcome)).toContain('not-found stream:');
  });
});

describe('of somebody who was erased', () => {
  const hashes = (address: string) => [`hash:new:${address.length}`, `hash:old:${address.length}`];
  const about = { scope: '', reason: 'complaint', evidence: '', expiresAtMs: undefined } as const;

  test('is kept under the hash that is there, without words that mention the address', async () => {
    const { context, account } = adminStage();
    const old = { ...about, accountId: account.id, address: hashes(ADDRESS)[1] ?? '', createdBy: 'test' };
    await context.suppressions.addSuppression({ ...old, createdAtMs: 1 }, 'test');
    const input = { account, stream: undefined, expiresAtMs: undefined };
    const added = await addSuppression({ ...input, address: ADDRESS, note: `${ADDRESS}!` }, context, hashes);
    expect(done(added)).toMatchObject({ address: old.address, reason: 'manual', evidence: '' });
    const other = await addSuppression({ ...input, address: 'other@b.example', note: 'x' }, context, hashes);
    expect(done(other)).toMatchObject({ address: 'other@b.example', evidence: 'x' });
    const rows = ['b2@b.example', ADDRESS].map((address) => ({
      ...({
        accountId: account.id,
        scope: 'broadcast',
        address,
        reason: 'import',
        evidence: 'moved',
      } as const),
      ...{ createdAtMs: 2, expiresAtMs: undefined, createdBy: 'test' },
    }));
    expect(await importSuppressions(rows, false, context, hashes)).toBe(2);
    expect(await importSuppressions(rows, false, context, hashes)).toBe(0);
    const kept = await context.reader.listSuppressions(account.id, undefined, 9);
    expect(kept.map(({ address, reason }) => [address, reason])).toEqual([
      ['b2@b.example', 'import'],
      [old.address, 'complaint'],
      [old.address, 'manual'],
      [old.address, 'import'],
      ['other@b.example', 'manual'],
    ]);
    expect(JSON.stringify(await context.reader.auditLines({}, 9))).not.toContain(ADDRESS);
  });

  test('is looked for among all hashes that the account has', async () => {
    const { context, account } = adminStage();
    const made = { ...about, accountId: account.id, createdBy: 'test', createdAtMs: 1 };
    const many = Array.from({ length: 1_100 }, (_, at) => ({ ...made, address: `hash:a:${1e6 + at}` }));
    const last = { ...made, address: 'hash:z:1' };
    await context.suppressions.importSuppressions([...many, last], 1, 'test');
    const row = { ...made, address: ADDRESS };
    expect(await importSuppressions([row], false, context, () => [last.address])).toBe(0);
  });
});
