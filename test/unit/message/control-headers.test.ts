import { describe, expect, it } from 'vitest';
import { NO_CONTROLS, parseControlHeaders } from '../../../src/message/control-headers.ts';

const NOW_MS = Date.UTC(2026, 0, 5, 9);

function parse(...pairs: [name: string, value: string][]) {
  return parseControlHeaders(
    pairs.map(([name, value]) => ({ name: `x-relay-${name}`, value })),
    NOW_MS,
  );
}

describe('parseControlHeaders', () => {
  it('gives nothing for a message that steers nothing', () => {
    expect(parse()).toEqual(NO_CONTROLS);
  });

  it('reads stream, tags, metadata and expiry', () => {
    expect(
      parse(
        ['stream', 'broadcast'],
        ['tag', 'welcome mail'],
        ['tag', 'v2'],
        ['tag', '=?utf-8?q?v2?='],
        ['tag', '=?utf-8?b?dHdv?= =?utf-8?q?_words?='],
        ['metadata', 'order = 17=x'],
        ['metadata', 'name==?utf-8?q?J=C3=B6rg?='],
        ['metadata', 'empty='],
        ['expires-in', '10m'],
      ),
    ).toEqual({
      ...NO_CONTROLS,
      stream: 'broadcast',
      tags: ['welcome mail', 'v2', 'two words'],
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
    ['tag', '=?utf-8?q?caf=C3=A9?='],
    ['tag', '=?utf-8?q?a=0D=0Ab?='],
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

  it('refuses X-Relay-Track by name as long as it does nothing', () => {
    const result = parse(['track', 'opens']) as { problem: string };
    expect(result.problem).toContain('X-Relay-Track is not available');
  });

  it('reads when to send, by RFC 3339 with a zone', () => {
    const sendAtMs = Date.UTC(2026, 0, 5, 12, 30, 15, 250);
    expect(parse(['send-at', '2026-01-05T12:30:15.25Z'])).toMatchObject({ sendAtMs });
    expect(parse(['send-at', '2026-01-05T14:30:15.250+02:00'])).toMatchObject({ sendAtMs });
  });

  it.each(['tomorrow', '2026-01-05', '2026-01-05T12:30:15', '2026-02-30T00:00:00Z', '2027-06-01T00:00:00Z'])(
    'refuses to send at %s',
    (value) => {
      expect(parse(['send-at', value])).toMatchObject({
        problem: expect.stringContaining('X-Relay-Send-At') as string,
      });
    },
  );

  it('reads a template with its version, and variables as JSON, also in encoded words', () => {
    expect(parse(['template', 'welcome'])).toMatchObject({
      template: { name: 'welcome', version: undefined },
    });
    const json = JSON.stringify({ name: 'Jörg', items: [1, 2] });
    const word = `=?utf-8?b?${Buffer.from(json).toString('base64')}?=`;
    expect(parse(['template', 'welcome@3'], ['variables', word])).toMatchObject({
      template: { name: 'welcome', version: 3 },
      variables: { name: 'Jörg', items: [1, 2] },
    });
  });

  it.each(['{', '[]', '"x"', 'null', '', String.raw`{"a":[{"\u005F_proto__":{}}]}`])(
    'refuses %s as variables',
    (value) => {
      expect(parse(['template', 'welcome'], ['variables', value])).toMatchObject({
        problem: expect.stringContaining('X-Relay-Variables') as string,
      });
    },
  );

  it('refuses variables without a template', () => {
    expect(parse(['variables', '{}'])).toEqual({ problem: 'X-Relay-Variables needs X-Relay-Template' });
  });

  it('reads an idempotency key of at most 255 printable characters', () => {
    expect(parse(['idempotency-key', 'order 17'])).toMatchObject({ idempotencyKey: 'order 17' });
    for (const value of ['', 'ä', 'x'.repeat(256)]) {
      expect(parse(['idempotency-key', value])).toMatchObject({
        problem: expect.stringContaining('X-Relay-Idempotency-Key') as string,
      });
    }
  });

  it('says what is accepted when a name is unknown', () => {
    expect(parse(['strem', 'x'])).toEqual({
      problem:
        'X-Relay-strem is unknown: accepted are X-Relay-Stream, X-Relay-Tag, X-Relay-Metadata, X-Relay-Send-At, ' +
        'X-Relay-Expires-In, X-Relay-Template, X-Relay-Variables and X-Relay-Idempotency-Key',
    });
  });
});
