import { describe, expect, it } from 'vitest';
import { parseHeaderFrom } from '../../../src/message/header-from.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { startCpuTime } from '../../support/cpu-time.ts';

function authors(value: string, encoding: BufferEncoding = 'utf8'): string[] | string {
  const result = parseHeaderFrom(Buffer.from(value, encoding));
  return 'problem' in result
    ? result.problem
    : result.map(({ localPart, domain }) => `${localPart}@${domain}`);
}

describe('parseHeaderFrom', () => {
  it.each([
    ['a plain address', ' a@example.org', ['a@example.org']],
    ['an angle address alone', '<a@example.org>', ['a@example.org']],
    ['a name', 'Ada Lovelace <ada@example.org>', ['ada@example.org']],
    ['a quoted name with specials', '"Lovelace, Ada <x>" <ada@example.org>', ['ada@example.org']],
    ['a name with the same address', '"ada@example.org" <ada@example.org>', ['ada@example.org']],
    ['a comment with the same address', 'Ada (ada@example.org) <ada@example.org>', ['ada@example.org']],
    ['an at sign between words', '"Ada @ Work" <ada@example.org>', ['ada@example.org']],
    ['an at sign in a word', '"News@Shop" <n@example.org>', ['n@example.org']],
    ['a handle', '"Ada (@ada.l)" <ada@example.org>', ['ada@example.org']],
    ['a name with dots', 'J. R. Doe <j@example.org>', ['j@example.org']],
    ['a name in brackets', '[Shop] Orders <o@example.org>', ['o@example.org']],
    ['an encoded name', '=?utf-8?q?J=C3=B6rg=2C_K?= <j@example.org>', ['j@example.org']],
    ['a name in UTF-8', 'Jörg <j@example.org>', ['j@example.org']],
    ['the comment of old mailers', 'root@example.org (Cron (and more) Daemon)', ['root@example.org']],
    ['folds', ' "A"\r\n\t<a@example.org>', ['a@example.org']],
    ['space within the brackets', 'A < a@example.org >', ['a@example.org']],
    ['several authors', 'a@example.org, B <b@example.net>', ['a@example.org', 'b@example.net']],
    ['a group', 'Team: a@example.org, B <b@example.net>;', ['a@example.org', 'b@example.net']],
    [
      'a group with a quoted name and more after it',
      '"T T": a@example.org;, c@example.org',
      ['a@example.org', 'c@example.org'],
    ],
    ['an upper-case domain', 'A@EXAMPLE.org', ['A@example.org']],
    ['a domain in U-labels', 'a@bücher.example', ['a@xn--bcher-kva.example']],
    ['a local part in UTF-8', 'jörg@example.org', ['jörg@example.org']],
    ['an address literal', 'a@[192.0.2.1]', ['a@[192.0.2.1]']],
    ['a quoted local part', '"a b"@example.org', ['"a b"@example.org']],
    ['the same author twice', 'a@example.org, a@example.org', ['a@example.org']],
    ['an address as its own name', 'a@example.org <a@example.org>', ['a@example.org']],
  ])('reads %s', (_what, value, expected) => {
    expect(authors(value)).toEqual(expected);
  });

  it('counts an unquoted address before an angle address as a second author', () => {
    expect(authors('ceo@bank.example <a@example.org>')).toEqual(['a@example.org', 'ceo@bank.example']);
  });

  it.each([
    ['in quotes', '"ceo@bank.example" <a@example.org>'],
    ['in quotes, among other words', '"The boss: ceo@bank.example." <a@example.org>'],
    ['in quotes, in brackets', '"Boss <ceo@bank.example>" <a@example.org>'],
    ['in an encoded word', '=?utf-8?q?ceo=40bank=2Eexample?= <a@example.org>'],
    ['in an encoded word, as forums write it', '=?utf-8?q?ceo=40bank.example_via_Z?= <a@example.org>'],
    ['over two encoded words', '=?utf-8?q?ceo=40?= =?utf-8?q?bank.example?= <a@example.org>'],
    ['in a quoted encoded word', '"=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?=" <a@example.org>'],
    ['in full-width letters', '"ceo＠bank．example" <a@example.org>'],
    ['with an ideographic full stop', '"ceo@bank。example" <a@example.org>'],
    ['with a half-width full stop, encoded', '=?utf-8?q?ceo=40bank=EF=BD=A1example?= <a@example.org>'],
    ['with a zero-width space in it', '"ceo@ba\u200bnk.example" <a@example.org>'],
    ['with escaped letters', '"c\\eo\\@bank.example" <a@example.org>'],
    ['in a comment', '(ceo@bank.example) a@example.org'],
    ['in a comment behind', 'a@example.org (ceo@bank.example)'],
    ['in the name of a group', '"ceo@bank.example": a@example.org;'],
  ])('counts an address that people read %s as a further author', (_where, value) => {
    expect(authors(value)).toEqual(['a@example.org', 'ceo@bank.example']);
  });

  it('refuses what looks like an address and cannot be checked', () => {
    expect(authors('"ceo@bank..example" <a@example.org>')).toMatch(/looks like an address/);
  });

  it.each([
    'utf-16',
    'UTF-16BE',
    'utf16',
    'utf-16le*en',
    'utf-32',
    'ucs-2',
    'UCS4',
    'csUnicode',
    'iso-10646-ucs-2',
    'unicode',
    'ebcdic-us',
    'ibm037',
    'cp037',
    'IBM1047',
    'cp500',
  ])('refuses a name in %s, which readers do not decode alike', (charset) => {
    // In UTF-16, the greater octet first, with a mark that says so.
    const word = `=?${charset}?b?/v8AYwBlAG8AQABiAGEAbgBrAC4AZQB4AGEAbQBwAGwAZQ==?=`;
    for (const name of [word, `"${word}"`]) expect(authors(`${name} <a@example.org>`)).toBeTypeOf('string');
    expect(authors(`a@example.org (${word})`)).not.toEqual(['a@example.org']);
  });

  it.each(['utf-7', 'unicode-1-1-utf-7', 'iso-2022-jp', 'windows-1252', 'koi8-r', 'ibm866', 'cp1251'])(
    'reads a name in %s',
    (charset) => {
      expect(authors(`=?${charset}?q?J_K?= <j@example.org>`)).toEqual(['j@example.org']);
    },
  );

  it('reads a name in an undeclared 8-bit charset, but no address', () => {
    expect(authors('J\xf6rg <j@example.org>', 'latin1')).toEqual(['j@example.org']);
    expect(authors('j\xf6rg@example.org', 'latin1')).toBe('an address is not in UTF-8');
  });

  it.each([
    ['nothing', '  '],
    ['a second at sign', 'a@example.org@bank.example'],
    ['a second at sign in brackets', '<ceo@bank.example@example.org>'],
    ['an unclosed bracket', 'A <a@example.org'],
    ['a doubled bracket', '<<a@example.org>>'],
    ['two bracketed addresses', '<ceo@bank.example> <a@example.org>'],
    ['text after the bracket', '<a@example.org> ceo@bank.example'],
    ['two addresses without a comma', 'ceo@bank.example a@example.org'],
    ['an address within a longer name', 'ceo@bank.example via X <a@example.org>'],
    ['a name with an unquoted comma', 'Bank, Inc. <a@example.org>'],
    ['a source route', '<@bank.example,@x.example:a@example.org>'],
    ['a semicolon between addresses', 'ceo@bank.example; a@example.org'],
    ['an empty address', 'CEO <>'],
    ['an empty element', 'a@example.org,, b@example.org'],
    ['a trailing comma', 'a@example.org,'],
    ['an empty group', 'undisclosed: ;'],
    ['an unclosed group', 'T: a@example.org'],
    ['a group in a group', 'T: U: a@example.org;;'],
    ['a group without a name', ': a@example.org;'],
    ['an unclosed quote', '"A <a@example.org>'],
    ['an unclosed comment', 'a@example.org (x'],
    ['a comment with an at sign', '(ceo@bank) a@example.org'],
    ['a name longer than a page', `"ü${'x'.repeat(5_000)}" <a@example.org>`],
    ['a comment with a bracket', 'a@example.org (<)'],
    ['a comment with an encoded address', 'a@example.org (=?utf-8?q?=3Cceo=40bank.example=3E?=)'],
    ['a comment in the domain', 'a@example(x).org'],
    ['a comment after the at sign', 'a@(x)example.org'],
    ['space around the at sign', 'a @ example.org'],
    ['space around a dot', 'a@example. org'],
    ['a NUL', 'ceo@bank.example\0 <a@example.org>'],
    ['a control character', 'A\x08 <a@example.org>'],
    ['a bare line feed', 'A\n <a@example.org>'],
    ['an encoded word with a NUL', '=?utf-8?q?ceo=40bank.example=00?= <a@example.org>'],
    ['an encoded word with a line end', '=?utf-8?q?A=0D=0ABcc:x?= <a@example.org>'],
    ['an encoded word that hides an address', '=?utf-8?b?PGNlb0BiYW5rLmV4YW1wbGU+?= <a@example.org>'],
    ['a quoted encoded word that hides an address', '"=?utf-8?q?ceo=40bank.example=2C?=" <a@example.org>'],
    ['an encoded word as local part', '=?utf-8?q?ceo=40bank.example?=@example.org'],
    ['a quoted local part with an at sign', '"ceo@bank.example"@example.org'],
    ['a quoted local part with a bracket', '"ceo@bank.example>"@example.org'],
    ['a lone bracket in a name', '"ceo@bank.example"[<a@example.org>'],
    ['a quoted name beside brackets', '"ceo@bank.example" [x] <a@example.org>'],
    ['an encoded word that does not end', '=?utf-8?q?ceo=40bank.example=2C <a@example.org>'],
    ['a backslash in a name', 'A \\" <a@example.org>'],
    ['no domain', 'root'],
    ['an empty domain', 'root@'],
    ['an empty local part', '@example.org'],
    ['an empty quoted local part', '""@example.org'],
    ['a trailing dot', 'a@example.org.'],
    ['a percent escape in the domain', 'a@example%2eorg'],
    ['a full-width domain', 'a@ｅxample.org'],
    ['a soft hyphen in the domain', 'a@exam\u00adple.org'],
    ['an ideographic full stop', 'a@example。org'],
    ['a no-break space beside the address', 'ceo@bank.example\u00a0<a@example.org>'],
    ['more than fifty authors', Array.from({ length: 51 }, (_, i) => `a${i}@example.org`).join()],
  ])('refuses %s', (_what, value) => {
    const result = authors(value);
    expect(result).toEqual(expect.any(String));
    // It goes into a reply: ASCII, and nothing of what the client sent.
    expect(result).toMatch(/^[\x20-\x7e]+$/);
    expect(result).not.toMatch(/bank|example/);
  });

  it('never overlooks an address that a careless reader finds outside quotes', () => {
    // Reads what looks like an address anywhere but in quoted strings: each must be refused or be among the authors.
    const random = seededRandom(77);
    const parts = [
      'a@x.example',
      'b@y.example',
      '<',
      '>',
      ',',
      ';',
      ':',
      ' ',
      '"',
      '(',
      ')',
      '\\',
      'n',
      '.',
      '@',
      '\t',
    ];
    for (let round = 0; round < 30_000; round++) {
      const value = Array.from(
        { length: 1 + Math.floor(random.float() * 9) },
        () => parts[Math.floor(random.float() * parts.length)] ?? '',
      ).join('');
      const result = authors(value);
      if (typeof result === 'string') continue;
      const unquoted = value.replace(/"(?:[^"\\]|\\.)*"(?!@)/g, '');
      const careless = unquoted.match(/[^\s"(),:;<>\\]*@[^\s"(),:;<>\\]*/g) ?? [];
      for (const address of careless) expect(result, JSON.stringify(value)).toContain(address);
    }
  });

  it('stays fast on a field made to be slow', () => {
    for (const value of [
      '('.repeat(200_000),
      '"\\'.repeat(100_000),
      'a '.repeat(200_000),
      '=?'.repeat(200_000),
      'a.'.repeat(200_000) + '@',
    ]) {
      const cpuMs = startCpuTime();
      authors(value);
      expect(cpuMs()).toBeLessThan(2_000);
    }
  });
});
