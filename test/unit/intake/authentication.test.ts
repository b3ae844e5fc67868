import { flatMapInTurn } from '../../../src/platform/in-turn.ts';
import { describe, expect, it } from 'vitest';
import { createStrangerLog } from '../../../src/smtp/server/stranger-log.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { RehashRecorder } from '../../../src/intake/rehash-recorder.ts';
import { LoginThrottle } from '../../../src/policy/login-throttle.ts';
import type { DirectoryReader } from '../../../src/store/directory.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import { createDirectorySnapshot } from '../../../src/store/directory-snapshot.ts';
import {
  Authenticator,
  FAILURE_REPLY_AFTER_MS,
  type LoginClient,
} from '../../../src/intake/authentication.ts';
import { LoginAttempts } from '../../../src/intake/login-attempts.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const box = createSecretBox(new Uint8Array(32), seededRandom());

const from = (attempts = new LoginAttempts()): LoginClient => ({
  session: 's',
  address: '192.0.2.1',
  attempts,
});

function setUp(networks: () => readonly Credential[] = () => []) {
  const clock = new VirtualClock();
  let credential = {
    id: 'crd_1',
    kind: 'smtp',
    username: 'app',
    secretHash: box.hmac('right'),
    networks: [],
    scopes: [],
  } as unknown as Credential;
  let hashed = 0;
  let version = 0;
  const asked: string[] = [];
  const directory = {
    credentialBySecretHash: async () => undefined,
    credentialByUsername: async (username: string) => (username === 'app' ? credential : undefined),
    findCredential: async (_account: string, id: string) => (id === 'crd_1' ? credential : undefined),
    networkCredentials: async () => {
      asked.push('networks');
      return [...networks()];
    },
    latestVersion: async () => {
      asked.push('version');
      return version;
    },
  };
  const authenticator = new Authenticator({
    directory: createDirectorySnapshot(directory as Partial<DirectoryReader> as DirectoryReader, clock),
    box: {
      hmac: (secret) => {
        hashed++;
        return box.hmac(secret);
      },
      hmacs: (secret) => {
        hashed++;
        return box.hmacs(secret);
      },
    },
    rehashes: new RehashRecorder(),
    throttle: new LoginThrottle((key) => [key]),
    clock,
    log: silentLog,
    strangers: createStrangerLog(silentLog, clock),
  });
  const change = (to: (before: Credential) => object) => {
    credential = to(credential) as Credential;
  };
  return { clock, authenticator, hashes: () => hashed, asked, changed: () => version++, change };
}

describe('network credentials', () => {
  const network = (id: string, networks: readonly string[], more: Partial<Credential> = {}) =>
    ({ id, kind: 'network', networks, scopes: [], ...more }) as unknown as Credential;
  const ids = async (authenticator: Authenticator, address = '192.0.2.1') =>
    (await authenticator.networkCredentials(address)).map(({ id }) => id);

  it('are read from the store once for all clients', async () => {
    const list = [network('crd_wide', ['192.0.2.0/24']), network('crd_one', ['192.0.2.1'])];
    const { authenticator, asked } = setUp(() => list);
    expect(await ids(authenticator)).toEqual(['crd_one', 'crd_wide']);
    expect(await ids(authenticator, '192.0.2.2')).toEqual(['crd_wide']);
    expect(asked).toEqual(['version', 'networks']);
  });

  it('count as soon as they are added, for a client that had none', async () => {
    const list: Credential[] = [];
    const { authenticator, changed } = setUp(() => list);
    expect(await ids(authenticator)).toEqual([]);
    list.push(network('crd_a', ['192.0.2.1']));
    changed();
    expect(await ids(authenticator)).toEqual(['crd_a']);
  });

  it('end within half a second of a revocation, and when they expire', async () => {
    let list = [network('crd_a', ['192.0.2.1'])];
    const { authenticator, clock, changed } = setUp(() => list);
    expect(await ids(authenticator)).toEqual(['crd_a']);
    list = [network('crd_b', ['192.0.2.1'], { expiresAtMs: clock.now() + 700 })];
    changed();
    await clock.advance(500);
    expect(await ids(authenticator)).toEqual(['crd_b']);
    await clock.advance(200);
    expect(await ids(authenticator)).toEqual([]);
  });
});

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
      const login = authenticator.login(from(attempts), username, password).then((result) => {
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
    const results = Array.from({ length: 20 }, () => authenticator.login(from(), 'app', 'wrong'));
    expect(await results.at(-1)).toMatchObject({ refusal: { code: 454, status: '4.7.0' } });
  });

  it('with the same secret by a second mechanism in one session is one failure', async () => {
    const { authenticator, clock } = setUp();
    const attempts = new LoginAttempts();
    const tried = Array.from({ length: 20 }, async () => authenticator.login(from(attempts), 'app', 'wrong'));
    await clock.advance(FAILURE_REPLY_AFTER_MS);
    expect((await Promise.all(tried)).map((login) => 'refusal' in login && login.refusal.code)).toEqual(
      Array.from({ length: 20 }, () => 535),
    );
    expect(await authenticator.login(from(attempts), 'app', 'right')).toMatchObject({
      credential: { id: 'crd_1' },
    });
  });

  it('that is throttled is told so ten times in a session, then the session ends', async () => {
    const { authenticator, clock } = setUp();
    for (let i = 0; i < 6; i++) void authenticator.login(from(), 'app', `wrong ${i}`);
    await clock.advance(FAILURE_REPLY_AFTER_MS);
    const attempts = new LoginAttempts();
    const codes = await flatMapInTurn(Array(11).keys(), async () => {
      const login = await authenticator.login(from(attempts), 'app', 'right');
      return ['refusal' in login ? login.refusal.code : undefined];
    });
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 454), 421]);
  });
});

