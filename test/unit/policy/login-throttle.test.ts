import { describe, expect, it } from 'vitest';
import { BoundedTable } from '../../../src/platform/bounded-table.ts';
import {
  afterFailure,
  blockedForMs,
  USER_POLICY,
  type ThrottleEntry,
} from '../../../src/policy/login-block.ts';
import { LoginThrottle } from '../../../src/policy/login-throttle.ts';

const hash = (key: string) => [`hash of ${key}`];
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('the block after failures', () => {
  function blocksAfter(failures: number): number[] {
    let entry: ThrottleEntry | undefined;
    return Array.from({ length: failures }, () => {
      entry = afterFailure(entry, USER_POLICY, 0);
      return blockedForMs(entry, 0);
    });
  }

  it('is none for the first five, then doubles from a second', () => {
    expect(blocksAfter(9)).toEqual([0, 0, 0, 0, 0, 1000, 2000, 4000, 8000]);
  });

  it('grows to a quarter of an hour and no further', () => {
    expect(blocksAfter(200).at(-1)).toBe(15 * MINUTE);
  });

  it('ends by itself, and is no longer than it was when the clock is set back', () => {
    let entry: ThrottleEntry | undefined;
    for (let i = 0; i < 7; i++) entry = afterFailure(entry, USER_POLICY, 1000);
    expect(blockedForMs(entry, 2500)).toBe(500);
    expect(blockedForMs(entry, 3000)).toBe(0);
    expect(blockedForMs(entry, -DAY)).toBe(2000);
  });

  it('forgets with time', () => {
    let entry: ThrottleEntry | undefined;
    for (let i = 0; i < 10; i++) entry = afterFailure(entry, USER_POLICY, 0);
    expect(blockedForMs(afterFailure(entry, USER_POLICY, 60 * MINUTE), 60 * MINUTE)).toBe(0);
  });
});

describe('a bounded table', () => {
  it('drops the entry that was not touched for longest', () => {
    const table = new BoundedTable<number>(2);
    table.set('a', 1);
    table.set('b', 2);
    table.get('a');
    table.set('c', 3);
    expect([table.get('a'), table.get('b'), table.get('c'), table.size]).toEqual([1, undefined, 3, 2]);
  });
});

