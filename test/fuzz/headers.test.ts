/**
 * Header sections of any octets through the fix-ups: what goes out holds the relay's own lines, then every octet of what
 * came but the fields that are taken out; one From with the authors that were checked, to readers of other making as
 * well; no control field, no blind copy; and the empty line at the end, once.
 */
import fc from 'fast-check';
import addressparser from 'nodemailer/lib/addressparser';
import { describe, expect } from 'vitest';
import { parseControlHeaders } from '../../src/message/control-headers.ts';
import { prepareHeader, type PreparedHeader } from '../../src/message/fix-ups.ts';
import { parseHeaderFrom } from '../../src/message/header-from.ts';
import { decodeText, fieldText, headerEnd, parseHeaderSection } from '../../src/message/header-section.ts';
import { repairFrom } from '../../src/message/repair-from.ts';
import { isMailbox, normalizeDomain, parseMailbox } from '../../src/smtp/address.ts';
import { itHolds } from './support/fuzz.ts';
import { soup, wordSoup } from './support/octets.ts';

const context = {
  messageId: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
  hostname: 'relay.example.org',
  received: 'Received: from client\r\n\tby relay.example.org; now\r\n',
  nowMs: Date.UTC(2026, 0, 5, 9, 0, 0),
};
const TOP = `${context.received}X-Relay-Message-Id: ${context.messageId}\r\n`;

const FIELD_ALPHABET = [
  ...[
    'From: a@x.example\r\n',
    'From: b@y.example\r\n',
    'From',
    'from',
    ':',
    ' ',
    '\t',
    '\r\n',
    '\r\n ',
    '\r\n\t',
  ],
  ...['a@x.example', 'b@y.example', '<', '>', ',', '"', '(', ')', '=?utf-8?q?', '=40', '?='],
  ...[
    'Bcc: s@t.example\r\n',
    'Resent-Bcc: u@t.example\r\n',
    'Resent-Bcc',
    '\r\nb@y.example\r\n',
    'bcc',
    'Date: today\r\n',
    'Message-ID: <1@x>\r\n',
    'Subject: \xe9\r\n',
  ],
  ...[
    'Date:\r\n',
    'Message-ID: \r\n',
    'To: c@z.example\r\n',
    'Sender: a@x.example\r\n',
    'Return-Path: <a@x>\r\n',
  ],
  ...[
    'X-Relay-',
    'X-Relay-Tag: t\r\n',
    'x-relay-metadata: k=v\r\n',
    'X-Relay-Message-Id: z\r\n',
    'Received: r\r\n',
  ],
  ...[
    'garbage\r\n',
    'garbage',
    '\x01',
    '\x0b',
    '\x0c',
    '\x85',
    '\xa0',
    '\xc2\x85',
    '\xef\xbb\xbf',
    '>From ',
    'From ',
  ],
];

/** As it comes from the repair: right line ends, no NUL, up to the empty line if there is one. */
function asHeader(bytes: Buffer): Buffer {
  const text = bytes
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/\r\n|\r|\n/g, '\r\n');
  const end = text.indexOf('\r\n\r\n');
  const header = text.startsWith('\r\n') ? '\r\n' : end === -1 ? text : text.slice(0, end + 4);
  return Buffer.from(header.endsWith('\r\n') ? header : `${header}\r\n`, 'latin1');
}

