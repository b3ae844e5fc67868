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

  it.each([
    [255, 1],
    [256, 2],
    [510, 2],
    [511, 3],
  ])('splits a text of %i octets into %i strings', (octets, count) => {
    const text = zoneText([{ name: 'x.example', type: 'TXT', value: 'p'.repeat(octets) }]);
    const strings = [...text.matchAll(/"(p+)"/g)].map(([, inside = '']) => inside);
    expect(strings).toHaveLength(count);
    expect(strings.every(({ length }) => length <= 255)).toBe(true);
    expect(strings.join('')).toBe('p'.repeat(octets));
    expect(text.includes('(')).toBe(count > 1);
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
