import { describe, expect, it } from 'vitest';
import { decodeEncodedWords, summarize } from '../../../src/message/encoded-words.ts';
import { startCpuTime } from '../../support/cpu-time.ts';

describe('decodeEncodedWords', () => {
  it.each([
    ['plain', 'plain'],
    ['=?utf-8?q?h=C3=A4_?= =?UTF-8?B?bMO8?=', 'hä lü'],
    ['=?utf-8?q?a=C3?= =?utf-8?q?=A4b?= x', 'aäb x'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
    ['=?iso-8859-1*de?q?=FCber?=', 'über'],
    ['=?nonsense', '=?nonsense'],
  ])('reads %j', (given, expected) => {
    expect(decodeEncodedWords(given)).toBe(expected);
  });

  it('gives no half characters', () => {
    expect(decodeEncodedWords('=?iso-2022-jp?b?=F0=9F=98=80?=').isWellFormed()).toBe(true);
  });

  it('does not throw on an unknown charset', () => {
    expect(decodeEncodedWords('=?x-no-such?q?abc?=')).toContain('abc');
  });
});

describe('summarize', () => {
  it('makes one line without control characters', () => {
    expect(summarize(' a\tb\u2028c =?utf-8?q?=0D=0Ad=00?=', 200)).toBe('a b c  d');
  });

  it('cuts without leaving half a character', () => {
    expect(summarize('abc', 2)).toBe('ab');
    expect(summarize('a😀b', 2)).toBe('a');
    expect(summarize('a😀b', 3)).toBe('a😀');
  });

  it('takes no time over a hostile field', () => {
    const cpuMs = startCpuTime();
    expect(summarize('=?utf-8?q?a?= '.repeat(100_000), 200).length).toBeLessThanOrEqual(200);
    expect(cpuMs()).toBeLessThan(1_000);
  });
});
