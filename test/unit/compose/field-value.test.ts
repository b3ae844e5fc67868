/** Values of added fields: what programs read passes as it is, what people read is encoded where it may be. */
import { describe, expect, it } from 'vitest';
import { composeMessage } from '../../../src/compose/compose-message.ts';
import type { Composition } from '../../../src/compose/composition.ts';
import { writeFieldValue } from '../../../src/compose/field-value.ts';
import { decodeAllEncodedWords } from '../../../src/message/encoded-words.ts';

const BY = { messageId: 'msg_01jh000000abcdefghjkmnpqrs', hostname: 'relay.example.net', nowMs: 0 };
const MAILBOX = { localPart: 'a', domain: 'example.org' };
const COMPOSITION: Composition = {
  from: { name: '', mailbox: MAILBOX },
  to: [{ name: '', mailbox: MAILBOX }],
  cc: [],
  replyTo: [],
  subject: 's',
  text: 'x',
  html: undefined,
  fields: [],
  attachments: [],
};

/** The field as it stands in the composed message, unfolded. */
function composed(name: string, value: string): string {
  const raw = composeMessage({ ...COMPOSITION, fields: [[name, value]] }, BY).toString('latin1');
  const header = raw.slice(0, raw.indexOf('\r\n\r\n'));
  for (const line of header.split('\r\n')) {
    expect(line).toMatch(/^[\x20-\x7e\t]{1,998}$/);
    expect(line.trim()).not.toBe('');
  }
  const unfolded = header.replace(/\r\n(?=[ \t])/g, '');
  return new RegExp(`^${name}: (.*)$`, 'm').exec(unfolded)?.[1] ?? '';
}

describe('a value in ASCII', () => {
  it.each([
    ['List-ID', '"Acme News" <news.example.org>'],
    ['List-Unsubscribe', '<mailto:u@example.org?subject="x">, <https://example.org/u?a=1>'],
    ['List-Post', 'NO (posting not "allowed" here)'],
    ['Auto-Submitted', 'auto-generated; owner-email="ada@example.org"'],
    ['Keywords', '"one, two", three'],
    ['Return-Receipt-To', '"Ada L." <ada@example.org>'],
    ['Errors-To', '"errors" <errors@example.org>'],
    ['X-SMTPAPI', '{"category":"a b","unique_args":{"k":"=?v?="}}'],
    ['Feedback-ID', 'a:"b":c'],
    ['X-Unknown', `"quoted" =?utf-8?q?caf=C3=A9?= ${'word '.repeat(60)}end`],
    ['X-Long', `"${'x'.repeat(300)}" ${'y'.repeat(300)}`],
  ])('passes literally: %s: %s', (name, value) => {
    expect(composed(name, value)).toBe(value);
  });

  it('makes no line of blanks, however many it has', () => {
    for (const count of [29, 30, 75, 76, 200])
      expect(composed('X-Blanks', `a${' '.repeat(count)}b`).replace(/ +/, ' ')).toBe('a b');
  });
});

describe('a value beyond ASCII', () => {
  it.each([
    ['List-ID', 'Acmé News <news.example.org>', /^=\?UTF-8\?Q\?Acm=C3=A9\?= News <news\.example\.org>$/],
    ['List-ID', '"Acmé, Ü"<news.example.org>', /^=\?UTF-8\?Q\?[^ ?]+\?= <news\.example\.org>$/],
    [
      'List-Post',
      '<mailto:a@example.org> (für alle)',
      /^<mailto:a@example\.org> \(=\?UTF-8\?Q\?f=C3=BCr\?= alle\)$/,
    ],
    ['Disposition-Notification-To', 'Müller <a@b.example>', /^=\?UTF-8\?Q\?M=C3=BCller\?= <a@b\.example>$/],
    [
      'Return-Receipt-To',
      'Ü <a@bücher.example>, b@bücher.example',
      /^\S+ <a@xn--bcher-kva\.example>, b@xn--bcher-kva\.example$/,
    ],
    ['Keywords', 'Grüße, two', /^=\?UTF-8\?Q\?Gr=C3=BC=C3=9Fe\?=, two$/],
    ['X-Note', 'ein "grüner" Tag', /^ein =\?UTF-8\?Q\?=22gr=C3=BCner=22\?= Tag$/],
    ['X-Note', 'a\u00a0b c', /^=\?UTF-8\?Q\?a=C2=A0b\?= c$/],
  ])('is encoded where people read it: %s: %s', (name, value, expected) => {
    const written = composed(name, value);
    expect(written).toMatch(expected);
  });

  it('reads as it was given', () => {
    for (const value of [
      'für alle und jeden',
      'Ä Ö Ü',
      'a é b',
      'é'.repeat(200),
      '日本 語 x',
      '😀 '.repeat(40).trim(),
    ]) {
      expect(decodeAllEncodedWords(composed('X-Note', value))).toBe(value);
    }
  });

  it.each([
    ['List-Unsubscribe', '<https://example.org/ü>'],
    ['List-ID', 'x <bücher.example>'],
    ['Disposition-Notification-To', '<jürgen@example.org>'],
    ['Disposition-Notification-To', 'jürgen@example.org'],
    ['Auto-Submitted', 'auto-replied; owner="ü"'],
    ['Feedback-ID', 'ü:b:c'],
    ['References', '<ü@example.org>'],
  ])('is a mistake where a program reads it: %s: %s', (name, value) => {
    expect(writeFieldValue(name, value)).toHaveProperty('problem');
  });
});
