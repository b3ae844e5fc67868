/**
 * What people see of the relay as a whole: routes, sources, settings, reports from outside, refused mail. Who may, that no secret is in
 * an answer, and that a stranger's texts arrive as they are, as JSON.
 */
import { expect, test } from 'vitest';
import { makeId } from '../../src/platform/ids.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { PERSON_ROLES, type PersonRole } from '../../src/store/people-records.ts';
import type { NewRefusedMessage } from '../../src/store/refusals.ts';
import { stage, type HttpStage } from '../http/support/http-stage.ts';
import { signedIn } from './support/dashboard-person.ts';

const HOSTILE = '<script>window.broken = true</script>\u202e"\'\u001b[31m';
const SECRETS = ['correct-horse', 'hook-3c9d5f'];
const TOML = `
[log]
level = "warn"

[operator]
webhook = "https://hooks.example.org/${SECRETS[1]}"

[[route]]
name = "office"
match = ["example.org"]
action = "relay"
host = "192.0.2.25"
port = 587
username = "postern"
password = "${SECRETS[0]}"
tls = "verify"

[[source]]
name = "out-1"
address = "192.0.2.10"
warm_up = "2026-11-22"
`;

const BASE = '/ui/api/operation';
/** Method, path, body; the roles that may. */
const ROUTES: readonly (readonly [string, string, unknown, readonly PersonRole[]])[] = [
  ['GET', '/routes', undefined, PERSON_ROLES],
  ['GET', '/route-test?to=alice%40example.org', undefined, PERSON_ROLES],
  ['GET', '/sources', undefined, PERSON_ROLES],
  ['GET', '/reports', undefined, PERSON_ROLES],
  ['GET', '/reports/rpt_none', undefined, PERSON_ROLES],
  ['GET', '/refused', undefined, PERSON_ROLES],
  ['GET', '/refused/msg_none', undefined, PERSON_ROLES],
  ['GET', '/queue-now', undefined, PERSON_ROLES],
  ['GET', '/settings', undefined, ['admin']],
  ['GET', '/person-names', undefined, ['admin']],
  ['POST', '/sources/out-1/suspend', {}, ['admin', 'operator']],
  ['POST', '/sources/out-1/resume', {}, ['admin', 'operator']],
];

test.each(PERSON_ROLES)('%s in every account may do what the role says', async (role) => {
  const relay = await stage({ toml: TOML });
  const browser = await signedIn(relay, { role });
  for (const [method, path, body, roles] of ROUTES) {
    const { status, body: answer } = await browser.call(BASE + path, { method, body });
    const isRefused = status === 403 && answer.error.code === 'role-missing';
    expect([method, path, isRefused]).toEqual([method, path, !roles.includes(role)]);
  }
});

test('an administrator of one account, and whoever is not signed in, may do none of it', async () => {
  const relay = await stage({ toml: TOML });
  const browser = await signedIn(relay, { accountId: relay.account.id, role: 'admin', readsContent: true });
  for (const [method, path, body] of ROUTES) {
    const { status, body: answer } = await browser.call(BASE + path, { method, body });
    expect([method, path, status, answer.error.code]).toEqual([method, path, 403, 'role-missing']);
  }
  browser.cookie = undefined;
  for (const [method, path, body] of ROUTES)
    expect([path, (await browser.call(BASE + path, { method, body })).status]).toEqual([path, 401]);
  expect((await relay.reader.suspensions()).length).toBe(0);
});

test('settings say where each value comes from, and no secret', async () => {
  const relay = await stage({
    toml: TOML,
    env: { RELAY_DATA_KEY: Buffer.alloc(32, 9).toString('base64') },
  });
  const browser = await signedIn(relay);
  const { body } = await browser.call(`${BASE}/settings`);
  const of = (key: string) => body.settings.find((one: { key: string }) => one.key === key);
  expect(of('log.level')).toMatchObject({ value: '"warn"', source: './relay.toml:3', needs_restart: false });
  expect(of('data_key')).toMatchObject({ value: '(secret)', source: 'RELAY_DATA_KEY', needs_restart: true });
  expect(of('submission.max_recipients')).toMatchObject({ value: '1000', source: 'default' });
  expect(of('route').value).toContain('name = "office"');
  const answers = JSON.stringify([
    body,
    ...(await Promise.all(['/routes', '/sources'].map((path) => browser.call(BASE + path)))),
  ]);
  expect(answers).toContain('192.0.2.25');
  for (const secret of [...SECRETS, Buffer.alloc(32, 9).toString('base64')])
    expect(answers).not.toContain(secret);
});

