import { expect, test } from 'vitest';
import { needsHello, quickVerb } from '../../../../src/smtp/server/quick-verb.ts';

const verbOf = (line: string) => quickVerb(Buffer.from(line, 'latin1'));

test.each([
  'EHLO a.test',
  'ehlo a.test',
  'MAIL FROM:<a@b.test>',
  'rcpt to:<a@b.test>',
  'DATA',
  'QUIT',
  'Quit ',
])('the usual spelling is known: %s', (line) => {
  expect(verbOf(line)).toBe(line.slice(0, 4).toUpperCase());
});

test.each([
  'HELO a.test',
  'EHLOa.test',
  'EHLO\ta.test',
  'MAILFROM:<a@b.test>',
  'DAT',
  '',
  'QUITS',
  '\xc5HLO a',
  'toString',
])('anything else is left to the library: %j', (line) => {
  expect(verbOf(line)).toBeUndefined();
});

test('a transaction needs a client that has said who it is', () => {
  expect((['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT'] as const).filter(needsHello)).toEqual([
    'MAIL',
    'RCPT',
    'DATA',
  ]);
});
