import { flatMapInTurn } from '../../../src/platform/in-turn.ts';
import { describe, expect, it } from 'vitest';
import { createStrangerLog } from '../../../src/smtp/server/stranger-log.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { LoginThrottle } from '../../../src/policy/login-throttle.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { Authenticator, FAILURE_REPLY_AFTER_MS } from '../../../src/intake/authentication.ts';
import { LoginAttempts } from '../../../src/intake/login-attempts.ts';
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
      credentialBySecretHash: async () => undefined,
      credentialByUsername: async (username) => (username === 'app' ? credential : undefined),
      findCredential: async () => undefined,
      networkCredentials: async () => [],
      latestVersion: async () => 0,
    },
    box: {
      hmac: (secret) => {
        hashed++;
        return box.hmac(secret);
      },
    },
    throttle: new LoginThrottle((key) => key),
    clock,
    log: silentLog,
    strangers: createStrangerLog(silentLog, clock),
  });
  return { clock, authenticator, hashes: () => hashed };
}

describe('a failed login', () => {
  it.each([
    ['unknown user', 'nobody', 'right'],
    ['wrong secret', 'app', 'wrong'],
    ['empty secret', 'app', ''],
  ])(
    'with an %s is hashed like any other and answered at a fixed time',
    async (_name, username, password) => {
      const { clock, authenticator, hashes } = setUp();
      let answered = false;
      const attempts = new LoginAttempts();
      const login = authenticator.login('s', '192.0.2.1', username, password, attempts).then((result) => {
        answered = true;
        return result;
      });
      await clock.advance(FAILURE_REPLY_AFTER_MS - 1);
      expect(answered).toBe(false);
      await clock.advance(1);
      expect(await login).toMatchObject({ refusal: { code: 535, status: '5.7.8' } });
      // The secret, and the name for the log.
      expect(hashes()).toBe(2);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('is counted before it is answered, so that guessing in parallel gains nothing', async () => {
    const { authenticator } = setUp();
    const results = Array.from({ length: 20 }, () =>
      authenticator.login('s', '192.0.2.1', 'app', 'wrong', new LoginAttempts()),
    );
    expect(await results.at(-1)).toMatchObject({ refusal: { code: 454, status: '4.7.0' } });
  });

  it('with the same secret by a second mechanism in one session is one failure', async () => {
    const { authenticator, clock } = setUp();
    const attempts = new LoginAttempts();
    const tried = Array.from({ length: 20 }, async () =>
      authenticator.login('s', '192.0.2.1', 'app', 'wrong', attempts),
    );
    await clock.advance(FAILURE_REPLY_AFTER_MS);
    expect((await Promise.all(tried)).map((login) => 'refusal' in login && login.refusal.code)).toEqual(
      Array.from({ length: 20 }, () => 535),
    );
    expect(await authenticator.login('s', '192.0.2.1', 'app', 'right', attempts)).toMatchObject({
      credential: { id: 'crd_1' },
    });
  });

  it('that is throttled is told so ten times in a session, then the session ends', async () => {
    const { authenticator } = setUp();
    for (let i = 0; i < 6; i++)
      void authenticator.login('s', '192.0.2.1', 'app', `wrong ${i}`, new LoginAttempts());
    const attempts = new LoginAttempts();
    const codes = await flatMapInTurn(Array(11).keys(), async () => {
      const login = await authenticator.login('s', '192.0.2.1', 'app', 'right', attempts);
      return ['refusal' in login ? login.refusal.code : undefined];
    });
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 454), 421]);
  });
});

describe('behind an address that is blocked', () => {
  function blocked() {
    const fixture = setUp();
    for (let i = 0; i < 11; i++)
      void fixture.authenticator.login('s', '192.0.2.1', `neighbour-${i}`, 'x', new LoginAttempts());
    return fixture;
  }

  it('a right secret is let in', async () => {
    const { authenticator } = blocked();
    expect(await authenticator.login('s', '192.0.2.1', 'app', 'right', new LoginAttempts())).toMatchObject({
      credential: { id: 'crd_1' },
    });
  });

  it('a wrong one is told how long to wait', async () => {
    const { authenticator } = blocked();
    expect(await authenticator.login('s', '192.0.2.1', 'app', 'wrong', new LoginAttempts())).toMatchObject({
      refusal: { code: 454, status: '4.7.0' },
    });
  });
});

it('a right secret is answered at once', async () => {
  const { authenticator } = setUp();
  expect(await authenticator.login('s', '192.0.2.1', 'app', 'right', new LoginAttempts())).toMatchObject({
    credential: { id: 'crd_1' },
  });
});
