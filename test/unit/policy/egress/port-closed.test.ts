import { expect, test } from 'vitest';
import {
  afterConnection,
  CLOSED_WITHIN_MS,
  isClosed,
  PORT_OPEN,
  PROBE_EVERY_MS,
  probing,
  type PortState,
} from '../../../../src/policy/egress/port-closed.ts';

function failing(hosts: readonly string[], everyMs = 1_000, from: PortState = PORT_OPEN): PortState {
  return hosts.reduce(
    (state, host, at) => afterConnection(state, { host, reached: false, nowMs: at * everyMs }),
    from,
  );
}

test('the port is closed when hosts of three domains take no connection', () => {
  expect(failing(['mx.a.test', 'mx.b.test']).closed).toBe(false);
  const state = failing(['mx.a.test', 'mx.b.test', 'mx.c.test']);
  expect(state.closed).toBe(true);
  expect(isClosed(state, 3_000)).toBe(true);
});

test('hosts of one domain are one, however many fail', () => {
  expect(failing(['mx1.a.test', 'mx2.a.test', 'mx3.a.test', 'mx4.a.test', 'mx.b.test']).closed).toBe(false);
});

test('failures far apart are of hosts that are down', () => {
  expect(failing(['mx.a.test', 'mx.b.test', 'mx.c.test'], CLOSED_WITHIN_MS / 2).closed).toBe(false);
});

test('one connection that comes about opens it, at any time', () => {
  const two = failing(['mx.a.test', 'mx.b.test']);
  const open = afterConnection(two, { host: 'mx.x.test', reached: true, nowMs: 2_000 });
  expect(failing(['mx.c.test'], 1_000, open).closed).toBe(false);
  const closed = failing(['mx.a.test', 'mx.b.test', 'mx.c.test']);
  expect(afterConnection(closed, { host: 'mx.a.test', reached: true, nowMs: 9_000 }).closed).toBe(false);
});

test('while it is closed one probe goes out from time to time, and its failure keeps it closed', () => {
  const closed = failing(['mx.a.test', 'mx.b.test', 'mx.c.test']);
  const laterMs = 2_000 + PROBE_EVERY_MS;
  expect(isClosed(closed, laterMs)).toBe(false);
  const probed = probing(closed, laterMs);
  expect(isClosed(probed, laterMs + 1)).toBe(true);
  const failed = afterConnection(probed, { host: 'mx.a.test', reached: false, nowMs: laterMs + 30_000 });
  expect(failed.closed).toBe(true);
  expect(isClosed(failed, laterMs + 30_001)).toBe(true);
});

test('what it keeps is bounded', () => {
  const hosts = Array.from({ length: 1_000 }, (_, i) => `mx.d${String(i)}.test`);
  expect(failing(hosts, 1).failed.size).toBeLessThanOrEqual(3);
});
