/** Composed messages, read again by another library. */
import { simpleParser, type ParsedMail } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { encode, wrap } from 'nodemailer/lib/qp';
import { withCrlf } from '../../../src/compose/canonical-lines.ts';
import { composeMessage, composePieces } from '../../../src/compose/compose-message.ts';
import type { Attachment, Composition } from '../../../src/compose/composition.ts';
import { isNamedAddress, parseNamedAddress, type NamedAddress } from '../../../src/compose/named-address.ts';

const BY = {
  messageId: 'msg_01jh000000abcdefghjkmnpqrs',
  hostname: 'relay.example.net',
  nowMs: Date.UTC(2026, 0, 5, 9, 0, 0),
};

function address(text: string): NamedAddress {
  const parsed = parseNamedAddress(text);
  if (!isNamedAddress(parsed)) throw new Error(parsed.problem);
  return parsed;
}

function compose(parts: Partial<Composition> = {}): string {
  return composeMessage(
    {
      from: address('Ada <ada@example.org>'),
      to: [address('bob@example.net')],
      cc: [],
      replyTo: [],
      subject: 'hello',
      text: undefined,
      html: undefined,
      fields: [],
      attachments: [],
      ...parts,
    },
    BY,
  ).toString('latin1');
}

function parse(raw: string): Promise<ParsedMail> {
  return simpleParser(Buffer.from(raw, 'latin1'), { skipTextToHtml: true, skipHtmlToText: true });
}

const file = (parts: Partial<Attachment> = {}): Attachment => ({
  filename: 'a.bin',
  contentType: undefined,
  content: Buffer.from('content'),
  contentId: undefined,
  ...parts,
});

function expectWellFormed(raw: string): void {
  expect(raw).not.toMatch(/[^\r]\n|\r[^\n]/);
  expect(raw.endsWith('\r\n')).toBe(true);
  expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
}

describe('composeMessage', () => {
  it('makes a plain message of ASCII text as small as one would write it', () => {
    const raw = compose({ text: 'Hello\nBob\n' });
    expect(raw).toBe(
      [
        'From: Ada <ada@example.org>',
        'To: bob@example.net',
        'Subject: hello',
        'Message-ID: <01jh000000abcdefghjkmnpqrs@example.org>',
        'Date: Mon, 05 Jan 2026 09:00:00 +0000',
        'Content-Transfer-Encoding: 7bit',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'Hello',
        'Bob',
        '',
      ].join('\r\n'),
    );
  });

  it.each([
    ['Latin letters with accents', 'Größe: 5 €, naïve façade '.repeat(20)],
    ['mostly other letters', 'こんにちは世界 '.repeat(60)],
    ['a line longer than 998 octets', 'word '.repeat(500)],
    ['a long line without a space', 'x'.repeat(5_000)],
    ['lines that begin with dots and From', '.\n..\nFrom here\n'],
    ['white space at line ends', 'a \nb\t\nc'],
    ['an emoji at each place', '😀'.repeat(300)],
  ])('keeps text with %s', async (_what, text) => {
    const raw = compose({ text });
    expectWellFormed(raw);
    const mail = await parse(raw);
    expect(mail.text?.trimEnd()).toBe(text.trimEnd());
  });

  it('offers text and HTML as alternatives, the better one last', async () => {
    const raw = compose({ text: 'plain', html: '<p>rich <b>ü</b></p>' });
    expectWellFormed(raw);
    expect(raw).toMatch(/Content-Type: multipart\/alternative/);
    expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
    const mail = await parse(raw);
    expect(mail.text).toBe('plain');
    expect(mail.html).toBe('<p>rich <b>ü</b></p>');
  });

  it('attaches files whole, whatever their names and sizes', async () => {
    const content = Buffer.alloc(700_001, 'postern\0\r\n.\r\n');
    const raw = compose({
      text: 'see',
      attachments: [
        file({ filename: 'Rechnung №5 "final".pdf', content, contentType: 'application/pdf' }),
        file({ filename: 'empty.txt', content: Buffer.alloc(0) }),
      ],
    });
    expectWellFormed(raw);
    const mail = await parse(raw);
    expect(mail.attachments.map(({ filename }) => filename)).toEqual([
      'Rechnung №5 "final".pdf',
      'empty.txt',
    ]);
    expect(mail.attachments[0]?.content.equals(content)).toBe(true);
    expect(mail.attachments[0]?.contentType).toBe('application/pdf');
    expect(mail.attachments[1]?.contentType).toBe('text/plain');
    expect(mail.text).toBe('see');
  });

  it('puts inline images beside the HTML, and other files beside both', async () => {
    const raw = compose({
      text: 'plain',
      html: '<img src="cid:logo">',
      attachments: [file({ filename: 'logo.png', contentId: 'logo' }), file({ filename: 'a.csv' })],
    });
    expectWellFormed(raw);
    const order = [...raw.matchAll(/^Content-Type: ([a-z/]+)/gim)].map((match) => match[1]);
    expect(order).toEqual([
      'multipart/mixed',
      'multipart/alternative',
      'text/plain',
      'multipart/related',
      'text/html',
      'image/png',
      'text/csv',
    ]);
    const mail = await parse(raw);
    expect(mail.attachments.map(({ cid, related }) => [cid, related === true])).toEqual([
      ['logo', true],
      [undefined, false],
    ]);
  });

  it('sends an attachment without text as an attachment', async () => {
    const mail = await parse(compose({ attachments: [file()] }));
    expect(mail.attachments.map(({ filename }) => filename)).toEqual(['a.bin']);
  });

  it('encodes names and subjects that are not ASCII, and folds long ones', async () => {
    const subject = `Grüße an ${'alle '.repeat(60)}`.trim();
    const raw = compose({
      from: address('"Łukasz, Żółw" <l@example.org>'),
      to: [address('Bücher & Co. <b@example.net>'), address('c@example.net')],
      subject,
      text: 'x',
    });
    expectWellFormed(raw);
    expect(raw).toMatch(/^[\x00-\x7f]*$/);
    const mail = await parse(raw);
    expect(mail.subject).toBe(subject);
    expect(mail.from?.value).toEqual([{ name: 'Łukasz, Żółw', address: 'l@example.org' }]);
    expect([mail.to].flat().flatMap((each) => each?.value ?? [])).toEqual([
      { name: 'Bücher & Co.', address: 'b@example.net' },
      { name: '', address: 'c@example.net' },
    ]);
  });

  it('writes international domains as A-labels, and local parts in UTF-8 only where they need it', () => {
    expect(compose({ to: [address('bob@bücher.example')] })).toContain('To: bob@xn--bcher-kva.example');
    const raw = Buffer.from(compose({ to: [address('jürgen@example.net')] }), 'latin1').toString('utf8');
    expect(raw).toContain('To: jürgen@example.net');
  });

  it('adds fields of the client, repeated ones too', async () => {
    const fields = [
      ['X-Campaign', 'spring ü'],
      ['X-Campaign', 'second'],
      ['References', '<a@x.example> <b@x.example>'],
    ] as const;
    const raw = compose({ text: 'x', fields });
    expectWellFormed(raw);
    const mail = await parse(raw);
    expect(mail.headers.get('x-campaign')).toEqual(['spring =?UTF-8?Q?=C3=BC?=', 'second']);
    expect(mail.references).toEqual(['<a@x.example>', '<b@x.example>']);
  });

  it('never loads a file or a URL that content names', () => {
    const raw = compose({ text: 'file:///etc/passwd', html: '{"path":"/etc/passwd"}' });
    expect(raw).toContain('file:///etc/passwd');
    expect(raw).not.toContain('root:');
  });
});