const headers = fc
  .tuple(
    fc.constantFrom('', 'From: a@x.example\r\n', 'From: a@x.example\r\nDate: d\r\nMessage-ID: <1@x>\r\n'),
    soup(FIELD_ALPHABET, 12),
  )
  .map(([start, rest]) => asHeader(Buffer.concat([Buffer.from(start), rest])));

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const HEADER_EXAMPLES = [
  'From: a@x.example\r\n\r\n',
  'From : a@x.example\r\n\r\n',
  'From: a@x.example\r\nFrom\r\n : b@y.example\r\n\r\n',
  'From: a@x.example\r\n: b@y.example\r\n\r\n',
  'From: a@x.example\r\nX: y\r\n \r\n \r\nBcc: z@t.example\r\n\r\n',
  'From mbox\r\nFrom: a@x.example\r\n\r\n',
  'From: a@x.example\r\nX-Relay-Tag : t\r\n\r\n',
  'From: a@x.example\r\nMessage-ID: \r\n\t\xef\xbb\xbf\r\n\r\n',
  'From: a@x.example\r\nX-Relay-\x0bFrom: b@y.example\r\n\r\n',
  'From: a@x.example\r\nSubject: s\x1eFrom: b@y.example\r\n\r\n',
  '\xef\xbb\xbfFrom: b@y.example\r\nFrom: a@x.example\r\n\r\n',
].map(latin1);

function prepare(header: Uint8Array): PreparedHeader | undefined {
  const result = prepareHeader(header, context);
  if (!('problem' in result)) return result;
  expect(result.problem.code).toBe(554);
  expect(result.problem.text).toMatch(/^[\x20-\x7e]{1,400}$/);
  return undefined;
}

