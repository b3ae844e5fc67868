/** `relayctl login`: what relayd says of failed logins, what is stored where it does not run, and what is cleared. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ControlRequest } from '../../src/control/protocol.ts';
import { LoginThrottle, throttleKeyHash } from '../../src/policy/login-throttle.ts';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const box = createSecretBox(new Uint8Array(32).fill(1), { bytes: (n) => new Uint8Array(n), float: () => 0 });
const hash = throttleKeyHash(box.hmacs);

test('list shows what relayd says, and asks it for one address or user', async () => {
  const asked: ControlRequest[] = [];
  stage.openStore();
  stage.onAsk = (request) => {
    asked.push(request);
    const login = { address: '192.0.2.7', hashed: false, failures: 12, lastAtMs: stage.clock.now() };
    const blocked = { ...login, blockedUntilMs: stage.clock.now() + 60_000 };
    const logins = [blocked, { user: 'app', hashed: false, failures: 3, lastAtMs: stage.clock.now() }];
    return Promise.resolve({ kind: 'answered', answer: { logins, more: 2 } });
  };
  const { out, err } = await stage.run(['login', 'list'], { columns: 100 });
  expect(out).toMatch(/192\.0\.2\.7 +12 +.*ends in/);
  expect(out).toMatch(/app +3 .*no/);
  expect(out + err).toContain('and 2 more');
  await stage.run(['login', 'list', '--address', '::ffff:192.0.2.7']);
  expect(asked[1]).toEqual({ operation: 'logins', address: '192.0.2.7', user: undefined });
  const { code, err: wrong } = await stage.run(['login', 'list', '--address', 'nowhere']);
  expect([code, wrong.includes('--address nowhere is not an IP address')]).toEqual([2, true]);
});

test('without relayd, what is stored is found by the address or the user that is given', async () => {
  const throttle = new LoginThrottle(hash);
  const now = stage.clock.now();
  for (let time = 0; time < 7; time++) throttle.failed('192.0.2.7', 'app', now);
  await stage.store.logins.recordLogins(throttle.takeChanges(10), 0);
  const listed = async (...more: string[]) =>
    (await stage.run(['login', 'list', '--json', ...more])).out.trim();
  expect(JSON.parse(await listed('--user', 'app'))).toMatchObject({ user: 'app', failures: 7 });
  expect(await listed('--user', 'other')).toBe('');
  expect(await listed()).not.toContain('app');
  const cleared = await stage.run(['login', 'clear', '--user', 'app']);
  expect(cleared.out).toContain('relayd does not run here');
  expect(await listed('--user', 'app')).toBe('');
});

test('clear tells relayd, and takes one of address, user and all', async () => {
  stage.openStore();
  const asked: ControlRequest[] = [];
  stage.onAsk = (request) => {
    asked.push(request);
    return Promise.resolve({ kind: 'answered', answer: { ended: 1 } });
  };
  expect(await stage.json('login', 'clear', '--all')).toEqual({ cleared: true, blocks_ended: 1 });
  expect(asked).toEqual([{ operation: 'login-clear', address: undefined, user: undefined }]);
  for (const wrong of [[], ['--all', '--user', 'app'], ['--address', '192.0.2.7', '--user', 'app']])
    expect((await stage.run(['login', 'clear', ...wrong])).code).toBe(2);
});
