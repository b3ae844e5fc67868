/** Blocklists as data, and what an answer of one means. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SHIPPED_BLOCKLISTS } from '../../../src/config/blocklists.ts';
import {
  distrust,
  parseBlocklists,
  readZoneAnswer,
  type ZoneAnswer,
} from '../../../src/policy/blocklist-zones.ts';

const codes = new Map([
  ['127.0.0.2', 'spam'],
  ['127.0.0.4', 'a compromised machine'],
]);
const found = (...records: string[]): ZoneAnswer => ({ kind: 'found', records });
const none: ZoneAnswer = { kind: 'not-found' };

describe('an answer', () => {
  test('of the list is a listing with its meaning, and none is none', () => {
    expect(readZoneAnswer(found('127.0.0.2', '127.0.0.4'), { codes })).toEqual({
      kind: 'listed',
      meaning: 'spam; a compromised machine',
    });
    expect(readZoneAnswer(none, { codes })).toEqual({ kind: 'clear' });
  });

  test.each(['127.255.255.252', '127.255.255.254', '127.255.255.255', '127.255.255.9'])(
    '%s is an error of the query, never a listing, also beside a code',
    (code) => {
      expect(readZoneAnswer(found(code), { codes }).kind).toBe('refused');
      expect(readZoneAnswer(found(code, '127.0.0.2'), { codes }).kind).toBe('refused');
      expect(readZoneAnswer(found(code), { codes: new Map() }).kind).toBe('refused');
    },
  );

  test.each(['127.0.0.99', '127.0.1.255', '198.51.100.1', '10.0.0.1'])(
    '%s, which the list does not define, is no listing',
    (code) => {
      expect(readZoneAnswer(found(code), { codes }).kind).toBe('failed');
    },
  );

  test('of a list without codes counts where it is in 127.0.0.0/16', () => {
    expect(readZoneAnswer(found('127.0.0.3'), { codes: new Map() }).kind).toBe('listed');
    expect(readZoneAnswer(found('203.0.113.9'), { codes: new Map() }).kind).toBe('failed');
  });
});

describe('a list', () => {
  test('is believed with its test entry and without the one that must not be there', () => {
    expect(distrust(found('127.0.0.2'), none)).toBeUndefined();
  });

  test('without its test entry, or that lists everything, or that does not answer, says nothing', () => {
    expect(distrust(none, none)?.reason).toMatch(/test entry/);
    expect(distrust(found('127.0.0.2'), found('127.0.0.2'))?.reason).toMatch(/dead list/);
    expect(distrust(found('127.255.255.254'), none)).toMatchObject({ kind: 'refused' });
    expect(distrust({ kind: 'failed', reason: 'silent' }, none)?.reason).toBe('silent');
    expect(distrust(found('198.51.100.1'), found('198.51.100.1'))?.kind).toBe('failed');
  });
});

describe('the file', () => {
  const list = (lines: string) => parseBlocklists(`[[blocklist]]\nname = "One"\n${lines}`);
  const well = 'zone = "one.example"\nremoval = "https://one.example/"\n';

  test('that is shipped is read, with a source above each list', () => {
    const text = readFileSync(SHIPPED_BLOCKLISTS, 'utf8');
    const lists = parseBlocklists(text);
    expect(lists).toEqual(
      expect.arrayContaining([expect.objectContaining({ zone: 'zen.spamhaus.org', ipv6: true })]),
    );
    expect(text.match(/^# https:\/\/\S+.*\n\[\[blocklist\]\]/gm)).toHaveLength((lists as unknown[]).length);
  });

  test('that is empty means none', () => {
    expect(parseBlocklists('')).toEqual([]);
  });

  test.each([
    ['zone = "one"\nremoval = "https://one.example/"', 'zone'],
    ['zone = "one.example"\nremoval = "http://one.example/"', 'removal'],
    [`${well}ipv6 = 1`, 'ipv6'],
    [`${well}speed = 1`, 'speed'],
    [`${well}codes = { "10.0.0.1" = "x" }`, 'codes'],
    [`${well}codes = { "127.255.255.254" = "x" }`, 'codes'],
    [`${well}[[blocklist]]\nname = "One"\n${well}`, '"One"'],
  ])('with %j is refused, with the place', (lines, at) => {
    expect(list(lines)).toMatchObject({ at: expect.stringContaining(at) as string });
  });
});