describe('a header section', () => {
  itHolds(
    'is made of fields without a gap',
    { seed: 931, runs: 1_000 },
    soup(FIELD_ALPHABET, 20),
    (bytes) => {
      const { fields, fieldsEnd } = parseHeaderSection(bytes);
      let at = 0;
      for (const field of fields) {
        expect(field.start).toBe(at);
        expect(field.valueStart).toBeGreaterThanOrEqual(field.start);
        expect(field.end).toBeGreaterThan(field.start);
        expect(field.name).toMatch(/^[!-9;-~]*$/);
        expect(field.name).toBe(field.name.toLowerCase());
        fieldText(bytes, field);
        at = field.end;
      }
      expect(fieldsEnd).toBe(at);
      expect(
        fieldsEnd === bytes.length || bytes.toString('latin1', fieldsEnd, fieldsEnd + 2) === '\r\n',
      ).toBe(true);
    },
  );

  itHolds<Buffer>(
    'keeps every octet but those of fields that are taken out',
    { seed: 932, runs: 1_500, through: 0.15, examples: HEADER_EXAMPLES },
    headers,
    (header) => {
      const before = Buffer.from(header);
      const prepared = prepare(header);
      expect(header.equals(before)).toBe(true);
      if (prepared === undefined) return false;
      const out = Buffer.from(prepared.bytes).toString('latin1');
      expect(out.startsWith(TOP)).toBe(true);
      expect(out.endsWith('\r\n\r\n')).toBe(true);
      expect(headerEnd(prepared.bytes)).toBe(prepared.bytes.length);
      expect(out).toMatch(/^(?:[^\r\n]+\r\n)+\r\n$/);

      // What was added stands on top of what was kept, which is untouched and in order.
      const below = keptOf(fieldsOf(header));
      expect(out.slice(TOP.length, -2).endsWith(below)).toBe(true);
      expect(out.slice(TOP.length, out.length - 2 - below.length)).toMatch(
        /^(?:Message-ID: [^\r\n]+\r\n)?(?:Date: [^\r\n]+\r\n)?$/,
      );
    },
  );

  itHolds<Buffer>(
    'goes out with one From, one Date, one Message-ID, and nothing that is not to be told',
    { seed: 933, runs: 1_500, through: 0.15, examples: HEADER_EXAMPLES },
    headers,
    (header) => {
      const prepared = prepare(header);
      if (prepared === undefined) return false;
      const names = fieldsOf(prepared.bytes).map(({ name }) => name);
      for (const name of ['from', 'date', 'message-id', 'x-relay-message-id'])
        expect(
          names.filter((each) => each === name),
          name,
        ).toHaveLength(1);
      expect(names).not.toContain('');
      expect(
        names.filter((name) => /^(?:(?:resent-)?bcc|return-path|x-relay-(?!message-id$).*)$/.test(name)),
      ).toEqual([]);
      // Nothing of ours is reached by what they wrote: a first line that is a continuation would be.
      const first = fieldsOf(prepared.bytes).find(({ name }) => name === 'x-relay-message-id');
      expect(first?.text).toBe(`X-Relay-Message-Id: ${context.messageId}\r\n`);
    },
  );

  itHolds<Buffer>(
    'that has been through it once comes out the same but for the trace',
    { seed: 934, runs: 1_000, through: 0.15, examples: HEADER_EXAMPLES },
    headers,
    (header) => {
      const once = prepare(header);
      if (once === undefined) return false;
      const again = prepare(once.bytes);
      // Ours is taken for a forgery, and ours again put in its place.
      expect(Buffer.from(again?.bytes ?? []).toString('latin1')).toBe(
        TOP +
          Buffer.from(once.bytes)
            .toString('latin1')
            .replace(`X-Relay-Message-Id: ${context.messageId}\r\n`, ''),
      );
      expect(again?.headerFrom).toEqual(once.headerFrom);
      expect(again?.subject).toEqual(once.subject);
      expect(again?.messageIdField).toEqual(once.messageIdField);
      expect(again?.receivedCount).toBe(once.receivedCount + 1);
    },
  );

  itHolds<Buffer>(
    'has no author more to readers that join, skip and decode as they like',
    { seed: 935, runs: 2_000, through: 0.15, examples: HEADER_EXAMPLES },
    headers,
    (header) => {
      const prepared = prepare(header);
      if (prepared === undefined) return false;
      const checked = prepared.headerFrom.map(({ localPart, domain }) =>
        `${localPart}@${domain}`.toLowerCase(),
      );
      const text = Buffer.from(prepared.bytes).toString('latin1');
      for (const [reader, values] of Object.entries(fromFieldsAsReadBy(text))) {
        for (const value of values) {
          // Whatever looks like an address, outside quotes, to one who only looks for that.
          for (const [address] of value.replace(/"[^"]*"/g, '').matchAll(/[\w.]+@[\w.]+/g))
            expect(checked, `${reader}: ${value}`).toContain(address.toLowerCase());
          for (const { address } of addressparser(value, { flatten: true }))
            if (address.includes('@'))
              expect(checked, `${reader}: ${value}`).toContain(address.toLowerCase());
        }
      }
    },
  );
});

interface TextField {
  readonly name: string;
  readonly text: string;
}

function fieldsOf(bytes: Uint8Array): TextField[] {
  return parseHeaderSection(bytes).fields.map(({ name, start, end }) => ({
    name,
    text: Buffer.from(bytes.subarray(start, end)).toString('latin1'),
  }));
}

/** The fields that stay. */
function keptOf(fields: readonly TextField[]): string {
  let kept = '';
  for (const { name, text } of fields) {
    const blank = decodeText(Buffer.from(text.slice(text.indexOf(':') + 1), 'latin1')).trim() === '';
    const goes =
      name === '' ||
      ['bcc', 'resent-bcc', 'return-path'].includes(name) ||
      name.startsWith('x-relay-') ||
      (['date', 'message-id'].includes(name) && blank);
    if (!goes) kept += name === 'from' ? fromOf(text) : text;
    // Only the lines of mailbox files are no fields and do not refuse the message.
    if (name === '') expect(text).toMatch(/^>*From /);
  }
  return kept;
}

/** As it came, or written anew where it was not understood. */
function fromOf(text: string): string {
  const colon = text.indexOf(':') + 1;
  const value = Buffer.from(text.slice(colon, -2), 'latin1');
  if (!('problem' in parseHeaderFrom(value))) return text;
  return `${text.slice(0, colon)}${Buffer.from(repairFrom(value) ?? '').toString('latin1')}\r\n`;
}

/** From fields as readers of several habits find them. */
function fromFieldsAsReadBy(header: string): Record<string, string[]> {
  const unfolded = header.replace(/\r\n(?=[ \t])/g, '');
  const find = (lines: readonly string[], pattern: RegExp) =>
    lines.flatMap((line) => {
      const match = pattern.exec(line);
      return match?.[1] === undefined ? [] : [match[1]];
    });
  const lines = unfolded.split('\r\n');
  return {
    'by the letter': find(lines, /^From:(.*)$/i),
    'white space before the colon': find(lines, /^From[ \t]*:(.*)$/i),
    'white space before the name': find(lines, /^\s*From\s*:(.*)$/i),
    // Python's splitlines(), JavaScript's \s, and others take more than CRLF for the end of a line.
    'more line ends': find(
      unfolded.split(/\r\n|[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]|(?<![\x80-\xff])\x85/),
      /^From[ \t]*:(.*)$/i,
    ),
    'lines that are no field joined to the one before': find(
      unfolded.replace(/\r\n(?![^\r\n:]*:)(?=[^\r\n]+\r\n)/g, ' ').split('\r\n'),
      /^From[ \t]*:(.*)$/i,
    ),
    'odd octets left out': find(
      lines.map((line) => line.replace(/[^\x20-\x7e]/g, '')),
      /^\s*From\s*:(.*)$/i,
    ),
  };
}

/** In the form in which authors are compared: A-labels, lower case. */
function normal(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${normalizeDomain(domain) ?? domain}`.toLowerCase();
}

const AUTHOR_ALPHABET = [
  ...[
    'a@x.example',
    'b@y.example',
    '<',
    '>',
    '<a@x.example>',
    '<b@y.example>',
    ',',
    ';',
    ':',
    ' ',
    '"',
    "'",
    '.',
  ],
  ...[
    '(',
    ')',
    '\\',
    'n',
    'N M',
    '@',
    '\t',
    '[',
    ']',
    '\r\n ',
    '\u00a0',
    '\u2028',
    '\u200b',
    '＠',
    'x.example',
  ],
  ...[
    '=?utf-8?q?',
    '?=',
    '=40',
    '=2C',
    '=?utf-8?b?YkB5LmV4YW1wbGU=?=',
    '=?utf-8?q?b=40y=2Eexample?=',
    '\ufeff',
  ],
];

/** Good lists of authors, with something put in at a place or two, and what was never one. */
const authorLists = fc.oneof(
  wordSoup(AUTHOR_ALPHABET, 10),
  fc
    .tuple(
      fc.array(
        fc.constantFrom(
          ...[
            'a@x.example',
            '<a@x.example>',
            'N M <b@y.example>',
            '"N, M" <a@x.example>',
            'G: a@x.example;',
            '(c) a@x.example',
          ],
          ...[
            '=?utf-8?q?N?= <a@x.example>',
            'a@x.example <a@x.example>',
            '[n] <b@y.example>',
            '\u00e9 <a@x.example>',
          ],
        ),
        { minLength: 1, maxLength: 2 },
      ),
      fc.array(fc.tuple(fc.nat(40), fc.constantFrom(...AUTHOR_ALPHABET), fc.nat(1)), { maxLength: 2 }),
    )
    .map(([list, changes]) =>
      changes.reduce(
        (text, [at, put, drop]) => text.slice(0, at) + put + text.slice(at + drop),
        list.join(', '),
      ),
    ),
);

describe('a From field', () => {
  itHolds(
    'names each address that any plain reader finds in it',
    { seed: 936, runs: 4_000, through: 0.1 },
    authorLists,
    (value) => {
      const authors = parseHeaderFrom(Buffer.from(value));
      if ('problem' in authors) {
        expect(authors.problem).toMatch(/^[\x20-\x7e]{1,200}$/);
        return false;
      }
      const checked = authors.map(({ localPart, domain }) => `${localPart}@${domain}`.toLowerCase());
      for (const { address } of addressparser(value.replaceAll('\r\n', ''), { flatten: true }))
        if (address !== '') expect(checked).toContain(normal(address));
      // The first and the last thing in angle brackets, which is all that some readers look at.
      for (const pattern of [/<([^<>]*@[^<>]*)>/, /^.*<([^<>]*@[^<>]*)>/s]) {
        const found = pattern.exec(value)?.[1]?.trim();
        if (found !== undefined && !value.includes('"')) expect(checked).toContain(normal(found));
      }
    },
  );
});

describe('a From field that is written anew', () => {
  itHolds(
    'has the one address that any plain reader finds in it, before and after',
    { seed: 938, runs: 6_000, through: 0.03 },
    fc.oneof(
      authorLists,
      wordSoup(AUTHOR_ALPHABET, 5).map((name) => `${name} <a@x.example>`),
      wordSoup(
        ['Smith', ',', ' ', ':', ';', '[', ']', '(', ')', '@', 'News', 'b@y', '.', '"', "'", '\t'],
        7,
      ).map((name) => `${name} <a@x.example.>`),
    ),
    (value) => {
      if (!('problem' in parseHeaderFrom(Buffer.from(value)))) return false;
      const repaired = repairFrom(Buffer.from(value));
      if (repaired === undefined) return false;
      const authors = parseHeaderFrom(Buffer.from(repaired));
      if ('problem' in authors || authors.length > 1) return false;
      const checked = authors.map(({ localPart, domain }) => `${localPart}@${domain}`.toLowerCase());
      for (const { address } of addressparser(repaired, { flatten: true }))
        if (address !== '') expect(checked, repaired).toContain(address.toLowerCase());
      for (const { address } of addressparser(value.replaceAll('\r\n', ''), { flatten: true }))
        if (isMailbox(parseMailbox(address))) expect(checked, value).toContain(normal(address));
      for (const pattern of [/<([^<>]*@[^<>]*)>/, /^.*<([^<>]*@[^<>]*)>/s]) {
        const found = pattern.exec(repaired)?.[1]?.trim();
        if (found !== undefined) expect(checked).toContain(found.toLowerCase());
      }
      return true;
    },
  );
});

const CONTROL_NAMES = [
  'stream',
  'tag',
  'metadata',
  'send-at',
  'expires-in',
  'template',
  'variables',
  'idempotency-key',
  'message-id',
  'track',
  '',
  '__proto__',
];
const CONTROL_ALPHABET = [
  ...[
    'a=b',
    '__proto__=x',
    'constructor',
    '=',
    '{"a":1}',
    '{"__proto__":{"x":1}}',
    '[',
    'null',
    '10m',
    '1h',
    '9'.repeat(12),
  ],
  ...[
    '2026-01-05T09:00:00Z',
    '2026-02-31T00:00:00Z',
    'name@1',
    'name@99999999999',
    '=?utf-8?q?',
    '=?utf-8?b?e30=?=',
    '?=',
    ' ',
    '\xe9',
  ],
];

describe('control fields', () => {
  itHolds(
    'are understood or refused in words, and reach no prototype',
    { seed: 937, runs: 1_500, through: 0.1 },
    fc.array(
      fc.record({
        name: fc.constantFrom(...CONTROL_NAMES).map((name) => `x-relay-${name}`),
        value: wordSoup(CONTROL_ALPHABET, 4),
      }),
      { maxLength: 5 },
    ),
    (fields) => {
      const read = parseControlHeaders(fields, context.nowMs);
      expect(({} as { x?: unknown }).x).toBeUndefined();
      if ('problem' in read) {
        expect(read.problem.length).toBeLessThan(400);
        expect(read.problem).toMatch(/^[\x20-\x7e]+$/);
        return false;
      }
      expect(Object.getPrototypeOf(read.metadata)).toBe(Object.prototype);
      for (const [key, value] of Object.entries(read.metadata)) {
        expect(key).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
        expect(value).not.toMatch(/\p{Cc}/u);
      }
      for (const tag of read.tags) expect(tag).toMatch(/^[\x20-\x7e]{1,64}$/);
      if (read.sendAtMs !== undefined) expect(Number.isFinite(read.sendAtMs)).toBe(true);
      if (read.expiresInMs !== undefined) expect(Number.isFinite(read.expiresInMs)).toBe(true);
    },
  );
});
