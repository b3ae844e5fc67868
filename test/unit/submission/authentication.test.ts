import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/platform/log.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { LoginThrottle } from '../../../src/policy/login-throttle.ts';
import type { Credential } from '../../../src/store/records.ts';
import { Authenticator, FAILURE_REPLY_AFTER_MS } from '../../../src/submission/authentication.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const box = createSecretBox(new Uint8Array(32), seededRandom());

function setUp() {
  const clock = new VirtualClock();
  const credential = {
    id: 'crd_1',
    kind: 'smtp',
    username: 'app',
    secretHash: box.hmac('right'),
    networks: [],
    scopes: [],
  } as unknown as Credential;
  let hashed = 0;
  const authenticator = new Authenticator({
    directory: {
      credentialBySecretHash: () => undefined,
      credentialByUsername: (username) => (username === 'app' ? credential : undefined),
      networkCredentials: () => [],
    },
    box: {
      hmac: (secret) => {
        hashed++;
        return box.hmac(secret);
      },
    },
    throttle: new LoginThrottle(),
    clock,
    log: silentLog,
  });
  return { clock, authenticator, hashes: () => hashed };
}

describe('a failed login', () => {
  it.each([
    ['unknown user', 'nobody', 'right'],
    ['wrong secret', 'app', 'wrong'],
    ['empty secret', 'app', ''],
  ])('with an %s hashes once and is answered at a fixed time', async (_name, username, password) => {
    const { clock, authenticator, hashes } = setUp();
    let answered = false;
    const login = Promise.resolve(authenticator.login('s', '192.0.2.1', username, password)).then(
      (result) => {
        answered = true;
        return result;
      },
    );
    await clock.advance(FAILURE_REPLY_AFTER_MS - 1);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await login).toMatchObject({ refusal: { code: 535, status: '5.7.8' } });
    expect(hashes()).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is counted before it is answered, so that guessing in parallel gains nothing', () => {
    const { authenticator } = setUp();
    const results = Array.from({ length: 20 }, () => authenticator.login('s', '192.0.2.1', 'app', 'wrong'));
    expect(results.at(-1)).toMatchObject({ refusal: { code: 421, status: '4.7.0' } });
  });
});

it('a right secret is answered at once', () => {
  const { authenticator } = setUp();
  expect(authenticator.login('s', '192.0.2.1', 'app', 'right')).toMatchObject({
    credential: { id: 'crd_1' },
  });
});
