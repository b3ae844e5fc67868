import { describe, expect, it } from 'vitest';
import { fieldText, fieldValue, headerEnd, parseHeaderSection } from '../../../src/message/header-section.ts';
import { seededRandom } from '../../support/seeded-random.ts';

function parse(text: string) {
  const bytes = Buffer.from(text, 'latin1');
  const section = parseHeaderSection(bytes);
  return {
    bytes,
    section,
    names: section.fields.map(({ name }) => name),
    texts: section.fields.map((field) => fieldText(bytes, field)),
  };
}

describe('headerEnd', () => {
  it.each([
    ['A: b\r\n\r\nbody', 8],
    ['\r\nbody', 2],
    ['A: b\r\n', -1],
    ['A: b\r\n \r\nC: d\r\n', -1],
    ['', -1],
  ])('of %j is %i', (text, expected) => {
    expect(headerEnd(Buffer.from(text))).toBe(expected);
  });

  it('finds an empty line whose octets arrived in two chunks', () => {
    const bytes = Buffer.from('A: b\r\n\r\nbody');
    for (let seen = 0; seen < 8; seen++) expect(headerEnd(bytes, seen)).toBe(8);
  });
});

describe('parseHeaderSection', () => {
  it('reads names in lower case and values without folds', () => {
    const { names, texts } = parse('From: a@b\r\nSubject: one\r\n two\r\n\tthree\r\n\r\nBody: no\r\n');
    expect(names).toEqual(['from', 'subject']);
    expect(texts).toEqual(['a@b', 'one two\tthree']);
  });

  it('takes white space before the colon as part of no name, but no fold', () => {
    expect(parse('From : a\r\nTo\t :b\r\nCc\r\n : c\r\n\r\n').names).toEqual(['from', 'to', '']);
  });

  it('gives a line that is no field an empty name and its place', () => {
    const { names, section } = parse('no colon\r\n goes on\r\nA: b\r\nbad name: x\r\n: y\r\n\r\n');
    expect(names).toEqual(['', 'a', '', '']);
    expect(section.fields[0]).toEqual({ name: '', start: 0, valueStart: 0, end: 20 });
  });

  it('reads text that is not UTF-8 as ISO 8859-1', () => {
    expect(parse('A: J\xf6rg\r\nB: J\xc3\xb6rg\r\n\r\n').texts).toEqual(['Jörg', 'Jörg']);
  });

  it('takes a section without an empty line, and a last line without CRLF', () => {
    const { bytes, section, texts } = parse('A: b\r\nC: d');
    expect(texts).toEqual(['b', 'd']);
    expect(section.fieldsEnd).toBe(bytes.length);
  });

  it('has no fields when the message starts with the empty line', () => {
    expect(parse('\r\nFrom: a@b\r\n').section).toMatchObject({ fields: [], fieldsEnd: 0 });
  });

  it('covers every octet of the section exactly once, whatever it is given', () => {
    const random = seededRandom(5);
    const parts = ['From', ':', ' ', '\r\n', '\t', '\r', '\n', 'x', '\xff', '\r\n ', '\0'];
    for (let round = 0; round < 5_000; round++) {
      const text = Array.from(
        { length: Math.floor(random.float() * 24) },
        () => parts[Math.floor(random.float() * parts.length)] ?? '',
      ).join('');
      const { bytes, section } = parse(text);
      let at = 0;
      for (const field of section.fields) {
        expect(field.start, JSON.stringify(text)).toBe(at);
        expect(field.end).toBeGreaterThan(field.start);
        expect(field.valueStart).toBeGreaterThanOrEqual(field.start);
        expect(field.valueStart).toBeLessThanOrEqual(field.end);
        expect(fieldValue(bytes, field).length).toBeLessThanOrEqual(field.end - field.valueStart);
        at = field.end;
      }
      expect(section.fieldsEnd, JSON.stringify(text)).toBe(at);
      const rest = bytes.toString('latin1', at);
      expect(rest === '' || rest.startsWith('\r\n'), JSON.stringify(text)).toBe(true);
    }
  });
});
