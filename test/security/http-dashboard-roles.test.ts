/** What people may do at the dashboard: by role, by account, and the right to read content. */
import { expect, test } from 'vitest';
import { PERSON_ROLES, type PersonRole } from '../../src/store/people-records.ts';
import { acceptMessage } from '../http/support/accept-message.ts';
import { stage } from '../http/support/http-stage.ts';
import { flatMapInTurn } from '../../src/platform/in-turn.ts';
import { signedIn, type Browser } from './support/dashboard-person.ts';

/** Method, path, body; the roles that may. */
const ROUTES: readonly (readonly [string, string, unknown, readonly PersonRole[]])[] = [
  ['GET', 'messages', undefined, PERSON_ROLES],
  ['GET', 'events', undefined, PERSON_ROLES],
  ['GET', 'suppressions', undefined, PERSON_ROLES],
  ['GET', 'domains', undefined, PERSON_ROLES],
  ['GET', 'webhooks', undefined, PERSON_ROLES],
  ['GET', 'templates', undefined, PERSON_ROLES],
  ['GET', 'stats', undefined, PERSON_ROLES],
  ['GET', 'credentials', undefined, ['admin']],
  ['GET', 'audit', undefined, ['admin']],
  ['POST', 'suppressions', { address: 'user@example.com' }, ['admin', 'operator']],
  ['POST', 'templates', { name: 'welcome', text: 'hello' }, ['admin', 'operator', 'developer']],
  ['POST', 'webhooks', { url: 'https://hooks.example.com/in' }, ['admin', 'operator', 'developer']],
  ['POST', 'streams', { name: 'news', kind: 'broadcast' }, ['admin']],
  ['POST', 'credentials', { name: 'app' }, ['admin']],
  ['POST', 'messages/msg_none/cancel', {}, ['admin', 'operator']],
  ['DELETE', 'suppressions/user@example.com', undefined, ['admin', 'operator']],
  ['DELETE', 'recipients/user@example.com', undefined, ['admin']],
];

test.each(PERSON_ROLES)('%s may do what its role says, and nothing else', async (role) => {
  const relay = await stage();
  const browser = await signedIn(relay, { role });
  for (const [method, path, body, roles] of ROUTES) {
    const { status, body: answer } = await browser.call(`/ui/api/v1/${path}`, { method, body });
    const isRefused = status === 403 && answer.error.code === 'role-missing';
    expect([method, path, isRefused]).toEqual([method, path, !roles.includes(role)]);
  }
  for (const path of ['send', 'batch'])
    expect((await browser.call(`/ui/api/v1/${path}`, { body: {} })).status).toBe(404);
});

test('every route of the API has a place here, and asks for a session', async () => {
  const relay = await stage();
  const browser = await signedIn(relay);
  browser.cookie = undefined;
  const routes = relay.service.routes.filter(
    ({ url, scope }) => url.startsWith('/v1/') && scope !== undefined,
  );
  expect(routes.length).toBeGreaterThan(40);
  for (const { method, url } of routes) {
    if (method === 'HEAD' || ['/v1/send', '/v1/batch'].includes(url)) continue;
    const { status } = await browser.call(`/ui/api${url}`, { method });
    expect([method, url, status]).toEqual([method, url, 401]);
  }
});

test('a role counts in its account alone; the header names the account', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const mine = await acceptMessage(relay);
  const theirs = await acceptMessage(relay, { accountId: other.id });
  const browser = await signedIn(relay, { accountId: other.id, role: 'operator' });
  const { body: session } = await browser.call('/ui/api/session');
  expect(session.accounts).toEqual([{ id: other.id, name: 'other', role: 'operator', reads_content: false }]);
  const list = async (account?: string) => {
    const headers = account === undefined ? {} : { 'x-account': account };
    const { status, body } = await browser.call('/ui/api/v1/messages', { headers });
    return status === 200 ? body.data.map(({ id }: { id: string }) => id) : body.error.code;
  };
  expect(await list()).toEqual([theirs]);
  expect(await list(other.id)).toEqual([theirs]);
  expect(await list(relay.account.id)).toBe('role-missing');
  expect(await list('acc_none')).toBe('role-missing');
  expect((await browser.call(`/ui/api/v1/messages/${mine}`)).status).toBe(404);
});

test('how the relay itself is, is for those with a role in every account', async () => {
  const relay = await stage();
  const overview = '/ui/api/operation/overview';
  const everywhere = await signedIn(relay, { role: 'read-only' });
  expect(await everywhere.call(overview)).toMatchObject({ status: 200, body: { checks: expect.any(Array) } });
  const ofOne = await signedIn(relay, { accountId: relay.account.id, role: 'admin' }, 'dan@example.org');
  expect((await ofOne.call(overview)).body.error.code).toBe('role-missing');
  ofOne.cookie = undefined;
  expect((await ofOne.call(overview)).status).toBe(401);
});

