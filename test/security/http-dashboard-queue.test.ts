/** The queue at the dashboard: who sees it and who changes it, that it is counted before, and what then stands in store and audit log. */
import { expect, test } from 'vitest';
import { acceptMessage } from '../http/support/accept-message.ts';
import { PERSON_ROLES } from '../../src/store/people-records.ts';
import { stage } from '../http/support/http-stage.ts';
import { signedIn } from './support/dashboard-person.ts';

const QUEUE = '/ui/api/operation/queue';
const OF_ONE = `${QUEUE}/example.com`;

test('every role in every account sees the queue; a role in one account does not', async () => {
  const relay = await stage();
  const message = await acceptMessage(relay);
  for (const role of PERSON_ROLES) {
    const browser = await signedIn(relay, { role }, `${role}@example.org`);
    expect(await browser.call(QUEUE)).toMatchObject({
      status: 200,
      body: {
        queued: 1,
        destinations: [{ destination: 'example.com', queued: 1, suspended: false }],
        limits: [],
      },
    });
    expect((await browser.call(OF_ONE)).body).toMatchObject({
      destination: 'example.com',
      newest: [{ message_id: message, account: 'default', state: 'queued' }],
    });
    expect((await browser.call(`${OF_ONE}/preview?change=hold`)).body).toMatchObject({
      deliveries: 1,
      messages: 1,
    });
  }
  const ofOne = await signedIn(relay, { accountId: relay.account.id, role: 'admin' }, 'dan@example.org');
  for (const path of [QUEUE, OF_ONE, `${OF_ONE}/preview?change=hold`])
    expect((await ofOne.call(path)).body.error.code).toBe('role-missing');
  for (const [path, body] of [
    [`${OF_ONE}/change`, { change: 'cancel' }],
    [`${OF_ONE}/suspend`, {}],
    [`${OF_ONE}/resume`, {}],
  ] as const)
    expect((await ofOne.call(path, { body })).body.error.code).toBe('role-missing');
});

test('admin and operator change it, others do not, and nobody from another origin', async () => {
  const relay = await stage();
  await acceptMessage(relay);
  for (const role of PERSON_ROLES) {
    const may = role === 'admin' || role === 'operator';
    const browser = await signedIn(relay, { role }, `${role}@example.org`);
    const held = await browser.call(`${OF_ONE}/change`, { body: { change: 'hold' } });
    expect([role, held.status]).toEqual([role, may ? 200 : 403]);
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await browser.call(`${OF_ONE}/suspend`, { body: {}, headers: foreign })).status).toBe(403);
  }
});

test('holding, releasing, retrying, cancelling: counted before, done to that destination alone, audited by the person', async () => {
  const relay = await stage();
  await acceptMessage(relay);
  await acceptMessage(relay, { recipients: ['bob@elsewhere.test'] });
  const browser = await signedIn(relay, { role: 'operator' });
  const change = async (name: string) =>
    (await browser.call(`${OF_ONE}/change`, { body: { change: name } })).body;
  const counted = async (name: string) =>
    (await browser.call(`${OF_ONE}/preview?change=${name}`)).body.deliveries as number;
  const stateOf = async (destination: string) =>
    (await browser.call(`${QUEUE}/${destination}`)).body.newest.map(({ state }: { state: string }) => state);
  expect([await counted('release'), await counted('hold')]).toEqual([0, 1]);
  expect(await change('hold')).toEqual({ changed: 1 });
  expect([await counted('release'), await counted('hold')]).toEqual([1, 0]);
  expect([await stateOf('example.com'), await stateOf('elsewhere.test')]).toEqual([['held'], ['queued']]);
  expect(await change('release')).toEqual({ changed: 1 });
  // Due already: there is nothing to change.
  expect(await change('retry')).toEqual({ changed: 0 });
  expect(await change('cancel')).toEqual({ changed: 1 });
  expect([await stateOf('example.com'), await stateOf('elsewhere.test')]).toEqual([[], ['queued']]);
  const person = await relay.reader.findPerson('carol@example.org');
  const lines = (await relay.reader.auditLines({}, 50)).filter(({ actor }) => actor === `user:${person?.id}`);
  expect(lines.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['queue hold', 'queue release', 'queue cancel']),
  );
});

test('a destination is suspended with an end and a reason, shows them, and goes on', async () => {
  const relay = await stage();
  await acceptMessage(relay);
  const browser = await signedIn(relay, { role: 'operator' });
  const until = '2099-01-01T00:00:00.000Z';
  const suspended = await browser.call(`${OF_ONE}/suspend`, { body: { until, reason: 'they asked' } });
  expect(suspended).toMatchObject({ status: 200, body: { suspended_until: until } });
  expect((await browser.call(OF_ONE)).body).toMatchObject({
    ...{ suspended: true, suspended_until: until, suspended_reason: 'they asked' },
    newest: [{ waits_for: 'example.com is suspended by an operator', earliest_at: null }],
  });
  expect((await browser.call(`${OF_ONE}/resume`, { body: {} })).body).toMatchObject({ limits_lifted: 0 });
  expect((await browser.call(OF_ONE)).body).toMatchObject({ suspended: false });
});

test('what is no destination, no account or no change is refused by name', async () => {
  const relay = await stage();
  const browser = await signedIn(relay, { role: 'admin' });
  expect((await browser.call(`${QUEUE}/example.com`)).status).toBe(404);
  expect(
    (await browser.call(`${QUEUE}/no%20domain/change`, { body: { change: 'hold' } })).body.error.field,
  ).toBe('destination');
  const none = await browser.call(`${OF_ONE}/change`, { body: { change: 'hold', account: 'none' } });
  expect([none.status, none.body.error.message]).toEqual([404, expect.stringContaining('no account none')]);
  expect((await browser.call(`${OF_ONE}/change`, { body: { change: 'explode' } })).status).toBe(400);
  const past = await browser.call(`${OF_ONE}/suspend`, { body: { until: '2001-01-01T00:00:00.000Z' } });
  expect([past.status, past.body.error.field]).toEqual([400, 'until']);
});