describe('parseNamedAddress', () => {
  it.each([
    ['ada@example.org', '', 'ada', 'example.org'],
    [' Ada Lovelace <ada@Example.org> ', 'Ada Lovelace', 'ada', 'example.org'],
    ['"Lovelace, \\"Ada\\"" <ada@example.org>', 'Lovelace, "Ada"', 'ada', 'example.org'],
    ['<ada@example.org>', '', 'ada', 'example.org'],
    ['"ada@example.org" <ada@example.org>', 'ada@example.org', 'ada', 'example.org'],
    ['Ada @ Work <ada@example.org>', 'Ada @ Work', 'ada', 'example.org'],
    ['Müller <müller@bücher.example>', 'Müller', 'müller', 'xn--bcher-kva.example'],
  ])('reads %s', (text, name, localPart, domain) => {
    expect(parseNamedAddress(text)).toEqual({ name, mailbox: { localPart, domain } });
  });

  it.each([
    'ada',
    'ada@',
    '@example.org',
    'Ada <ada@example.org',
    'ada@example.org, bob@example.org',
    'Ada <ada@example.org>\r\nBcc: eve@example.org',
    'Ada\0 <ada@example.org>',
    '"a,b"@example.org',
    'a <b> <c@example.org>',
  ])('refuses %j', (text) => {
    expect(parseNamedAddress(text)).toHaveProperty('problem');
  });
});

describe('a large message', () => {
  it('has its line ends made right as those of a small one are', () => {
    const mixed = 'a\nb\r\nc\rd\n\r\n\r\r\ne\u{1f600}ü';
    const pieces = mixed.replace(/\r\n|\r|\n/g, '\r\n');
    expect(withCrlf(mixed)).toBe(pieces);
    expect(withCrlf(`${mixed}\n`.repeat(10_000)) === `${pieces}\r\n`.repeat(10_000)).toBe(true);
  });

  it('encodes a long text in pieces as it would whole', () => {
    const text = Array.from({ length: 20_000 }, (_, index) =>
      index % 7 === 0
        ? ''
        : `Zeile ${index} = ${'wörter '.repeat(index % 30)}\u{1f600}${' '.repeat(index % 3)}`,
    ).join('\r\n');
    const raw = compose({ text: `${text}\r\n` });
    expect(raw.slice(raw.indexOf('\r\n\r\n') + 4) === wrap(encode(`${text}\r\n`))).toBe(true);
  });

  it('gives a large message away piece by piece', () => {
    const composition = {
      from: address('ada@example.org'),
      to: [address('bob@example.net')],
      cc: [],
      replyTo: [],
      subject: 'large',
      text: '\n'.repeat(500_000),
      html: `<p>${'ä'.repeat(500_000)}`,
      fields: [],
      attachments: [file({ content: Buffer.alloc(1_000_000) })],
    };
    const pieces = [...composePieces(composition, BY)];
    expect(pieces.length).toBeGreaterThan(20);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(512 * 1024);
    expect([...composePieces({ ...composition, text: 'ä', html: '<p>', attachments: [] }, BY)]).toHaveLength(
      1,
    );
  });

  it('cuts a line of a million characters where readers put it together again', async () => {
    for (const text of ['a'.repeat(1_000_000), 'x\u{1f600}'.repeat(200_000), 'ä '.repeat(300_000)]) {
      const raw = compose({ html: text });
      expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
      const { html } = await parse(raw);
      expect(typeof html === 'string' && html.trimEnd() === text.trimEnd()).toBe(true);
    }
  });
});
