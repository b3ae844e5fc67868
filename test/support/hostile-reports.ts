/**
 * Messages made to hurt whoever reads them, each as large as what the relay keeps of a report: every one repeats what
 * some step of reading walks more than once, holds more than once, or tries in more than one way.
 */
import { KEPT_BYTES } from '../../src/inbound/report-copy.ts';

export interface HostileReport {
  readonly name: string;
  readonly make: () => Buffer;
  /** Says so much that it passes the limit of what a reading may give. */
  readonly tooTelling: boolean;
}

const TOO_TELLING = ['notice: a dialogue about others'];

const HEAD = 'From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered mail\r\n';
const MIME = `${HEAD}MIME-Version: 1.0\r\n`;
const PLAIN = 'Content-Type: text/plain\r\n';
const NOTICE = '<bob@example.net>: 550 5.1.1 no\r\n';
/** What of a header is read before mailparser gives up on it. */
const HEAD_BYTES = 120 * 1024;

function fill(piece: string | ((index: number) => string), sizeBytes = KEPT_BYTES): string {
  const pieces: string[] = [];
  for (let size = 0, index = 0; size < sizeBytes; index++) {
    const one = typeof piece === 'string' ? piece : piece(index);
    pieces.push(one);
    size += one.length;
  }
  return pieces.join('');
}

const html = (body: string) => `${MIME}Content-Type: text/html\r\n\r\n${body}`;
const text = (body: string) => `${HEAD}\r\n${body}`;
const multipart = (parts: string) =>
  `${MIME}Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n${parts}`;
const part = (type: string, body: string) => `--b\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;
const status = (fields: string) => multipart(part('message/delivery-status', fields));
const returned = (message: string) => multipart(part('text/plain', NOTICE) + part('message/rfc822', message));
const field = (name: string, value: string) => `${MIME}${name}: ${value}\r\n${PLAIN}\r\n${NOTICE}`;
const contentType = (parameters: string) => `${MIME}Content-Type: text/plain; ${parameters}\r\n\r\n${NOTICE}`;
const encoded = (encoding: string, body: string) =>
  `${MIME}${PLAIN}Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
/** Lines as long as a notice's may be. */
const lines = (piece: string) => text(fill(`${fill(piece, 980).slice(0, 980)}\r\n`));