test('a source is suspended with an end and a reason, by name in the audit log, and resumed', async () => {
  const relay = await stage({ toml: TOML });
  const browser = await signedIn(relay, { role: 'operator' });
  const change = (path: string, body: unknown) => browser.call(`${BASE}/sources/${path}`, { body });
  expect((await change('out-1/suspend', { until: '2020-01-01T00:00:00Z' })).status).toBe(400);
  expect((await change('nothing/suspend', {})).status).toBe(404);
  expect((await change('out-1/resume', {})).status).toBe(409);
  const until = '2999-01-01T00:00:00.000Z';
  expect(await change('out-1/suspend', { until, reason: HOSTILE })).toMatchObject({
    status: 200,
    body: { source: 'out-1', suspended: true, suspended_until: until },
  });
  const { body } = await browser.call(`${BASE}/sources`);
  const carol = await relay.reader.findPerson('carol@example.org');
  expect(body.data).toMatchObject([
    {
      ...{ name: 'out-1', suspended: true, suspended_until: until, suspended_reason: HOSTILE },
      suspended_by: expect.stringContaining(`user:${carol?.id}`),
      forecast: expect.arrayContaining([expect.objectContaining({ provider: 'other' })]),
    },
  ]);
  expect((await change('out-1/resume', {})).body).toMatchObject({ suspended: false });
  const lines = await relay.reader.auditLines({ actor: `user:${carol?.id}` }, 10);
  expect(lines.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['source suspend', 'source resume']),
  );
});

test('the test of a route says which one decides, and what is in the way', async () => {
  const relay = await stage({ toml: TOML });
  const browser = await signedIn(relay, { role: 'read-only' });
  const asked = async (query: string) => browser.call(`${BASE}/route-test?${query}`);
  const { body } = await asked('to=alice%40example.org');
  expect(body).toMatchObject({
    ...{ domain: 'example.org', account: 'default', stream: 'transactional', decided: true, mx: null },
    route: { name: 'office', host: '192.0.2.25', username: 'postern' },
    smart_host: { found: true },
  });
  await relay.store.queue.suspendDestination('example.com', true, 1, 'test');
  const { body: other } = await asked('to=bob%40example.com');
  expect(other).toMatchObject({
    ...{ route: null, passed_over: [{ route: 'office', because: 'domain' }] },
    obstacles: [{ kind: 'destination', subject: 'example.com', detail: 'suspended' }],
  });
  for (const query of ['to=nobody', 'to=a%40b%40c', 'to=alice%40example.org&stream=none', 'to='])
    expect([query, (await asked(query)).status]).toEqual([query, 400]);
  expect(JSON.stringify([body, other])).not.toContain(SECRETS[0]);
});

async function keepReport(relay: HttpStage, accountId: string): Promise<string> {
  const id = makeId('rpt_', systemClock.now(), systemRandom);
  const recipient = {
    ...{ kind: 'bounce', action: 'failed', recipient: HOSTILE, originalRecipient: undefined },
    ...{ status: '5.1.1', reply: undefined, text: `user unknown ${HOSTILE}`, stage: undefined },
    ...{ ownMailbox: false, remoteMta: HOSTILE, feedbackType: undefined },
  };
  const reading = {
    ...{ form: 'rfc3464', recipients: Array.from({ length: 120 }, () => recipient) },
    returned: { messageId: HOSTILE, relayMessageId: undefined, subject: HOSTILE, to: [] },
  };
  await relay.store.reports.keepReport({
    ...{ id, accountId, receivedAtMs: systemClock.now(), kind: 'bounce', form: 'rfc3464' },
    ...{ recipient: HOSTILE, messageId: undefined, client: '192.0.2.1', why: 'no token' },
    reading: JSON.stringify(reading),
    headers: Buffer.from(`Subject: ${HOSTILE}\r\n`),
  });
  return id;
}

