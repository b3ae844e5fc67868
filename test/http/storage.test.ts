/** The storage of an account over HTTP: refused before the id is given, alone and in a batch, until retention has made room. */
import { expect, test } from 'vitest';
import { deliverAll } from './support/accept-message.ts';
import { stage } from './support/http-stage.ts';

const HOUR_MS = 3_600_000;
const AGES = { contentMs: HOUR_MS, metadataMs: 9 * HOUR_MS, eventsMs: 9 * HOUR_MS };

test('what does not fit is 429 with the command, and fits when content was removed', async () => {
  const relay = await stage({ env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' } });
  const { id } = relay.account;
  await relay.store.directory.changeAccount(id, { storageBytes: 5_000 }, Date.now(), 'test');
  const key = await relay.key();
  const message = (text: string) => ({
    from: 'a@example.org',
    to: ['b@example.net'],
    subject: 'x',
    text,
  });
  const send = (text: string) => relay.call('/v1/send', { key, body: message(text) });
  const used = async () => (await relay.call('/v1/account', { key })).body.storage_used_bytes as number;
  const long = 'text '.repeat(600);
  expect((await send(long)).status).toBe(200);
  const kept = await used();
  expect(kept).toBeGreaterThan(3_000);
  const refused = await send(long);
  expect([refused.status, refused.body.error.code, refused.headers.get('retry-after')]).toEqual([
    ...[429, 'rate-limited', '60'],
  ]);
  expect(refused.body.error.message).toContain('relayctl account change default --storage SIZE');
  const batch = await relay.call('/v1/batch', { key, body: { messages: [message(long), message('short')] } });
  expect(batch.body.results).toMatchObject([{ error: { code: 'rate-limited' } }, { id: expect.any(String) }]);
  expect(await used()).toBeGreaterThan(kept);
  await deliverAll(relay);
  while ((await relay.store.retention.clean(Date.now() + 2 * HOUR_MS, AGES)).more);
  expect(await used()).toBe(0);
  expect((await send(long)).status).toBe(200);
});
