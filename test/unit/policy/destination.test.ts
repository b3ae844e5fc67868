import { describe, expect, it } from 'vitest';
import { destinationOf } from '../../../src/policy/destination.ts';

describe('the destination of a recipient', () => {
  it.each([
    ['example.org', 'example.org'],
    ['EXAMPLE.Org', 'example.org'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['[192.0.2.1]', '[192.0.2.1]'],
    ['[IPv6:2001:db8::1]', '[IPv6:2001:db8::1]'],
    ['Not A Domain', 'not a domain'],
  ])('of a mailbox at %s is %s', (domain, destination) => {
    expect(destinationOf(domain)).toBe(destination);
  });
});
