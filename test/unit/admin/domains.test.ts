/** Domains: added once by an account, so many by keys of it, verified by what DNS has. */
import { expect, test } from 'vitest';
import { verifyDomain } from '../../../src/admin/domain-check.ts';
import { addDomain, MOST_DOMAINS, removeDomain } from '../../../src/admin/domains.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { adminStage, done, refusal } from './support/admin-stage.ts';

test('is added once, with two keys, and removed with them', async () => {
  const { context, account } = adminStage();
  const input = { name: 'a.example', accountId: account.id, keySet: 'both' } as const;
  const domain = done(await addDomain(input, context));
  expect(await context.reader.dkimKeys(domain.id)).toHaveLength(2);
  expect(refusal(await addDomain(input, context))).toBe('conflict domain: a.example has been added before');
  await removeDomain(domain, context);
  expect(await context.reader.listDomains(account.id)).toEqual([]);
});

test('keys of an account add so many; an operator is not bound', async () => {
  const { context, account } = adminStage();
  const reader = full() as unknown as typeof context.reader;
  const input = { name: 'a.example', accountId: account.id, keySet: 'rsa' } as const;
  const holder = { id: 'crd_1' } as Credential;
  expect(refusal(await addDomain(input, { ...context, reader, holder }))).toContain(
    'conflict -: the account has 1000 domains',
  );
  done(await addDomain(input, { ...context, reader }));
});

/** An account with so many. */
function full() {
  return {
    findDomain: () => Promise.resolve(undefined),
    listDomains: () => Promise.resolve(Array.from({ length: MOST_DOMAINS }, () => ({}) as never)),
  };
}

test('is not verified where DNS cannot be asked', async () => {
  const { context, account } = adminStage();
  const input = { name: 'a.example', accountId: account.id, keySet: 'rsa' } as const;
  const domain = done(await addDomain(input, context));
  expect(await verifyDomain(domain, context)).toMatchObject({ outcome: 'dns-failed' });
});
