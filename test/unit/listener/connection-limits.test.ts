import { expect, it } from 'vitest';
import { ConnectionLimits } from '../../../src/listener/connection-limits.ts';

function admitted(limits: ConnectionLimits, addresses: readonly string[]): number {
  return addresses.filter((address) => limits.admit(address)).length;
}

const hosts = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i));

it('bounds connections in all, of a host and of a network', () => {
  const limits = new ConnectionLimits(10, 2, 3);
  expect(admitted(limits, ['192.0.2.1', '192.0.2.1', '192.0.2.1'])).toBe(2);
  expect(admitted(limits, ['192.0.2.2', '192.0.2.3'])).toBe(1);
  // Addresses of a /64 are one host, /64s of a /48 one network.
  expect(
    admitted(
      limits,
      hosts(5, (i) => `2001:db8:1:1::${i}`),
    ),
  ).toBe(2);
  expect(
    admitted(
      limits,
      hosts(5, (i) => `2001:db8:1:${i + 2}::1`),
    ),
  ).toBe(1);
  expect(
    admitted(
      limits,
      hosts(9, (i) => `198.51.${i}.1`),
    ),
  ).toBe(4);
  expect(limits.total).toBe(10);
});

it('gives back what is released, and holds nothing then', () => {
  const limits = new ConnectionLimits(10, 1, 1);
  expect(limits.admit('192.0.2.1')).toBe(true);
  expect(limits.admit('192.0.2.2')).toBe(false);
  limits.release('192.0.2.1');
  expect(limits.admit('192.0.2.2')).toBe(true);
  expect(limits.total).toBe(1);
});

it('has no bound for networks where none is asked for', () => {
  const limits = new ConnectionLimits(1_000, 1);
  expect(
    admitted(
      limits,
      hosts(250, (i) => `192.0.2.${i}`),
    ),
  ).toBe(250);
});
