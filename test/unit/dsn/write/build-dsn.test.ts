import { spawnSync } from 'node:child_process';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { buildDsn, MAX_DSN_RECIPIENTS, type DsnInput } from '../../../../src/dsn/write/build-dsn.ts';
import type { DsnRecipient } from '../../../../src/dsn/write/dsn-facts.ts';

const HEADER = Buffer.from(
  [
    'Received: from app.example.com ([192.0.2.9]) by relay.example.com with ESMTPSA',
    '\tid msg_01; Mon, 05 Jan 2026 09:00:00 +0000',
    'X-Relay-Message-Id: msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
    'From: Alice <alice@example.com>',
    'To: bob@example.org',
    'Subject: Your order',
    'Message-ID: <1234@app.example.com>',
    '',
    '',
  ].join('\r\n'),
);

const BOB: DsnRecipient = {
  recipient: 'bob@example.org',
  originalRecipient: 'rfc822;bob@example.org',
  status: '5.1.1',
  remoteHost: 'mx1.example.org',
  reply: '550 5.1.1 <bob@example.org>: Recipient address rejected: User unknown',
  replied: true,
  meaning: 'The receiving server says that this mailbox does not exist.',
  action: 'Check the address for typing errors and remove it from the list.',
  lastAttemptAtMs: Date.parse('2026-01-05T09:00:05Z'),
};

