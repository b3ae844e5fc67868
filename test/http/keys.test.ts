/** Keys in use: from where, how long, and what too many wrong ones come to; over SMTP too. */
import { expect, test } from 'vitest';
import { makeApiKey } from '../../src/platform/api-key.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { stage, stageBox } from './support/http-stage.ts';

test('a key that is bound to addresses is refused from others, after it was found good', async () => {
  const relay = await stage();
  const key = await relay.key({ networks: ['192.0.2.0/24'] });
  const { status, body } = await relay.call('/v1/streams', { key });
  expect([status, body.error.code]).toEqual([403, 'address-not-allowed']);
  expect(body.error.message).toContain('relayctl credential change --add-allow-ip 127.0.0.1');
});

test('X-Forwarded-For counts from trusted proxies only', async () => {
  const headers = { 'x-forwarded-for': '192.0.2.7' };
  const plain = await stage();
  const bound = { networks: ['192.0.2.0/24'] };
  expect((await plain.call('/v1/streams', { key: await plain.key(bound), headers })).status).toBe(403);
  const proxied = await stage({ env: { RELAY_HTTP__TRUSTED_PROXIES: '127.0.0.0/8' } });
  const key = await proxied.key(bound);
  expect((await proxied.call('/v1/streams', { key, headers })).status).toBe(200);
  // What a client writes before the proxy's own word is its own invention.
  const invented = { 'x-forwarded-for': '192.0.2.7, 203.0.113.9' };
  expect((await proxied.call('/v1/streams', { key, headers: invented })).status).toBe(403);
});

test('an address that guesses waits longer and longer; keys that are right go on, known from there or new', async () => {
  const relay = await stage();
  const good = await relay.key();
  expect((await relay.call('/v1/streams', { key: good })).status).toBe(200);
  const statuses: number[] = [];
  for (let tries = 0; tries < 13; tries++)
    statuses.push((await relay.call('/v1/streams', { key: makeApiKey(systemRandom) })).status);
  expect(statuses.slice(0, 11)).toEqual(Array(11).fill(401));
  expect(statuses.slice(11)).toEqual([429, 429]);
  const blocked = await relay.call('/v1/streams', { key: makeApiKey(systemRandom) });
  expect(blocked.body.error.code).toBe('too-many-failures');
  expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await relay.call('/v1/streams', { key: good })).status).toBe(200);
  expect((await relay.call('/v1/streams', { key: await relay.key() })).status).toBe(200);
});

test('wrong keys count against an IPv6 /64, as a trusted proxy names it', async () => {
  const relay = await stage({ env: { RELAY_HTTP__TRUSTED_PROXIES: '127.0.0.0/8' } });
  const guess = async (address: string) =>
    (
      await relay.call('/v1/streams', {
        key: makeApiKey(systemRandom),
        headers: { 'x-forwarded-for': address },
      })
    ).status;
  for (let host = 1; host <= 12; host++) await guess(`2001:db8:1:1::${host}`);
  expect(await guess('2001:db8:1:1:ffff::1')).toBe(429);
  expect(await guess('2001:db8:1:2::1')).toBe(401);
  // What is no address counts against the proxy itself, whatever is written there.
  for (let tries = 1; tries <= 12; tries++) await guess(`made-up-${tries}`);
  expect(await guess('made-up-again')).toBe(429);
  expect(await guess('192.0.2.1')).toBe(401);
});

test('X-Forwarded-For of others is not believed: a guesser cannot be somebody new each time', async () => {
  const relay = await stage();
  const statuses: number[] = [];
  for (let tries = 1; tries <= 12; tries++) {
    const headers = { 'x-forwarded-for': `192.0.2.${tries}`, forwarded: `for=192.0.2.${tries}` };
    statuses.push((await relay.call('/v1/streams', { key: makeApiKey(systemRandom), headers })).status);
  }
  expect(statuses.at(-1)).toBe(429);
});

test('unknown, revoked and expired keys get the same answer', async () => {
  const relay = await stage();
  const keys = [
    makeApiKey(systemRandom),
    await relay.key({ revokedAtMs: 1 }),
    await relay.key({ expiresAtMs: 1 }),
  ];
  const answers = [];
  for (const key of keys) answers.push((await relay.call('/v1/streams', { key })).body);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

test('a mistyped key is told so without a look-up', async () => {
  const relay = await stage();
  const { body } = await relay.call('/v1/streams', { key: 'pst_live_typo' });
  expect(body.error.message).toContain('is it whole?');
  const basic = await relay.call('/v1/streams', { headers: { authorization: 'Basic YTpi' } });
  expect([basic.status, basic.body.error.message]).toEqual([
    401,
    expect.stringContaining('Bearer pst_live_'),
  ]);
});

test('only the keyed hash of a key is kept', async () => {
  const relay = await stage();
  const key = await relay.key();
  const kept = (await relay.reader.credentialBySecretHash(stageBox.hmac(key)))!;
  expect(Buffer.from(kept.secretHash!).equals(Buffer.from(stageBox.hmac(key)))).toBe(true);
  expect(JSON.stringify(kept)).not.toContain(key.slice(9, 30));
});
