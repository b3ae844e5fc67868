/** One object that may be kept, and says what holds now. */
import { expect, test } from 'vitest';
import { liveConfig } from '../../../src/config/live-config.ts';
import { loadConfig } from '../../../src/config/load.ts';

function load(toml: string) {
  const readFile = () => toml;
  return loadConfig({ path: 'r.toml', env: {}, readFile, defaultHostname: 'a.test', cwd: '/srv' }).config;
}

test('slices that were taken before a change show it, at every depth', () => {
  const atStart = load('');
  const { config: live, take } = liveConfig(atStart);
  const { delivery, health, suppression, dns } = live;
  expect(live).toEqual(atStart);
  const next = load(
    'hostname = "b.test"\n[delivery]\nmax_age = "1h"\n[health]\nwarn_bounces = "1%"\n' +
      '[suppression]\nsoft_bounce_run = 9\n[dns]\nservers = ["127.0.0.9"]',
  );
  take(next);
  expect(live.hostname).toBe('b.test');
  expect(delivery.maxAgeMs).toBe(3_600_000);
  expect(health.rules.warn.bounces).toBe(0.01);
  expect(suppression.softBounces.messages).toBe(9);
  expect(dns.servers).toBe(next.dns.servers);
  expect(live).toEqual(next);
  expect(atStart).toEqual(load(''));
});

test('a mailbox appears, changes and goes, and the configurations that it came from stay as they were', () => {
  const ops = load('[inbound]\npostmaster = "ops@a.test"');
  const { config: live, take } = liveConfig(load(''));
  const { inbound } = live;
  take(ops);
  expect(inbound.postmaster).toEqual({ localPart: 'ops', domain: 'a.test' });
  take(load('[inbound]\npostmaster = "noc@b.test"'));
  expect(inbound.postmaster).toEqual({ localPart: 'noc', domain: 'b.test' });
  take(load(''));
  expect(inbound.postmaster).toBeUndefined();
  expect(ops.inbound.postmaster).toEqual({ localPart: 'ops', domain: 'a.test' });
});

test('crosses to another thread as what holds now', () => {
  const current = load('[retention]\ncontent = "1h"');
  expect(structuredClone(liveConfig(current).config.retention)).toEqual(current.retention);
});
