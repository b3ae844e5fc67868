/** Requests with one Idempotency-Key that arrive together: the first runs, whatever the store takes to answer about the key. */
import { expect, onTestFinished, test } from 'vitest';
import { StoreError } from '../../src/store/errors.ts';
import { stage } from './support/http-stage.ts';

const MESSAGE = { from: 'a@example.org', to: 'b@example.net', subject: 's', text: 't' };
const ANY_DOMAIN = { env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' } };
const headers = { 'idempotency-key': 'order-17' };

/** The store's answer about a key comes when it is released. */
async function start() {
  const relay = await stage(ANY_DOMAIN);
  const key = await relay.key({ scopes: ['send'] });
  const asked = Promise.withResolvers<undefined>();
  const held = Promise.withResolvers<undefined>();
  // Also where a test fails, or the stage would wait for its requests.
  onTestFinished(() => held.resolve(undefined));
  const { firstResult } = relay.reader;
  relay.reader.firstResult = async (...args) => {
    const first = await firstResult(...args);
    asked.resolve(undefined);
    await held.promise;
    return first;
  };
  const send = (subject: string) => relay.call('/v1/send', { key, headers, body: { ...MESSAGE, subject } });
  return { send, asked: asked.promise, release: () => held.resolve(undefined) };
}

test.each([
  ['the same request', 's', 'idempotency-in-progress'],
  ['another request', 'other', 'idempotency-key-reused'],
])('%s is refused while the first waits for the store', async (_what, subject, code) => {
  const { send, asked, release } = await start();
  const first = send('s');
  await asked;
  const second = send(subject);
  const answered = await Promise.race([second, first]);
  expect([answered.status, answered.body.error?.code]).toEqual([409, code]);
  release();
  expect((await first).status).toBe(200);
  const again = await send('s');
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
});

test('a key that the store could not be asked about is free again', async () => {
  const relay = await stage(ANY_DOMAIN);
  const key = await relay.key({ scopes: ['send'] });
  const { firstResult } = relay.reader;
  relay.reader.firstResult = () => Promise.reject(new StoreError('busy', 'disk on fire'));
  const send = () => relay.call('/v1/send', { key, headers, body: MESSAGE });
  expect((await send()).status).toBe(503);
  relay.reader.firstResult = firstResult;
  expect((await send()).status).toBe(200);
});