function build(changes: Partial<DsnInput> = {}) {
  return buildDsn({
    reportingMta: 'relay.example.com',
    fromDomain: 'example.com',
    to: 'alice@example.com',
    messageIdField: '<report.1@relay.example.com>',
    nowMs: Date.parse('2026-01-05T09:00:06Z'),
    random: { bytes: (length) => new Uint8Array(length).fill(0xab), float: () => 0.5 },
    original: {
      id: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
      messageIdField: '<1234@app.example.com>',
      subject: 'Your order',
      acceptedAtMs: Date.parse('2026-01-05T09:00:00Z'),
      envelopeId: 'QQ314159',
    },
    returned: { kind: 'header', bytes: HEADER },
    outcome: 'failed',
    recipients: [BOB],
    ...changes,
  });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

const CARLOS: DsnRecipient = {
  ...BOB,
  recipient: 'josé@xn--caf-dma.example',
  originalRecipient: 'utf-8;josé@café.example',
  status: '5.6.7',
  remoteHost: undefined,
  reply: 'the host does not offer SMTPUTF8, which josé needs',
  replied: false,
};

const LATIN1_HEADER = Buffer.from(
  HEADER.toString('latin1').replace('Your order', 'Gr\u00fc\u00dfe'),
  'latin1',
);
const UTF8_HEADER = Buffer.from(HEADER.toString().replace('Your order', 'Grüße'));
const LONG_HEADER = Buffer.from(HEADER.toString().replace('Your order', 'x'.repeat(2000)));
const WHOLE = Buffer.concat([HEADER, Buffer.from('Hello Bob,\r\n.\r\nbye\r\n')]);
const WHOLE_8BIT = Buffer.concat([HEADER, Buffer.from('Grüße\r\n')]);
const WHOLE_LONG_LINES = Buffer.concat([HEADER, Buffer.from(`${'x'.repeat(3000)}\r\n`)]);

describe('a failure report', () => {
  const report = build();
  const message = text(report.bytes);

  it('comes from mailer-daemon of the sending domain, goes to the reverse-path and names the failure', () => {
    const header = message.slice(0, report.headerSizeBytes);
    expect(header.endsWith('\r\n\r\n')).toBe(true);
    expect(header).toContain('From: Mail Delivery System <mailer-daemon@example.com>\r\n');
    expect(header).toContain('To: <alice@example.com>\r\n');
    expect(header).toContain('Subject: Not delivered to bob@example.org (5.1.1)\r\n');
    expect(header).toContain('Date: Mon, 05 Jan 2026 09:00:06 +0000\r\n');
    expect(header).toContain('Message-ID: <report.1@relay.example.com>\r\n');
    expect(header).toContain('In-Reply-To: <1234@app.example.com>\r\nReferences: <1234@app.example.com>\r\n');
    expect(header).toContain('Auto-Submitted: auto-replied\r\n');
    expect(header).toContain('Content-Transfer-Encoding: 7bit\r\n');
    expect(report).toMatchObject({
      bodyType: '7bit',
      smtpUtf8: false,
      headerFrom: 'mailer-daemon@example.com',
    });
  });

  it('tells a person what happened, what the server said and what to do', () => {
    expect(message).toContain('Your message could not be delivered to this recipient.');
    expect(message).toContain('bob@example.org\r\n  What happened: The receiving server says');
    expect(message).toContain('  The server mx1.example.org said: 550 5.1.1');
    expect(message).toContain('  What to do: Check the address for typing errors');
    expect(message).toContain('Message: msg_01k9q3aaaaaaaaaaaaaaaaaaaa');
  });

  it('tells a program everything that RFC 3464 asks for', () => {
    expect(message).toContain(
      [
        'Content-Type: message/delivery-status',
        'Content-Transfer-Encoding: 7bit',
        '',
        'Original-Envelope-Id: QQ314159',
        'Reporting-MTA: dns; relay.example.com',
        'Arrival-Date: Mon, 05 Jan 2026 09:00:00 +0000',
        'X-Relay-Message-Id: msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
        '',
        'Original-Recipient: rfc822; bob@example.org',
        'Final-Recipient: rfc822; bob@example.org',
        'Action: failed',
        'Status: 5.1.1',
        'Remote-MTA: dns; mx1.example.org',
        'Diagnostic-Code: smtp; 550 5.1.1 <bob@example.org>: Recipient address',
        ' rejected: User unknown',
        'Last-Attempt-Date: Mon, 05 Jan 2026 09:00:05 +0000',
        '',
      ].join('\r\n'),
    );
  });

  it('leaves out what is not known, and keeps own words apart from replies', () => {
    const unreached = build({
      recipients: [
        {
          ...BOB,
          remoteHost: undefined,
          originalRecipient: undefined,
          lastAttemptAtMs: undefined,
          replied: false,
          reply: 'example.org does not exist',
        },
      ],
    });
    const body = text(unreached.bytes);
    expect(body).not.toMatch(/^(Remote-MTA|Original-Recipient|Last-Attempt-Date):/m);
    expect(body).toContain('Diagnostic-Code: x-postern; example.org does not exist');
    expect(body).toContain('In detail: example.org does not exist (5.1.1)');
  });

  it('is not changed by what a remote writes into its reply', () => {
    const hostile = build({
      recipients: [{ ...BOB, reply: '550 no\r\n\r\n--=_report_\r\nBcc: x@example.net\r\n.\r\n\u0000' }],
    });
    expect(text(hostile.bytes)).toContain(
      'Diagnostic-Code: smtp; 550 no --=_report_ Bcc: x@example.net .\r\n',
    );
  });

  it.each([
    ['ASCII', HEADER, 'text/rfc822-headers', '7bit'],
    ['UTF-8', UTF8_HEADER, 'message/global-headers', '8bit'],
    ['Latin-1', LATIN1_HEADER, 'text/rfc822-headers', 'quoted-printable'],
    ['very long lines', LONG_HEADER, 'text/rfc822-headers', 'quoted-printable'],
  ])('returns a header section of %s in a form that may be sent', (_name, bytes, contentType, encoding) => {
    const body = text(build({ returned: { kind: 'header', bytes } }).bytes);
    expect(body).toContain(`Content-Type: ${contentType}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`);
  });

  it.each([
    ['7-bit', WHOLE, 'message/rfc822', '7bit', '7bit'],
    ['8-bit', WHOLE_8BIT, 'message/rfc822', '8bit', '8bitmime'],
    [
      'with a UTF-8 header',
      Buffer.concat([UTF8_HEADER, Buffer.from('x')]),
      'message/global',
      '8bit',
      '8bitmime',
    ],
    ['with lines that no server takes', WHOLE_LONG_LINES, 'text/rfc822-headers', '7bit', '7bit'],
  ] as const)('returns the whole message when asked: %s', (_name, bytes, contentType, encoding, bodyType) => {
    const whole = build({ returned: { kind: 'message', bytes } });
    expect(text(whole.bytes)).toContain(
      `Content-Type: ${contentType}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\nReceived: `,
    );
    expect(whole.bodyType).toBe(bodyType);
  });

  it('cuts a huge header section at the end of a field', () => {
    const many = Buffer.from('X-Filler: 0123456789\r\n'.repeat(5000) + '\r\n');
    const cut = build({ returned: { kind: 'header', bytes: many } });
    expect(cut.bytes.length).toBeLessThan(40_000);
    expect(text(cut.bytes)).toMatch(/X-Filler: 0123456789\r\n\r\n--=_report_/);
  });

  it('needs SMTPUTF8 only for a reverse-path outside ASCII', () => {
    expect(build({ to: 'josé@example.com' })).toMatchObject({ smtpUtf8: true, bodyType: '8bitmime' });
    expect(build({ recipients: [CARLOS] })).toMatchObject({ smtpUtf8: false, bodyType: '8bitmime' });
  });

  it('writes addresses outside ASCII with the address type utf-8', () => {
    const body = text(build({ recipients: [CARLOS] }).bytes);
    expect(body).toContain('Content-Type: message/global-delivery-status\r\n');
    expect(body).toContain('Original-Recipient: utf-8; josé@café.example\r\n');
    expect(body).toContain('Final-Recipient: utf-8; josé@xn--caf-dma.example\r\n');
    expect(body).toMatch(/^Subject: =\?UTF-8\?B\?/m);
  });

  it('keeps every line within 998 octets and ends each with CRLF, whatever it is made of', () => {
    const long = 'y'.repeat(5000);
    for (const returned of [HEADER, LONG_HEADER, LATIN1_HEADER, WHOLE_LONG_LINES]) {
      const odd = build({
        returned: { kind: 'message', bytes: returned },
        to: `${'a'.repeat(64)}@${'b'.repeat(60)}.example`,
        original: {
          id: long,
          messageIdField: `<${long}@x>`,
          subject: long,
          acceptedAtMs: 0,
          envelopeId: long,
        },
        recipients: [BOB, { ...CARLOS, reply: long, meaning: long, action: long, originalRecipient: long }],
      });
      const content = Buffer.from(odd.bytes).toString('latin1');
      expect(content.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(Math.max(...content.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    }
  });

  it('with the most recipients and the longest replies stays within one chunk of the store', () => {
    const worst = {
      ...CARLOS,
      reply: '\u{1f4eb}'.repeat(500),
      replied: true,
      meaning: 'x '.repeat(150),
      action: 'y '.repeat(150),
    };
    const full = build({
      recipients: Array.from({ length: MAX_DSN_RECIPIENTS }, () => worst),
      returned: { kind: 'header', bytes: Buffer.from(`${'X: é\r\n'.repeat(9000)}\r\n`, 'latin1') },
    });
    expect(full.bytes.length).toBeLessThan(256 * 1024);
    expect(full.subject).toBe('Not delivered to josé@xn--caf-dma.example (5.6.7) and 49 more');
  });
});

describe('a failure report read back', () => {
  it('by mailparser has its text, its report and the returned header', async () => {
    const mail = await simpleParser(
      Buffer.from(
        build({ recipients: [BOB, CARLOS], returned: { kind: 'header', bytes: UTF8_HEADER } }).bytes,
      ),
    );
    expect(mail.from?.text).toBe('"Mail Delivery System" <mailer-daemon@example.com>');
    expect(mail.subject).toBe('Not delivered to bob@example.org (5.1.1) and 1 more');
    expect(mail.text).toContain('josé@xn--caf-dma.example');
    expect(mail.inReplyTo).toBe('<1234@app.example.com>');
  });

  const python = spawnSync('python3', ['--version']).status === 0;
  it.skipIf(!python)("by Python's email package has the parts, types and fields (needs python3)", () => {
    const read = (bytes: Uint8Array): PythonMessage => {
      const run = spawnSync('python3', ['-c', READ_REPORT], { input: bytes });
      expect(run.stderr.toString()).toBe('');
      return JSON.parse(run.stdout.toString()) as PythonMessage;
    };
    const ascii = read(
      build({
        recipients: [BOB, { ...BOB, recipient: '"a  b"@example.org', status: '4.4.7' }],
        returned: { kind: 'message', bytes: WHOLE },
      }).bytes,
    );
    expect(ascii).toMatchObject({
      type: 'multipart/report',
      reportType: 'delivery-status',
      defects: [],
      subject: 'Not delivered to bob@example.org (5.1.1) and 1 more',
      parts: ['text/plain', 'message/delivery-status', 'message/rfc822'],
    });
    expect(ascii.groups).toEqual([
      expect.objectContaining({
        'reporting-mta': 'dns; relay.example.com',
        'original-envelope-id': 'QQ314159',
      }),
      expect.objectContaining({
        'final-recipient': 'rfc822; bob@example.org',
        action: 'failed',
        status: '5.1.1',
        'diagnostic-code': `smtp; ${BOB.reply}`,
      }),
      expect.objectContaining({ 'final-recipient': 'rfc822; "a  b"@example.org', status: '4.4.7' }),
    ]);
    expect(ascii.returned).toContain('Message-ID: <1234@app.example.com>');
    expect(ascii.text).toContain('What to do: Check the address');

    const delayed = read(
      build({
        outcome: 'delayed',
        recipients: [
          {
            ...BOB,
            status: '4.4.1',
            reply: '451 4.4.1 busy',
            willRetryUntilMs: Date.parse('2026-01-09T09:00:00Z'),
          },
        ],
      }).bytes,
    );
    expect(delayed).toMatchObject({ defects: [], subject: 'Delayed: bob@example.org (4.4.1)' });
    expect(delayed.groups[1]).toMatchObject({
      action: 'delayed',
      status: '4.4.1',
      'will-retry-until': 'Fri, 09 Jan 2026 09:00:00 +0000',
    });
    expect(delayed.text).toContain('you need not send it again');

    const relayed = read(
      build({
        outcome: 'relayed',
        recipients: [{ ...BOB, status: '2.0.0', reply: '250 2.0.0 queued' }],
      }).bytes,
    );
    expect(relayed).toMatchObject({ defects: [], subject: 'Relayed to bob@example.org (2.0.0)' });
    expect(relayed.groups[1]).toMatchObject({ action: 'relayed', status: '2.0.0' });
    expect(relayed.text).not.toContain('What to do');

    const international = read(
      build({
        to: 'josé@example.com',
        recipients: [CARLOS],
        returned: { kind: 'header', bytes: UTF8_HEADER },
      }).bytes,
    );
    expect(international).toMatchObject({
      defects: [],
      to: 'josé@example.com',
      subject: 'Not delivered to josé@xn--caf-dma.example (5.6.7)',
      parts: ['text/plain', 'message/global-delivery-status', 'message/global-headers'],
    });
    expect(international.text).toContain('which josé needs');

    const latin1 = read(build({ returned: { kind: 'header', bytes: LATIN1_HEADER } }).bytes);
    expect(latin1.returned).toContain('Subject: Gr\u00fc\u00dfe');
    const long = read(build({ returned: { kind: 'header', bytes: LONG_HEADER } }).bytes);
    expect(long.returned).toContain(`Subject: ${'x'.repeat(2000)}`);
  });
});

interface PythonMessage {
  readonly type: string;
  readonly reportType: string;
  readonly defects: readonly string[];
  readonly subject: string;
  readonly to: string;
  readonly parts: readonly string[];
  readonly groups: readonly Readonly<Record<string, string>>[];
  readonly text: string;
  readonly returned: string;
}

const READ_REPORT = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.SMTPUTF8)
parts = list(m.iter_parts())
defects = [repr(d) for d in m.defects]
for p in parts: defects += [repr(d) for d in p.defects]
groups = []
if parts[1].get_content_type() == 'message/delivery-status':
    for g in parts[1].get_payload():
        if g.items(): groups.append({k.lower(): ' '.join(str(v).split('\\n')) for k, v in g.items()})
third = parts[2]
if third.get_content_maintype() == 'message':
    returned = third.get_payload(0).as_string()
else:
    returned = third.get_payload(decode=True).decode('latin1')
json.dump({
    'type': m.get_content_type(), 'reportType': m.get_param('report-type'), 'defects': defects,
    'subject': str(m['subject']), 'to': str(m['to']),
    'parts': [p.get_content_type() for p in parts], 'groups': groups,
    'text': parts[0].get_content(), 'returned': returned,
}, sys.stdout)
`;