describe('behind an address that is blocked', () => {
  function blocked() {
    const fixture = setUp();
    for (let i = 0; i < 11; i++) void fixture.authenticator.login(from(), `neighbour-${i}`, 'x');
    return fixture;
  }

  it('a right secret is let in', async () => {
    const { authenticator } = blocked();
    expect(await authenticator.login(from(), 'app', 'right')).toMatchObject({
      credential: { id: 'crd_1' },
    });
  });

  it('a wrong one is told how long to wait', async () => {
    const { authenticator } = blocked();
    expect(await authenticator.login(from(), 'app', 'wrong')).toMatchObject({
      refusal: { code: 454, status: '4.7.0' },
    });
  });
});

describe('two secrets', () => {
  const rotated = (credential: Partial<Credential>, untilMs: number) => ({
    ...credential,
    version: 2,
    secretHash: box.hmac('new'),
    oldSecretHash: box.hmac('right'),
    oldSecretUntilMs: untilMs,
  });

  it('are both taken until the old one ends, and the old one no longer', async () => {
    const { authenticator, clock, change, changed } = setUp();
    const login = async (secret: string) => {
      const asked = authenticator.login(from(), 'app', secret);
      await clock.advance(FAILURE_REPLY_AFTER_MS);
      const answer = await asked;
      return 'credential' in answer ? answer.credential : answer.refusal.code;
    };
    expect(await login('new')).toBe(535);
    change((before) => rotated(before, clock.now() + 60_000));
    changed();
    // What was looked up before the rotation is not the last word.
    expect(await login('new')).toMatchObject({ id: 'crd_1' });
    expect(await login('right')).toMatchObject({ id: 'crd_1', expiresAtMs: expect.any(Number) as number });
    expect(await login('other')).toBe(535);
    await clock.advance(60_000);
    expect(await login('right')).toBe(535);
    expect(await login('new')).toMatchObject({ id: 'crd_1' });
  });

  it('a session that holds the old one goes on, and is gone when it ends', async () => {
    const { authenticator, clock, change, changed } = setUp();
    const login = await authenticator.login(from(), 'app', 'right');
    const held = (login as { credential: Credential }).credential;
    change((before) => rotated(before, clock.now() + 60_000));
    changed();
    const standing = await authenticator.recheck(held, '192.0.2.1');
    expect(standing).toMatchObject({ credential: { expiresAtMs: clock.now() + 60_000 } });
    const now = (standing as { credential: Credential }).credential;
    // Its next MAIL is asked with what it holds now.
    expect(await authenticator.standing(now, '192.0.2.1')).toMatchObject({ credential: { id: 'crd_1' } });
    await clock.advance(60_000);
    for (const one of [held, now])
      expect(await authenticator.recheck(one, '192.0.2.1')).toMatchObject({ refusal: { code: 421 } });
  });
});

it('a right secret is answered at once', async () => {
  const { authenticator } = setUp();
  expect(await authenticator.login(from(), 'app', 'right')).toMatchObject({
    credential: { id: 'crd_1' },
  });
});