test('content is for those with the right to read it, and each view is in the audit log', async () => {
  const relay = await stage();
  const id = await acceptMessage(relay, { content: 'Subject: private\r\n\r\nhello\r\n' });
  const raw = `/ui/api/v1/messages/${id}/raw`;
  const admin = await signedIn(relay, { role: 'admin', readsContent: false });
  const refused = await admin.call(raw);
  expect([refused.status, refused.body.error.code]).toEqual([403, 'role-missing']);
  const reader = await signedIn(relay, { role: 'read-only', readsContent: true }, 'dan@example.org');
  const read = await reader.call(raw);
  expect([read.status, read.body]).toEqual([200, 'Subject: private\r\n\r\nhello\r\n']);
  const [line] = await relay.reader.auditLines({ action: 'message read' }, 10);
  const dan = await relay.reader.findPerson('dan@example.org');
  expect(line).toMatchObject({
    actor: `user:${dan?.id}`,
    subject: JSON.stringify([id]),
    account: relay.account.id,
  });
});

test('who may not read content makes no key that may, and gives none a new secret', async () => {
  const relay = await stage();
  const { id } = await relay.credential({ scopes: ['admin'] });
  const tries = [
    ['POST', 'credentials', { name: 'reads-all', kind: 'api', scopes: ['admin'] }],
    ['POST', `credentials/${id}/rotate`, {}],
    ['PATCH', `credentials/${id}`, { name: 'renamed' }],
  ] as const;
  const all = (browser: Browser) =>
    flatMapInTurn(tries, async ([method, path, body]) => {
      const { status, body: answer } = await browser.call(`/ui/api/v1/${path}`, { method, body });
      return [status < 300 ? 'done' : answer.error.code];
    });
  const admin = await signedIn(relay, { role: 'admin', readsContent: false });
  expect(await all(admin)).toEqual(Array.from(tries, () => 'beyond-own-limits'));
  for (const body of [
    { name: 'sends', kind: 'api', scopes: ['send', 'messages:read', 'recipients'] },
    { name: 'app', kind: 'smtp' },
  ])
    expect((await admin.call('/ui/api/v1/credentials', { body })).status).toBe(201);
  const reader = await signedIn(relay, { role: 'admin', readsContent: true }, 'dan@example.org');
  expect(await all(reader)).toEqual(Array.from(tries, () => 'done'));
});

test('what a person changes is in the audit log by the person, and of the account', async () => {
  const relay = await stage();
  const browser = await signedIn(relay, { readsContent: true });
  const made = async (path: string, body: unknown) =>
    (await browser.call(`/ui/api/v1/${path}`, { body })).body;
  const change = async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await browser.call(`/ui/api/v1/${path}`, { method, body });
    expect([method, path, status < 300 ? '' : JSON.stringify(answer)]).toEqual([method, path, '']);
  };
  await change('POST', 'suppressions', { address: 'user@example.com' });
  await change('DELETE', 'suppressions/user@example.com');
  const { id: key } = await made('credentials', { name: 'app', kind: 'api', scopes: ['send'] });
  await change('PATCH', `credentials/${key}`, { name: 'renamed' });
  await change('POST', `credentials/${key}/rotate`, {});
  await change('DELETE', `credentials/${key}`);
  await change('POST', 'domains', { domain: 'shop.example' });
  await change('DELETE', 'domains/shop.example');
  const { id: hook } = await made('webhooks', { url: 'https://hooks.example.com/in' });
  await change('PATCH', `webhooks/${hook}`, { events: ['bounced'] });
  await change('POST', `webhooks/${hook}/rotate`, {});
  await change('DELETE', `webhooks/${hook}`);
  await change('POST', 'streams', { name: 'news', kind: 'broadcast' });
  await change('PATCH', 'streams/news', { title: 'News' });
  await change('DELETE', 'streams/news');
  const { id: template } = await made('templates', { name: 'welcome', text: 'hello' });
  await change('PUT', `templates/${template}`, { text: 'hello again' });
  await change('DELETE', `templates/${template}`);
  await change('DELETE', 'recipients/user@example.com');
  const carol = await relay.reader.findPerson('carol@example.org');
  const lines = (await relay.reader.auditLines({}, 100)).filter(({ action }) => !action.startsWith('user '));
  const own = lines.filter(({ actor }) => actor === `user:${carol?.id}`);
  expect(
    own.filter(({ account, credential }) => account !== relay.account.id || credential !== undefined),
  ).toEqual([]);
  expect(own.length).toBeGreaterThanOrEqual(18);
});