const KINDS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  HTML: {
    'blockquotes nested 200 deep': () => html('<blockquote>'.repeat(200) + fill('<p>a')),
    'blockquotes nested 800 deep': () => html('<blockquote>'.repeat(800) + fill('<p>a')),
    'blockquotes nested 1000 deep': () => html('<blockquote>'.repeat(1000) + fill('<p>a')),
    'lists nested 300 deep': () => html('<ul><li>'.repeat(300) + fill('<br>')),
    'a table of cells': () => html(`<table><tr>${fill('<td>a')}`),
    'cells that span': () => html(`<table>${fill('<tr><td rowspan=30000 colspan=30000>')}`),
    'tags that never close': () => html(fill('<div>')),
    'tags that never end': () => html(fill(`<${'a'.repeat(1900)}`)),
    'line breaks with blanks in them': () => html(fill(`<br ${' '.repeat(1900)}`)),
    'styles that never end': () => html(fill('<style')),
    'blanks of two kinds': () => html(fill(' \u00a0')),
    'many parts of it': () => multipart(fill(part('text/html', `<p>${'a'.repeat(9_000)}`))),
  },
  structure: {
    'multiparts in multiparts': () =>
      HEAD + fill((i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`),
    'multiparts of one boundary': () =>
      MIME + fill('Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'),
    'messages in messages': () => multipart(`--b\r\n${fill('Content-Type: message/rfc822\r\n\r\n')}`),
    'reports in reports': () =>
      multipart(
        fill(
          part(
            'message/rfc822',
            `${HEAD}Content-Type: multipart/report; boundary=c\r\n\r\n${'x\r\n'.repeat(3_000)}`,
          ),
        ),
      ),
    'parts without end': () => multipart(fill('--b\r\n\r\nx\r\n')),
    'boundaries that are none': () => multipart(fill('--c\r\n')),
    'a boundary of 60,000 characters': () =>
      `${MIME}Content-Type: multipart/mixed; boundary="${'x'.repeat(60_000)}"\r\n\r\n${fill(`--${'x'.repeat(59_999)}\r\n`)}`,
    'attached names without end': () =>
      multipart(fill(`--b\r\nContent-Type: a/b; name="${'a.'.repeat(3_000)}"\r\n\r\nx\r\n`)),
  },
  fields: {
    addresses: () => field('To', fill('a@b.c,', HEAD_BYTES)),
    groups: () => field('To', fill('g:a@b.c;', HEAD_BYTES)),
    'groups in groups': () => field('To', fill('g:(', HEAD_BYTES)),
    'quotation marks': () => field('To', fill('"\\"', HEAD_BYTES)),
    'names in encoded words': () => field('To', fill('=?UTF-8?Q?a?= <a@b.c>,', HEAD_BYTES)),
    'fields of addresses': () => field('To', fill('a@b.c\r\nTo: ', HEAD_BYTES)),
    folds: () => field('X', fill('z\r\n ', HEAD_BYTES)),
    'fields of different names': () => MIME + fill((i) => `A${i}: b\r\n`, HEAD_BYTES),
    'lists of different names': () => MIME + fill((i) => `List-${i}: <a>\r\n`, HEAD_BYTES),
    references: () => field('References', fill('<a>\r\nReferences: ', HEAD_BYTES)),
    'encoded words': () => field('X', fill('=?UTF-8?B?YQ==?= ', HEAD_BYTES)),
    'encoded words that never end': () => field('X', fill('=?UTF-8?Q?', HEAD_BYTES)),
    'encoded words of charsets in turns': () =>
      field('X', fill('=?iso-2022-jp?B?GyRCJCIbKEI=?= =?utf-8?Q?=c3?= =?x?B?YQ?= ', HEAD_BYTES)),
    parameters: () => contentType(fill((i) => `a${i}=b; `, HEAD_BYTES)),
    'continued parameters': () => contentType(fill((i) => `name*${i}*=utf-8''%41; `, HEAD_BYTES)),
    'a parameter continued from far away': () => contentType(fill((i) => `n${i}*4294967295=b; `, HEAD_BYTES)),
    comments: () => contentType(fill('(', HEAD_BYTES)),
    'one field of everything': () => field('X', fill('y')),
  },
  encodings: {
    'quoted-printable of signs': () => encoded('quoted-printable', fill('=')),
    'quoted-printable of soft breaks': () => encoded('quoted-printable', fill('=\r\n')),
    'base64 of single characters': () => encoded('base64', fill('Y\r\n')),
    'flowed lines': () =>
      `${MIME}Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n${fill('> \r\n')}`,
    'escapes of iso-2022-jp': () =>
      `${MIME}Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n${fill('\u001b$B\u001b(B')}`,
    'escapes of utf-7': () => `${MIME}Content-Type: text/plain; charset=utf-7\r\n\r\n${fill('+AAA-')}`,
    'halves of gb18030': () =>
      `${MIME}Content-Type: text/plain; charset=gb18030\r\n\r\n${fill('\u0081\u0030')}`,
  },
  status: {
    recipients: () => status(fill((i) => `Final-Recipient: rfc822; a${i}@b.c\r\n\r\n`)),
    'recipients without a line between': () => status(fill('Final-Recipient: a@b.c\r\n')),
    'recipients that are no address': () => status(fill(`Final-Recipient: ${'a'.repeat(3_900)}\r\n\r\n`)),
    'statuses of parentheses': () =>
      status(fill(`Final-Recipient: a@b.c\r\nStatus: ${'('.repeat(3_900)}\r\n\r\n`)),
    'diagnostics of codes': () =>
      status(fill(`Final-Recipient: a@b.c\r\nDiagnostic-Code: ${'550-5.1.1 x '.repeat(320)}\r\n\r\n`)),
    'blank lines': () => status(fill(' \r\n')),
    'recipients beside a notice of others': () =>
      multipart(
        part(
          'text/plain',
          fill((i) => `<c${i}@b.c>: 550 no\r\n`, 60_000),
        ) +
          part(
            'message/delivery-status',
            fill((i) => `Final-Recipient: a${i}@b.c\r\n\r\n`),
          ),
      ),
    complaints: () =>
      multipart(
        part(
          'message/feedback-report',
          `Feedback-Type: abuse\r\n${fill((i) => `Original-Rcpt-To: a${i}@b.c\r\n`)}`,
        ),
      ),
  },
  notice: {
    recipients: () => text(fill((i) => `<a${i}@b.c>: host said: 550 5.1.1 no\r\n`)),
    'recipients in a row': () => text(fill((i) => `a${i}@b.c\r\n`)),
    'recipients indented': () => text(`a@b.c\r\n${fill('  b@b.c\r\n')}`),
    verdicts: () => text(fill((i) => `550 5.1.1 <a${i}@b.c>... User unknown\r\n`)),
    'a dialogue': () => text(fill((i) => `>>> RCPT To:<a${i}@b.c>\r\n<<< 550 y${i}\r\n`)),
    'a dialogue about others': () =>
      text(
        fill((i) => `<a${i}@b.c>: ${'y'.repeat(39)}z\r\n`, 30_000) +
          fill((i) => `>>> RCPT To:<c${i}@b.c>\r\n<<< 550 ${'y'.repeat(900)}\r\n`),
      ),
    sentences: () => lines('deliver to '),
    'at signs': () => lines('a@'),
    'quotation marks': () => lines('"a'),
    expansions: () => lines('(expanded from <a@b.c>) '),
    stars: () => lines('*'),
    announcements: () => lines('the original message '),
    contacts: () => lines('contact '),
    'header lines': () => text(fill('To: x\r\nFrom: y\r\n')),
    'evidence of Domino': () => text(fill('was not delivered to: ')),
    'blanks after the announcement': () => text(`the original message:\r\n${fill(' \r\n')}`),
    'JSON that is deep': () => text(`{"notificationType":"Bounce","bounce":${fill('[')}`),
    'JSON that ends often': () => text(`{"notificationType":"Bounce",${fill('} \r\n')}`),
    'failed recipients in a field': () =>
      `X-Failed-Recipients: ${fill('a@b.c, ', HEAD_BYTES)}\r\n${HEAD}\r\nno`,
  },
  returned: {
    fields: () => returned(fill('A: b\r\n')),
    recipients: () => returned(fill('To: a@b.c, =?utf-8?Q?b?= <c@b.c>\r\n')),
    subjects: () => returned(`Subject: ${fill('=?utf-8?Q?a?= ')}`),
    'blank lines': () => returned(fill(' \r\n')),
    'carriage returns': () => returned(`A: ${fill('\r')}`),
  },
};

/** Named by kind and case: `HTML: tags that never close`. */
export const HOSTILE_REPORTS: readonly HostileReport[] = Object.entries(KINDS).flatMap(([kind, cases]) =>
  Object.entries(cases).map(([name, make]) => ({
    name: `${kind}: ${name}`,
    tooTelling: TOO_TELLING.includes(`${kind}: ${name}`),
    make: () => Buffer.from(make(), 'latin1').subarray(0, KEPT_BYTES),
  })),
);
