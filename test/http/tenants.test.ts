/** A key of the HTTP API reaches what is its account's, and nothing of another. On PostgreSQL: test/security/tenants-on-postgres.test.ts. */
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { acceptMessage } from './support/accept-message.ts';
import { attackRoutes, MARK } from './support/attack-routes.ts';
import { stage } from './support/http-stage.ts';

test('no route shows or changes what another account has', async () => {
  await attackRoutes(await stage());
});

test('filters and cursors do not reach over either', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const id = await acceptMessage(relay, { recipients: ['a@example.net'], tags: ['x'] });
  const last = `evt_${String((await relay.reader.lastEventSequence()) - 1).padStart(14, '0')}`;
  for (const query of [
    'events',
    `events?message=${id}`,
    'events?recipient=a@example.net',
    `events?after=${last}`,
    'events?tag=x',
    'messages?recipient=a@example.net',
    'messages?destination=example.net',
    'messages?tag=x',
    `messages?after=${id}`,
  ])
    expect((await relay.call(`/v1/${query}`, { key: stranger })).body.data, query).toEqual([]);
});

test('a message that names what another account has is refused like one that names nothing', async () => {
  const relay = await stage({ env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' } });
  const first = await relay.key();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const template = await relay.call('/v1/templates', {
    key: first,
    body: { name: MARK, subject: MARK, text: MARK },
  });
  expect(template.status).toBe(201);
  await relay.call('/v1/streams', { key: first, body: { name: MARK } });
  const mail = { from: 'a@second.example', to: ['b@example.net'], subject: 'x', text: 'x' };
  const { text, ...bare } = mail;
  expect(text).toBe('x');
  const answerTo = async (named: string, body: object, headers = {}) => {
    const { status, body: said } = await relay.call('/v1/send', { key: stranger, body, headers });
    return { status, said: JSON.stringify(said).replaceAll(named.replace(/@1$/, ''), '') };
  };
  for (const [named, none] of [
    [MARK, 'nobodyatall'],
    [`${MARK}@1`, 'nobodyatall@1'],
    [template.body.id as string, `${(template.body.id as string).slice(0, -6)}zzzzzz`],
  ]) {
    const foreign = await answerTo(named!, { ...bare, template: named });
    expect(foreign).toEqual(await answerTo(none!, { ...bare, template: none }));
    expect(foreign.status).toBeGreaterThanOrEqual(400);
  }
  const foreign = await answerTo(MARK, { ...mail, stream: MARK });
  expect(foreign).toEqual(await answerTo('nobodyatall', { ...mail, stream: 'nobodyatall' }));
  expect(foreign.status).toBeGreaterThanOrEqual(400);
  // A key that another account has used is new here.
  const headers = { 'idempotency-key': MARK };
  const sent = async (key: string) =>
    (await relay.call('/v1/send', { key, body: mail, headers })).body.id as string;
  const [ofFirst, ofOther] = [await sent(first), await sent(stranger)];
  expect(ofFirst).toMatch(/^msg_/);
  expect(ofOther).toMatch(/^msg_/);
  expect(ofOther).not.toBe(ofFirst);
});

test('a name of another account is no name here', async () => {
  const relay = await stage();
  const first = await relay.key();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  await relay.call('/v1/streams', { key: first, body: { name: MARK } });
  const body = { address: 'a@example.net', stream: MARK };
  expect((await relay.call('/v1/suppressions', { key: stranger, body })).status).toBe(400);
  expect((await relay.call('/v1/credentials', { key: stranger, body: { stream: MARK } })).status).toBe(400);
  expect((await relay.call('/v1/streams', { key: stranger, body: { name: MARK } })).status).toBe(201);
  await relay.call('/v1/domains', { key: first, body: { domain: 'taken.example' } });
  const taken = await relay.call('/v1/domains', { key: stranger, body: { domain: 'taken.example' } });
  expect(taken.status).toBe(201);
});

test('a key reads the terms and the state of its own account, and no reason that the operator noted', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const nowMs = Date.now();
  await relay.store.directory.changeAccount(
    relay.account.id,
    { limits: { messages_per_day: 7 }, storageBytes: 9, retainContentMs: 5 },
    nowMs,
    'test',
  );
  await relay.store.shaping.suspend({
    ...{
      kind: 'account',
      subject: relay.account.id,
      atMs: nowMs,
      untilMs: undefined,
      reason: MARK,
      actor: 'test',
    },
  });
  const restricted = {
    accountId: relay.account.id,
    stream: 'broadcast',
    level: 'hold',
    reason: 'bounces',
  } as const;
  await relay.store.health.setHealth({ ...restricted, perMinute: undefined, atMs: nowMs }, 'test');
  const own = await relay.key();
  await eventually(async () => {
    expect((await relay.call('/v1/account', { key: own })).body).toEqual({
      ...{ name: 'default', limits: { messages_per_day: 7 }, retain_content_ms: 5, retain_metadata_ms: null },
      usage: [
        {
          limit: 'messages_per_day',
          most: 7,
          used: 0,
          until: expect.stringMatching(/T00:00:00.000Z$/) as string,
        },
      ],
      ...{ storage_bytes: 9, storage_used_bytes: 0, storage_counting: false },
      ...{ health_limits: {}, retain_events_ms: null, suspended: true, suspended_until: null },
      health: [{ stream: 'broadcast', level: 'hold', reason: 'bounces' }],
    });
    return true;
  });
  expect((await relay.call('/v1/account', { key: stranger })).body).toMatchObject({
    ...{ name: 'other', limits: {}, suspended: false, health: [] },
  });
});
