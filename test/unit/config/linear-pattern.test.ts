/** Expressions of operators, on replies of strangers. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import { loadDestinationRules } from '../../../src/config/destination-rules.ts';
import { loadProviders } from '../../../src/config/providers.ts';

const OWN = '/etc/postern/own.toml';
const read = (path: string) => readFileSync(path, 'utf8');
const withOwn = (own: string) => (path: string) => (path === OWN ? own : read(path));
const bounce = (pattern: string) => `[[rule]]\nid = "own"\nclass = "policy"\npattern = ['''${pattern}''']\n`;
const reply = (pattern: string) =>
  `[[reply]]\nid = "own"\npattern = ['''${pattern}''']\naction = "slow"\nfor = "1m"\n`;

const FILES = [
  ['bounce rules', (pattern: string) => loadBounceRules(withOwn(bounce(pattern)), OWN)[0]],
  [
    'rules of destinations',
    (pattern: string) => loadDestinationRules(withOwn(reply(pattern)), OWN, loadProviders(read)).replies[0],
  ],
] as const;

describe.each(FILES)('a pattern of the operator in %s', (_, load) => {
  /** With the engine of the runtime each of these takes longer than anybody would wait. */
  test.each(['(a+)+$', '(a|aa)+$', '([a-z]+)*x$', '(a|a)*b$', '(.*a){30}x'])(
    'ends on whatever a stranger writes: %s',
    (pattern) => {
      const rule = load(pattern);
      expect(rule?.pattern[0]?.test(`${'a'.repeat(1_999)}!`)).toBe(false);
    },
  );

  test.each([
    ['quota.{0,20}full', 'over quota: mailbox is full', true],
    [String.raw`\bspam(cop|haus)?\b`, 'listed at spamhaus', true],
    [String.raw`\[gl\d\d\]`, 'see [gl01]', true],
    ['^unknown user', 'the unknown user', false],
    [String.raw`\u00fcberf\p{L}llt`, 'postfach überfüllt', true],
  ])('matches as before: %s', (pattern, text, matches) => {
    expect(load(pattern)?.pattern[0]?.test(text)).toBe(matches);
  });

  test.each(['(?!spam)mail', String.raw`(a)\1`, '(?<=x)y', '(', 'a{2000}', 'x'.repeat(1_001)])(
    'is refused, with its place, where that cannot be: %.20s',
    (pattern) => {
      expect(() => load(pattern)).toThrow(
        /own\.toml.*"own", pattern: expected a regular expression, without look-around/,
      );
    },
  );
});
