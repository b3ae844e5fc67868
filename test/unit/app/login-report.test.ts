/** What an operator sees of failed logins, and what is cleared. */
import { expect, test } from 'vitest';
import { clearLoginsNow, loginsReport } from '../../../src/app/login-report.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { LoginThrottle, throttleKeyHash } from '../../../src/policy/login-throttle.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const box = createSecretBox(new Uint8Array(32), seededRandom());
const hash = throttleKeyHash(box.hmacs);
const NOW_MS = 1_000_000;
const reader = {
  credentialByUsername: (name: string) =>
    Promise.resolve(name === 'app' ? ({ id: 'crd_1' } as Credential) : undefined),
};
const anybody = { address: undefined, user: undefined };

function failed(times: number, address: string, user: string, throttle = new LoginThrottle(hash)) {
  for (let time = 0; time < times; time++) throttle.failed(address, user, NOW_MS);
  return throttle;
}

const report = async (throttle: LoginThrottle, asked: Partial<typeof anybody> | object = {}) =>
  await loginsReport({ ...anybody, ...asked }, { throttle, reader, box }, NOW_MS);

test('blocks come first; a user name is shown where there is such a user, else its hash', async () => {
  const throttle = failed(7, '192.0.2.7', 'app');
  failed(2, '198.51.100.1', 'somebodys password', throttle);
  const { logins, more } = await report(throttle);
  expect(more).toBe(0);
  expect(logins[0]).toMatchObject({ user: 'app', failures: 7, blockedUntilMs: NOW_MS + 2_000 });
  expect(JSON.stringify(logins)).not.toContain('somebodys password');
  const userHash = Buffer.from(box.hmac('login name somebodys password').subarray(0, 6)).toString('hex');
  expect(logins).toContainEqual(expect.objectContaining({ userHash, failures: 2 }));
  expect(logins).toContainEqual(expect.objectContaining({ address: '198.51.100.1', failures: 2 }));
});

test('what was asked for is named, also where its hash alone is known', async () => {
  const before = failed(7, '192.0.2.7', 'secret');
  failed(12, '2001:db8::1', 'other', before);
  const throttle = new LoginThrottle(hash);
  throttle.restore(before.takeChanges(100));
  expect(
    (await report(throttle)).logins.every(({ hashed, address }) => hashed && address === undefined),
  ).toBe(true);
  expect((await report(throttle, { user: 'secret' })).logins).toMatchObject([
    { user: 'secret', failures: 7 },
  ]);
  expect((await report(throttle, { address: '2001:db8::99' })).logins).toMatchObject([
    { address: '2001:db8:0:0::/64', failures: 12 },
  ]);
  expect((await report(throttle, { address: '203.0.113.1' })).logins).toEqual([]);
});

test('clearing ends the blocks of one address, one user or all, of an earlier process too', () => {
  for (const restored of [false, true]) {
    const made = failed(12, '192.0.2.7', 'app');
    const throttle = new LoginThrottle(hash);
    if (restored) throttle.restore(made.takeChanges(100));
    const of = restored ? throttle : made;
    expect(of.blockOf('192.0.2.8', 'app', NOW_MS)).toMatchObject({ because: 'user' });
    expect(clearLoginsNow({ ...anybody, user: 'app' }, of, NOW_MS)).toEqual({ ended: 1 });
    expect(of.blockOf('192.0.2.8', 'app', NOW_MS)).toBeUndefined();
    expect(of.blockOf('192.0.2.7', 'app', NOW_MS)).toMatchObject({ because: 'address' });
    expect(clearLoginsNow({ ...anybody, address: '192.0.2.7' }, of, NOW_MS)).toEqual({ ended: 1 });
    expect(of.blockOf('192.0.2.7', 'app', NOW_MS)).toBeUndefined();
    expect(clearLoginsNow(anybody, of, NOW_MS)).toEqual({ ended: 0 });
  }
});

test('one that logged in lately stays known when the failures of its address are cleared', () => {
  const throttle = new LoginThrottle(hash);
  throttle.succeeded('192.0.2.7', 'app', NOW_MS);
  failed(7, '192.0.2.7', 'app', throttle);
  expect(throttle.blockOf('192.0.2.7', 'app', NOW_MS)).toBeDefined();
  expect(clearLoginsNow({ ...anybody, address: '192.0.2.7' }, throttle, NOW_MS)).toEqual({ ended: 1 });
  failed(12, '192.0.2.7', 'stranger', throttle);
  expect(throttle.blockOf('192.0.2.7', 'app', NOW_MS)).toBeUndefined();
});

test('another node learns that a block was cleared', () => {
  const [here, there] = [1, 2].map(() => new LoginThrottle(hash, { shared: true }));
  failed(7, '192.0.2.7', 'app', here);
  there!.restore(here!.takeChanges(100));
  expect(there!.blockOf('203.0.113.1', 'app', NOW_MS)).toBeDefined();
  here!.clear({ user: 'app' }, NOW_MS + 1);
  there!.restore(here!.takeChanges(100));
  expect(there!.blockOf('203.0.113.1', 'app', NOW_MS + 2)).toBeUndefined();
});
