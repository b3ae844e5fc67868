/** One person's data over HTTP: erased in the key's account alone, refused while mail waits, with nothing of the operator's. */
import { expect, test } from 'vitest';
import { acceptMessage, deliverAll } from './support/accept-message.ts';
import { stage } from './support/http-stage.ts';

const JANE = 'jane@example.net';
const PATH = `/v1/recipients/${encodeURIComponent(JANE)}`;

test('a person is erased, once mail is settled or cancelled, and stays suppressed', async () => {
  const relay = await stage();
  const key = await relay.key({ scopes: ['recipients', 'suppressions', 'messages:read'] });
  const erase = (query = '') => relay.call(`${PATH}${query}`, { key, method: 'DELETE' });
  const sent = await acceptMessage(relay, { recipients: [JANE], subject: 'secret' });
  await deliverAll(relay);
  const waits = await acceptMessage(relay, {
    recipients: ['JANE@example.net'],
    sendAtMs: Date.now() + 3_600_000,
  });
  await relay.call('/v1/suppressions', { key, body: { address: JANE, note: JANE } });
  const refused = await erase();
  expect([refused.status, refused.body.error.message]).toEqual([
    409,
    `deliveries have no final state yet: 1 to it (${waits})`,
  ]);
  const { status, body } = await erase('?cancel=true');
  expect([status, body]).toMatchObject([
    200,
    {
      ...{ address: JANE, finished: true, waits_for: 0, leaves_rests: false },
      pseudonym: expect.stringMatching(/^erased-\w+@erased\.invalid$/) as string,
      erased: { deliveries: 2, messages: 2, suppressions: 1 },
      not_reached: expect.arrayContaining([expect.stringContaining('backups')]) as string[],
    },
  ]);
  const shown = await relay.call(`/v1/messages/${sent}`, { key });
  expect(shown.body).toMatchObject({ subject: null, deliveries: [{ recipient: body.pseudonym }] });
  expect(JSON.stringify([shown.body, (await relay.call('/v1/events', { key })).body])).not.toMatch(/jane/i);
  expect((await relay.call(`/v1/suppressions/${encodeURIComponent(JANE)}`, { key })).body).toMatchObject({
    ...{ suppressed: true, suppression: { erased: true, evidence: '' } },
  });
  expect(
    (await relay.call(`/v1/suppressions/${encodeURIComponent(JANE)}`, { key, method: 'DELETE' })).status,
  ).toBe(200);
  // Asked again, there is nothing.
  expect((await erase()).body).toMatchObject({ finished: true, erased: { deliveries: 0 } });
  expect((await relay.call('/v1/recipients/nobody', { key, method: 'DELETE' })).status).toBe(400);
});

test('nothing of another account is erased, and a key without the scope erases nothing', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const key = await relay.key({ scopes: ['suppressions', 'messages:read'] });
  const sent = await acceptMessage(relay, { recipients: [JANE], subject: 'secret' });
  await deliverAll(relay);
  expect((await relay.call(PATH, { key: stranger, method: 'DELETE' })).body).toMatchObject({
    ...{ account: other.name, erased: { deliveries: 0 } },
  });
  expect((await relay.call(PATH, { key, method: 'DELETE' })).status).toBe(403);
  expect((await relay.call(`/v1/messages/${sent}`, { key })).body).toMatchObject({
    ...{ subject: 'secret', deliveries: [{ recipient: JANE }] },
  });
});