describe('the login throttle', () => {
  function fail(throttle: LoginThrottle, times: number, address: string, username: string): void {
    for (let i = 0; i < times; i++) throttle.failed(address, username, 0);
  }

  it('blocks a user after failures from many addresses', () => {
    const throttle = new LoginThrottle(hash);
    for (let i = 0; i < 6; i++) throttle.failed(`192.0.2.${i}`, 'user', 0);
    expect(throttle.blockOf('198.51.100.1', 'user', 0)).toEqual({
      because: 'user',
      retryAfterSeconds: 1,
    });
    expect(throttle.blockOf('198.51.100.1', 'other', 0)).toBeUndefined();
    expect(throttle.blockOf('198.51.100.1', 'user', 1000)).toBeUndefined();
  });

  it('blocks an address after failures on many users, and its /64 neighbours', () => {
    const throttle = new LoginThrottle(hash);
    for (let i = 0; i < 11; i++) throttle.failed('2001:db8::1', `user-${i}`, 0);
    expect(throttle.blockOf('2001:db8::2', 'user', 0)).toMatchObject({ because: 'address' });
    expect(throttle.blockOf('2001:db8:0:1::2', 'user', 0)).toBeUndefined();
  });

  it('lets a client in that logged in before, though a stranger guesses at its user', () => {
    const throttle = new LoginThrottle(hash);
    throttle.succeeded('192.0.2.1', 'user', 0);
    fail(throttle, 50, '198.51.100.1', 'user');
    expect(throttle.blockOf('192.0.2.1', 'user', 0)).toBeUndefined();
    expect(throttle.blockOf('192.0.2.2', 'user', 0)).toBeDefined();
  });

  it('lets a client in that logged in before, though a broken neighbour fails from its address', () => {
    const throttle = new LoginThrottle(hash);
    throttle.succeeded('192.0.2.1', 'good', 0);
    fail(throttle, 50, '192.0.2.1', 'broken');
    expect(throttle.blockOf('192.0.2.1', 'good', 0)).toBeUndefined();
  });

  it('slows a known client with an old secret without blocking its neighbours', () => {
    const throttle = new LoginThrottle(hash);
    throttle.succeeded('192.0.2.1', 'rotated', 0);
    fail(throttle, 100, '192.0.2.1', 'rotated');
    expect(throttle.blockOf('192.0.2.1', 'rotated', 0)).toMatchObject({ retryAfterSeconds: 60 });
    expect(throttle.blockOf('192.0.2.1', 'new', 0)).toBeUndefined();
  });

  it('does not know a client for ever', () => {
    const throttle = new LoginThrottle(hash);
    throttle.succeeded('192.0.2.1', 'user', 0);
    for (let i = 0; i < 20; i++) throttle.failed('198.51.100.1', 'user', 8 * DAY);
    expect(throttle.blockOf('192.0.2.1', 'user', 8 * DAY)).toBeDefined();
  });

  it('keeps counting when an attacker logs in to a user of his own in between', () => {
    const throttle = new LoginThrottle(hash);
    fail(throttle, 11, '192.0.2.1', 'victim');
    throttle.succeeded('192.0.2.1', 'own', 0);
    expect(throttle.blockOf('192.0.2.1', 'third', 0)).toMatchObject({ because: 'address' });
  });

  it('says that the user is blocked where both are: then no secret is looked at', () => {
    const throttle = new LoginThrottle(hash);
    fail(throttle, 12, '192.0.2.1', 'user');
    expect(throttle.blockOf('192.0.2.1', 'user', 0)).toMatchObject({ because: 'user' });
    expect(throttle.blockOf('192.0.2.1', 'neighbour', 0)).toMatchObject({ because: 'address' });
  });

  describe('over a restart', () => {
    function restarted(throttle: LoginThrottle): LoginThrottle {
      const next = new LoginThrottle(hash);
      next.restore(throttle.takeChanges(1_000));
      return next;
    }

    it('remembers blocks of addresses and users, hashed', () => {
      const throttle = new LoginThrottle(hash);
      fail(throttle, 12, '192.0.2.1', 'hunter2');
      expect(throttle.takeChanges(1_000).map(({ kind, key }) => [kind, key])).toEqual([
        ['address', 'hash of 192.0.2.1'],
        ['user', 'hash of hunter2'],
      ]);
      fail(throttle, 1, '192.0.2.1', 'hunter2');
      const next = restarted(throttle);
      expect(next.blockOf('198.51.100.1', 'hunter2', 0)).toMatchObject({ because: 'user' });
      expect(next.blockOf('192.0.2.1', 'other', 0)).toMatchObject({ because: 'address' });
      expect(next.blockOf('198.51.100.1', 'other', 0)).toBeUndefined();
    });

    it('finds what was written under another key that is accepted, and writes under the present one', () => {
      const before = new LoginThrottle((key) => [`old ${key}`]);
      fail(before, 12, '192.0.2.1', 'hunter2');
      const next = new LoginThrottle((key) => [`new ${key}`, `old ${key}`]);
      next.restore(before.takeChanges(1_000));
      expect(next.blockOf('198.51.100.1', 'hunter2', 0)).toMatchObject({ because: 'user' });
      expect(next.blockOf('192.0.2.1', 'other', 0)).toMatchObject({ because: 'address' });
      fail(next, 1, '192.0.2.1', 'hunter2');
      expect(next.takeChanges(1_000).map(({ key }) => key)).toEqual(['new 192.0.2.1', 'new hunter2']);
    });

    it('takes what was written under the present key for the newer of two', () => {
      const both = (key: string) => [`new ${key}`, `old ${key}`];
      const record = (key: string, failures: number, atMs: number) => ({
        ...{ kind: 'user' as const, key, failures, atMs, succeededAtMs: undefined },
        blockedUntilMs: failures === 0 ? 0 : atMs + 1_000,
      });
      for (const shared of [false, true]) {
        const throttle = new LoginThrottle(both, { shared });
        throttle.restore([record('new app', 0, 500), record('old app', 9, 400)]);
        expect(throttle.blockOf('192.0.2.1', 'app', 600), String(shared)).toBeUndefined();
      }
    });

    it('clears what was written under another key', () => {
      const throttle = new LoginThrottle((key) => [`new ${key}`, `old ${key}`]);
      throttle.restore([
        {
          kind: 'user',
          key: 'old app',
          failures: 9,
          atMs: 0,
          blockedUntilMs: 1_000,
          succeededAtMs: undefined,
        },
      ]);
      expect(throttle.clear({ user: 'app' }, 10)).toBe(1);
      expect(throttle.blockOf('192.0.2.1', 'app', 20)).toBeUndefined();
    });

    it('remembers who logged in from where, so that strangers cannot lock them out', () => {
      const throttle = new LoginThrottle(hash);
      throttle.succeeded('192.0.2.1', 'user', 0);
      const next = restarted(throttle);
      for (let i = 0; i < 8; i++) next.failed(`198.51.100.${i}`, 'user', MINUTE);
      expect(next.blockOf('192.0.2.1', 'user', MINUTE)).toBeUndefined();
      expect(next.blockOf('192.0.2.2', 'user', MINUTE)).toBeDefined();
    });

    it('goes on counting where it was', () => {
      const throttle = new LoginThrottle(hash);
      fail(throttle, 8, '192.0.2.1', 'user');
      const next = restarted(throttle);
      next.failed('192.0.2.9', 'user', 0);
      expect(next.blockOf('192.0.2.9', 'user', 0)).toMatchObject({ retryAfterSeconds: 8 });
    });

    it('writes a client that logs in for every message once an hour, and failures that block nobody never', () => {
      const throttle = new LoginThrottle(hash);
      fail(throttle, 5, '192.0.2.1', 'user');
      for (let i = 0; i < 100; i++) throttle.succeeded('192.0.2.1', 'busy', i);
      expect(throttle.takeChanges(1_000)).toHaveLength(1);
      throttle.succeeded('192.0.2.1', 'busy', 59 * MINUTE);
      expect(throttle.takeChanges(1_000)).toEqual([]);
      throttle.succeeded('192.0.2.1', 'busy', 61 * MINUTE);
      expect(throttle.takeChanges(1_000)).toHaveLength(1);
    });

    it('takes a bounded number at a time', () => {
      const throttle = new LoginThrottle(hash);
      for (let i = 0; i < 25; i++) throttle.succeeded('192.0.2.1', `user-${i}`, 0);
      expect([10, 10, 10].map((limit) => throttle.takeChanges(limit).length)).toEqual([10, 10, 5]);
    });
  });
});

describe('throttles of nodes that share a store', () => {
  it('learn of blocks and good pairs, and keep what says more', () => {
    const [one, other] = [1, 2].map(() => new LoginThrottle(hash, { shared: true })) as [
      LoginThrottle,
      LoginThrottle,
    ];
    // It has counted there as well, though it blocks nothing yet.
    other.failed('192.0.2.1', 'app', 0);
    for (let i = 0; i < 12; i++) one.failed('192.0.2.1', 'app', i);
    expect(other.blockOf('192.0.2.1', 'app', 100)).toBeUndefined();
    other.restore(one.takeChanges(1_000));
    expect(other.blockOf('192.0.2.1', 'app', 100)).toBeDefined();
    other.restore([
      { kind: 'user', key: 'hash of app', failures: 1, atMs: 0, blockedUntilMs: 0, succeededAtMs: undefined },
    ]);
    expect(other.blockOf('192.0.2.9', 'app', 100)).toBeDefined();
    one.succeeded('192.0.2.7', 'app', 100);
    other.restore(one.takeChanges(1_000));
    expect(other.blockOf('192.0.2.7', 'app', 100)).toBeUndefined();
  });
});
