/** DNS records as lines of a zone file. */
import { describe, expect, it } from 'vitest';
import { zoneText } from '../../../src/dkim/zone-text.ts';

describe('zoneText', () => {
  it('writes absolute names, so that a block fits any zone', () => {
    expect(
      zoneText([
        { name: 'mail.example.org', type: 'AAAA', value: '2001:db8::1' },
        { name: 'bounces.example.org', type: 'MX', value: '10 mail.example.org.' },
        { name: 'example.org', type: 'TXT', value: 'v=spf1 a:mail.example.org ~all' },
      ]),
    ).toBe(
      'mail.example.org. 3600 IN AAAA 2001:db8::1\n' +
        'bounces.example.org. 3600 IN MX 10 mail.example.org.\n' +
        'example.org. 3600 IN TXT "v=spf1 a:mail.example.org ~all"\n',
    );
  });

  it.each([47, 48, 255, 256, 411, 5_000])(
    'writes a text of %i octets on lines that a terminal of 80 columns shows, and loses none of it',
    (octets) => {
      const record = { name: 'x.example', type: 'TXT', value: 'p'.repeat(octets) } as const;
      for (const isComment of [false, true]) {
        const text = zoneText([{ ...record, isComment }]);
        const strings = [...text.matchAll(/"(p+)"/g)].map(([, inside = '']) => inside);
        expect(strings.join('')).toBe(record.value);
        expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
        expect(text.includes('(')).toBe(text.split('\n').length > 2);
      }
    },
  );

  it('keeps a text on the line of its name where both fit', () => {
    const lines = (octets: number) =>
      zoneText([{ name: 'x.example', type: 'TXT', value: 'p'.repeat(octets) }]).split('\n').length - 1;
    expect([lines(53), lines(54)]).toEqual([1, 2]);
  });

  it('escapes what would end a string, and what is not printable', () => {
    expect(zoneText([{ name: 'x.example', type: 'TXT', value: 'a"b\\c\né' }])).toBe(
      'x.example. 3600 IN TXT "a\\"b\\\\c\\010\\195\\169"\n',
    );
    expect(zoneText([{ name: 'x.example', type: 'TXT', value: '' }])).toBe('x.example. 3600 IN TXT ""\n');
  });

  it('makes each line of a commented record a comment', () => {
    const text = zoneText([
      { name: 'x.example', type: 'TXT', value: 'p'.repeat(300), isComment: true, remarks: ['why'] },
    ]);
    expect(
      text
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('; ')),
    ).toBe(true);
  });
});
