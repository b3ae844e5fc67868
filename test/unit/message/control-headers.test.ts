import { describe, expect, it } from 'vitest';
import { parseControlHeaders } from '../../../src/message/control-headers.ts';

function parse(...pairs: [name: string, value: string][]) {
  return parseControlHeaders(pairs.map(([name, value]) => ({ name: `x-relay-${name}`, value })));
}

describe('parseControlHeaders', () => {
  it('gives nothing for a message that steers nothing', () => {
    expect(parse()).toEqual({ stream: undefined, tags: [], metadata: {}, expiresInMs: undefined });
  });

  it('reads stream, tags, metadata and expiry', () => {
    expect(
      parse(
        ['stream', 'broadcast'],
        ['tag', 'welcome mail'],
        ['tag', 'v2'],
        ['tag', 'v2'],
        ['metadata', 'order = 17=x'],
        ['metadata', 'name==?utf-8?q?J=C3=B6rg?='],
        ['metadata', 'empty='],
        ['expires-in', '10m'],
      ),
    ).toEqual({
      stream: 'broadcast',
      tags: ['welcome mail', 'v2'],
      metadata: { order: '17=x', name: 'Jörg', empty: '' },
      expiresInMs: 600_000,
    });
  });

  it("passes over a client's own X-Relay-Message-Id", () => {
    expect(parse(['message-id', 'msg_mine'])).toEqual(parse());
  });

  it('takes ten tags and twenty keys, not more', () => {
    const tags = Array.from({ length: 11 }, (_, i): [string, string] => ['tag', `t${i}`]);
    expect(parse(...tags.slice(0, 10))).toMatchObject({ tags: tags.slice(0, 10).map(([, tag]) => tag) });
    expect(parse(...tags)).toEqual({ problem: 'X-Relay-Tag may be given at most 10 times' });
    const keys = Array.from({ length: 21 }, (_, i): [string, string] => ['metadata', `k${i}=v`]);
    expect(parse(...keys.slice(0, 20))).not.toHaveProperty('problem');
    expect(parse(...keys)).toEqual({ problem: 'X-Relay-Metadata may be given at most 20 times' });
  });

  it.each([
    ['stream', ''],
    ['stream', 'two words'],
    ['tag', ''],
    ['tag', 'x'.repeat(65)],
    ['tag', 'grün'],
    ['metadata', 'no pair'],
    ['metadata', '=value'],
    ['metadata', '__proto__=x'],
    ['metadata', `key=${'x'.repeat(501)}`],
    ['metadata', 'key==?utf-8?q?a=00b?='],
    ['expires-in', ''],
    ['expires-in', '10'],
    ['expires-in', '59s'],
    ['expires-in', '31d'],
    ['expires-in', '99999999999999999999999d'],
  ])('refuses X-Relay-%s: %s and names the field', (name, value) => {
    const result = parse([name, value]);
    expect(result).toHaveProperty('problem');
    const [first = ''] = Object.values(result) as string[];
    expect(first.toLowerCase()).toMatch(new RegExp(`^x-relay-${name} takes `));
    expect(first).toMatch(/^[\x20-\x7e]+$/);
  });

  it.each([
    ['stream', 'a'],
    ['expires-in', '5m'],
  ])('refuses a second X-Relay-%s', (name, value) => {
    expect(parse([name, value], [name, value])).toHaveProperty('problem', expect.stringContaining('once'));
  });

  it('refuses a second value for a metadata key', () => {
    expect(parse(['metadata', 'a=1'], ['metadata', 'a=2'])).toHaveProperty('problem');
    expect(parse(['metadata', 'constructor=1'])).toMatchObject({ metadata: { constructor: '1' } });
  });

  it.each(['send-at', 'track', 'template', 'variables', 'idempotency-key'])(
    'refuses X-Relay-%s by name as long as it does nothing',
    (name) => {
      const result = parse([name, 'x']) as { problem: string };
      expect(result.problem.toLowerCase()).toContain(`x-relay-${name} is not available`);
    },
  );

  it('says what is accepted when a name is unknown', () => {
    expect(parse(['strem', 'x'])).toEqual({
      problem:
        'X-Relay-strem is unknown: accepted are X-Relay-Stream, X-Relay-Tag, X-Relay-Metadata and X-Relay-Expires-In',
    });
  });
});
