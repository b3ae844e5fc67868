/** `GET /v1/audit`: an account's own lines, without who the operator is. */
import { expect, test } from 'vitest';
import { stage } from './support/http-stage.ts';

test('an admin key reads what was changed in its account, page by page, and nothing of another', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['admin'] });
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name, scopes: ['admin'] });
  await relay.call('/v1/suppressions', { key, body: { address: 'user@example.net' } });
  await relay.call('/v1/streams', { key: stranger, body: { name: 'secretstream' } });
  await relay.store.audit.noteAudit({
    ...{ atMs: 1, actor: 'relayctl:alice@192.0.2.7', action: 'account suspend', account: relay.account.id },
    subject: [relay.account.id, '(we think they spam)'],
  });

  const first = await relay.call('/v1/audit?limit=1', { key });
  expect(first.body.data).toMatchObject([
    { actor: 'operator', origin: null, credential: null, action: 'account suspend', subject: '' },
  ]);
  const rest = await relay.call(`/v1/audit?after=${first.body.next as string}`, { key });
  expect(rest.body.data[0]).toMatchObject({
    actor: expect.stringMatching(/^api:crd_/) as string,
    credential: expect.stringMatching(/^crd_/) as string,
    origin: '127.0.0.1',
    action: 'suppression add',
    subject: 'user@example.net',
  });
  expect(rest.body.next).toBeNull();
  const all = JSON.stringify([first.body, rest.body]);
  expect(all).not.toMatch(/alice|192\.0\.2\.7|spam|secretstream/);
  const theirs = await relay.call('/v1/audit', { key: stranger });
  expect(JSON.stringify(theirs.body)).toContain('secretstream');
  expect(JSON.stringify(theirs.body)).not.toContain('user@example.net');
});

test('is filtered by action and key, and refuses what is no cursor', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['admin'] });
  await relay.call('/v1/suppressions', { key, body: { address: 'user@example.net' } });
  const { body } = await relay.call('/v1/audit?action=suppression', { key });
  expect(body.data).toHaveLength(1);
  const id = body.data[0].credential as string;
  expect((await relay.call(`/v1/audit?credential=${id}`, { key })).body.data).toHaveLength(1);
  expect((await relay.call('/v1/audit?credential=crd_none', { key })).body.data).toEqual([]);
  expect((await relay.call(`/v1/audit?actor=api:${id}`, { key })).body.data).toHaveLength(1);
  expect((await relay.call('/v1/audit?actor=user:usr_none', { key })).body.data).toEqual([]);
  expect((await relay.call('/v1/audit?actor=relayctl:alice', { key })).status).toBe(400);
  expect((await relay.call('/v1/audit?after=evt_1', { key })).status).toBe(400);
});

test('a key without the scope reads none', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['send'] });
  expect((await relay.call('/v1/audit', { key })).status).toBe(403);
});