test('reports of all accounts are listed page by page, and one is shown with what it would mean', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const ids: string[] = [];
  for (const account of [relay.account, other, relay.account])
    ids.unshift(await keepReport(relay, account.id));
  const browser = await signedIn(relay, { role: 'read-only' });
  const list = async (query: string) => (await browser.call(`${BASE}/reports?${query}`)).body;
  const first = await list('limit=2');
  const rest = await list(`limit=2&after=${first.next}`);
  const listed = [...first.data, ...rest.data].map(({ id }: { id: string }) => id);
  expect(listed.toSorted()).toEqual(ids.toSorted());
  expect(listed).toEqual(listed.toSorted().toReversed());
  expect(rest.next).toBeNull();
  expect((await list('account=other')).data).toHaveLength(1);
  expect((await list('account=none')).error.field).toBe('query.account');
  const { body, headers } = await browser.call(`${BASE}/reports/${ids[0]}`);
  expect(headers['content-type']).toContain('application/json');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(body).toMatchObject({ kind: 'bounce', applied_at: null, recipients_left_out: 20 });
  expect(body.recipients).toHaveLength(100);
  expect(body.recipients[0]).toMatchObject({ recipient: HOSTILE, class: 'unknown-user' });
  expect(body.recipients[0].meaning).not.toBe('');
  expect(body.headers).toContain('<script>');
  for (const path of [`/reports/${ids[0]}`, `/reports/${ids[0]}/apply`])
    expect((await browser.call(BASE + path, { method: 'POST', body: {} })).status).toBeGreaterThanOrEqual(
      404,
    );
  expect((await relay.reader.unverifiedReport(ids[0] ?? ''))?.appliedAtMs).toBeUndefined();
});

test('refused mail is found by its texts, page by page, and bounded', async () => {
  const relay = await stage();
  const { id: credentialId } = await relay.credential({ name: 'app' });
  const refuse = async (change: Partial<NewRefusedMessage> = {}) =>
    relay.store.refusals.keepRefused({
      ...{ id: makeId('msg_', systemClock.now(), systemRandom), accountId: relay.account.id, credentialId },
      ...{ via: 'smtp', client: '192.0.2.9', refusedAtMs: systemClock.now(), reversePath: '' },
      ...{ recipients: ['alice@example.org'], recipientCount: 3, reply: '550 5.7.1 not yours' },
      ...{ fix: 'relayctl domain add shop.example', headerFrom: undefined, subject: undefined, leftOut: 0 },
      headers: Buffer.from('X-Secret-Header: yes\r\n'),
      ...change,
    });
  await refuse({ reply: `550 ${HOSTILE}`, subject: HOSTILE, headerFrom: HOSTILE });
  for (let count = 0; count < 4; count++) await refuse();
  const browser = await signedIn(relay, { role: 'read-only' });
  const list = async (query: string) => (await browser.call(`${BASE}/refused?${query}`)).body;
  const first = await list('limit=3');
  const rest = await list(`limit=3&after=${first.next}`);
  expect([first.data.length, rest.data.length, rest.next]).toEqual([3, 2, null]);
  const { data } = await list('search=SCRIPT');
  expect(data).toMatchObject([
    { reply: `550 ${HOSTILE}`, subject: HOSTILE, client: '192.0.2.9', via: 'smtp' },
  ]);
  const small = await list('search=not%20yours&limit=2');
  expect([
    small.data.length,
    (await list(`search=not%20yours&limit=2&after=${small.next}`)).data.length,
  ]).toEqual([2, 2]);
  expect((await list('account=none')).error.field).toBe('query.account');
  expect((await list('limit=100000')).error).toBeDefined();
  const one = await browser.call(`${BASE}/refused/${data[0].id}`);
  expect(one.body).toMatchObject({ recipient_count: 3, fix: 'relayctl domain add shop.example' });
  expect((await browser.call(`${BASE}/refused/msg_none`)).status).toBe(404);
  // The header section is content, and not here.
  expect(JSON.stringify([first, rest, one.body])).not.toContain('X-Secret-Header');
});

test('the queue as it is now, and whose the ids in the audit log are', async () => {
  const relay = await stage();
  const browser = await signedIn(relay);
  expect((await browser.call(`${BASE}/queue-now`)).body).toEqual({
    ...{ scheduled: 0, queued: 0, deferred: 0, held: 0, oldest_at: null },
  });
  const carol = await relay.reader.findPerson('carol@example.org');
  expect((await browser.call(`${BASE}/person-names`)).body).toEqual({
    data: [{ id: carol?.id, email: 'carol@example.org' }],
  });
  await browser.call('/ui/api/v1/suppressions', { body: { address: 'user@example.com' } });
  const lines = async (actor: string) => (await browser.call(`/ui/api/v1/audit?actor=${actor}`)).body;
  expect((await lines(`user:${carol?.id}`)).data).toMatchObject([
    { actor: `user:${carol?.id}`, action: 'suppression add' },
  ]);
  expect((await lines('user:usr_none')).data).toEqual([]);
  // Who works for the operator is not told apart.
  expect((await lines('relayctl:alice')).error.field).toBe('query.actor');
});
