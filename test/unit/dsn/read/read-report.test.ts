import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildDsn } from '../../../../src/dsn/write/build-dsn.ts';
import { readReport } from '../../../../src/dsn/read/read-report.ts';
import type { Report } from '../../../../src/dsn/read/report.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../../fixtures/reports');

async function read(name: string): Promise<Report> {
  return await readReport(readFileSync(path.join(FIXTURES, `${name}.eml`)));
}

async function readText(...lines: readonly string[]): Promise<Report> {
  return await readReport(Buffer.from(lines.join('\r\n')));
}

/** The message that most fixtures are about. */
const RETURNED = {
  messageId: '<n42@shop.example>',
  relayMessageId: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
  subject: 'Grüße und 550 Neuigkeiten',
  to: ['bob@example.org'],
};

describe('a delivery report', () => {
  it('gives each recipient with its reply, what was answered, and the message that it is about', async () => {
    const { recipients, returned, form } = await read('postfix-two-recipients');
    expect(form).toBe('rfc3464');
    expect(recipients).toMatchObject([
      {
        kind: 'bounce',
        action: 'failed',
        recipient: 'bob@inner.example.org',
        originalRecipient: 'bob@example.org',
        status: '5.1.1',
        reply: { code: 550, status: '5.1.1' },
        stage: 'rcpt',
        remoteMta: 'mx1.example.org',
      },
      {
        kind: 'bounce',
        action: 'failed',
        recipient: 'dora@example.org',
        status: '4.2.2',
        reply: { code: 452, text: '<dora@example.org> mailbox over quota' },
        stage: 'final',
      },
    ]);
    expect(returned).toEqual(RETURNED);
  });

  it('takes the lines of a long reply from the dialogue, without the codes between', async () => {
    const { recipients } = await read('sendmail-transcript');
    expect(recipients).toMatchObject([
      {
        recipient: 'bob@example.org',
        stage: 'final',
        reply: {
          code: 550,
          status: '5.7.1',
          text: 'This message was refused because it has neither SPF nor DKIM, and dmarc of the domain says reject.',
        },
      },
    ]);
  });

  it('has its reply where Exchange 2003 puts it', async () => {
    const { recipients } = await readText(
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mail.s.example',
      '',
      'Final-Recipient: rfc822; bob@example.org',
      'Action: failed',
      'Status: 5.0.0',
      'X-Supplementary-Info: <mx.example.org #5.0.0 smtp;',
      ' 550 5.2.1 this mailbox is disabled>',
      '',
      '--b--',
    );
    expect(recipients).toMatchObject([
      { status: '5.2.1', reply: { code: 550, status: '5.2.1', text: 'this mailbox is disabled' } },
    ]);
  });

  it('is read in UTF-8', async () => {
    const { recipients } = await read('utf8-recipient');
    expect(recipients).toMatchObject([
      { recipient: 'jörg@example.org', originalRecipient: 'jörg@example.org', status: '5.6.7' },
    ]);
  });

  it('of success is no bounce', async () => {
    const { recipients } = await read('success');
    expect(recipients).toMatchObject([{ kind: 'delivered', action: 'relayed', status: '2.0.0' }]);
  });

  it('is found within a message that forwards it', async () => {
    const { recipients } = await read('forwarded-report');
    expect(recipients).toMatchObject([{ recipient: 'bob@example.org', status: '5.1.1' }]);
  });

  it('that this relay wrote is read back whole', async () => {
    const notice = buildDsn({
      reportingMta: 'relay.example.com',
      fromDomain: 'example.com',
      to: 'alice@example.com',
      messageIdField: '<report.1@relay.example.com>',
      nowMs: Date.parse('2026-01-05T09:00:06Z'),
      random: { bytes: (length) => new Uint8Array(length).fill(0xab), float: () => 0.5 },
      outcome: 'failed',
      original: {
        id: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
        messageIdField: '<1@app.example.com>',
        subject: 'Your order',
        acceptedAtMs: Date.parse('2026-01-05T09:00:00Z'),
        envelopeId: undefined,
      },
      returned: {
        kind: 'header',
        bytes: Buffer.from('To: bob@example.org\r\nMessage-ID: <1@app.example.com>\r\n\r\n'),
      },
      recipients: [
        {
          recipient: 'bob@example.org',
          originalRecipient: 'rfc822;bob@example.org',
          status: '5.1.1',
          remoteHost: 'mx1.example.org',
          reply: '550 5.1.1 <bob@example.org>: User unknown',
          replied: true,
          meaning: 'The receiving server says that this mailbox does not exist.',
          action: 'Check the address.',
          lastAttemptAtMs: Date.parse('2026-01-05T09:00:05Z'),
        },
      ],
    });
    expect(await readReport(notice.bytes)).toMatchObject({
      recipients: [
        {
          recipient: 'bob@example.org',
          originalRecipient: 'bob@example.org',
          action: 'failed',
          reply: { code: 550, status: '5.1.1', text: '<bob@example.org>: User unknown' },
          remoteMta: 'mx1.example.org',
        },
      ],
      returned: {
        messageId: '<1@app.example.com>',
        relayMessageId: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
        to: ['bob@example.org'],
      },
    });
  });
});

describe('the fields of a delivery report', () => {
  const report = (...fields: readonly string[]) =>
    readText(
      'From: MAILER-DAEMON@mx.example.net',
      'Content-Type: multipart/report; boundary="b"',
      'MIME-Version: 1.0',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      ...fields,
      '',
      '--b--',
    );

  it.each([
    ['Final-Recipient: rfc822; <bob@example.org>', 'bob@example.org'],
    ['Final-Recipient: bob@example.org', 'bob@example.org'],
    ['FINAL-RECIPIENT:RFC822;bob@example.org (Bob)', 'bob@example.org'],
    ['Final-Recipient: x400; /S=bob/C=gb/\r\nOriginal-Recipient: rfc822; bob@example.org', 'bob@example.org'],
    [
      'Final-Recipient: rfc822; bob@backend\r\nOriginal-Recipient: rfc822; bob@example.org',
      'bob@example.org',
    ],
    ['Final-Recipient: rfc822; "b. ob"@example.org', '"b. ob"@example.org'],
    ['Final-Recipient: rfc822;|/usr/bin/filter bob@example.org', 'bob@example.org'],
    ['Original-Recipient: <bob@example.org>', 'bob@example.org'],
  ])('name a recipient: %j', async (fields, recipient) => {
    const { recipients } = await report('Reporting-MTA: dns; mx.example.net', '', fields, 'Action: failed');
    expect(recipients.map((one) => one.recipient)).toEqual([recipient]);
  });

  it('may stand without blank lines, in any order, with comments', async () => {
    const { recipients } = await report(
      'Reporting-MTA: dns; mx.example.net',
      'Action: failed',
      'Final-Recipient: rfc822; a@example.org',
      'Status: 5.0.0 (permanent failure)',
      'Diagnostic-Code: smtp; 550-Please',
      '550-turn it',
      '550 off.',
      'Final-Recipient: rfc822; b@example.org',
      'Action: delayed (still trying)',
      'Status: 4.4.1',
    );
    expect(recipients).toMatchObject([
      { recipient: 'a@example.org', action: 'failed', reply: { code: 550, text: 'Please turn it off.' } },
      { recipient: 'b@example.org', action: 'delayed', status: '4.4.1', reply: undefined },
    ]);
  });

  it.each([
    ['Status: 5.1.1\r\nDiagnostic-Code: smtp; 552 5.2.2 Over quota', '5.2.2'],
    ['Status: 4.0.0\r\nDiagnostic-Code: smtp; 554 No SMTP service', '4.0.0'],
    ['Status: 5.0.0\r\nDiagnostic-Code: smtp; 550 sorry (#5.1.1)', '5.1.1'],
    ['Diagnostic-Code: smtp; 554 4.4.7 Message expired', '4.4.7'],
    ['Diagnostic-Code: X-Unix; 67', undefined],
  ])("give the status, a reply's own first: %j", async (fields, status) => {
    const { recipients } = await report('Final-Recipient: rfc822; a@example.org', 'Action: failed', fields);
    expect(recipients[0]?.status).toBe(status);
  });
});

describe('a notice that follows no RFC', () => {
  it('says beside the address what it was expanded from, over as many lines as it needs', async () => {
    const { recipients } = await readText(
      'From: Mail Delivery System <MAILER-DAEMON@s.example>',
      'Subject: Undelivered Mail Returned to Sender',
      '',
      '<bob@example.org> (expanded from <team@s.example>): User unknown in',
      '    virtual alias table',
    );
    expect(recipients).toMatchObject([
      {
        recipient: 'bob@example.org',
        originalRecipient: 'team@s.example',
        text: 'User unknown in virtual alias table',
      },
    ]);
  });

  it('may put the status in parentheses', async () => {
    const { recipients } = await readText(
      'From: Mail Delivery Subsystem <MAILER-DAEMON@s.example>',
      'Subject: Failed to deliver message',
      '',
      "<bob@example.org> (host 'mx.example.org' rejected command 'RCPT TO' with code 550 (5.1.2) 'Gone away.')",
    );
    expect(recipients).toMatchObject([{ reply: { code: 550, status: '5.1.2' }, stage: 'rcpt' }]);
  });

  it('of Exim names recipients of several kinds', async () => {
    const { recipients, returned, form } = await read('exim-text');
    expect(form).toBe('exim');
    expect(recipients).toMatchObject([
      { recipient: 'bob@example.org', reply: { code: 550 }, stage: 'rcpt', remoteMta: 'mx1.example.org' },
      { recipient: 'dora@example.com', reply: undefined, text: 'Unrouteable address' },
      {
        recipient: 'eve@example.org',
        originalRecipient: 'support@example.org',
        text: 'retry timeout exceeded',
      },
    ]);
    expect(returned).toEqual(RETURNED);
  });

  it('of qmail tells what was answered', async () => {
    const { recipients } = await read('qmail-text');
    expect(recipients).toMatchObject([
      { recipient: 'bob@example.org', status: '5.1.1', stage: 'rcpt' },
      { recipient: 'dora@example.org', status: undefined, stage: 'final', reply: { text: 'User unknown' } },
    ]);
  });

  it('that only warns is a delay', async () => {
    const { recipients } = await read('exim-warning');
    expect(recipients).toMatchObject([{ action: 'delayed', status: '4.1.1', stage: 'rcpt' }]);
  });

  it('of a mailer that owns the mailbox says so', async () => {
    const { recipients } = await read('domino-text');
    expect(recipients).toMatchObject([{ recipient: 'bob@example.org', ownMailbox: true, reply: undefined }]);
  });

  it('of a mailer that nobody knows is read all the same, help desk aside', async () => {
    const { recipients, returned } = await read('unknown-mailer');
    expect(recipients).toMatchObject([
      {
        recipient: 'bob@example.org',
        status: '5.2.2',
        reply: { code: 552, text: 'The mailbox of this user is full' },
      },
    ]);
    expect(returned).toEqual(RETURNED);
  });

  it('may be HTML', async () => {
    const { recipients } = await read('html-only');
    expect(recipients).toMatchObject([
      { recipient: 'bob@example.org', reply: { code: 550, status: '5.1.1' } },
    ]);
  });

  it('may be JSON that a mailer has broken into lines', async () => {
    const { recipients, returned } = await read('ses-notification');
    expect(recipients).toMatchObject([
      { recipient: 'bob@example.org', reply: { code: 550, status: '5.1.1' } },
    ]);
    expect(returned).toMatchObject({ messageId: '<n42@shop.example>' });
  });

  const notice = (...lines: readonly string[]) =>
    readText('From: MAILER-DAEMON@mx.example.net', 'Subject: Undelivered mail', '', ...lines);

  it.each([
    ['<bob@example.org>: 550 5.1.1 gone'],
    ['bob@example.org: 550 5.1.1 gone'],
    ['bob@example.org [550 5.1.1 gone]'],
    ['\tbob@example.org (550 5.1.1 gone)'],
    ['550 5.1.1 <bob@example.org>... gone'],
    ['   * bob@example.org\r\n\r\nDetails:\r\nSMTP:RCPT host 192.0.2.8: 550 5.1.1 gone'],
    ['Failed to deliver to "bob@example.org"\r\nThe server said: 550 5.1.1 gone'],
    ['Recipient: [SMTP:bob@example.org]\r\nReason: Remote SMTP Server Returned: 550 5.1.1 gone'],
    ['Server <mx> rejected recipient <bob@example.org>\r\n  It responded as follows: [550 5.1.1 gone]'],
    ["bob@example.org\r\nRemote Server returned '550 5.1.1 gone'"],
    ['bob@example.org\r\n#550 5.1.1 gone ##'],
    ['bob@example.org Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 gone'],
    [
      'Could not be delivered because of\r\n\r\n550 5.1.1 gone\r\n\r\nThe following recipients were affected:\r\n    bob@example.org',
    ],
    ['>>> RCPT To:<bob@example.org>\r\n<<< 550 5.1.1 gone'],
    ['Sent <<< RCPT TO:<bob@example.org>\r\nReceived >>> 550 5.1.1 gone'],
    [
      ' Out: 220 mx\r\n In:  RCPT TO:<bob@example.org>\r\n Out: 550 5.1.1 gone\r\n In:  QUIT\r\n Out: 221 Bye',
    ],
  ])('gives recipient and reply: %j', async (lines) => {
    const { recipients } = await notice(lines);
    expect(recipients).toMatchObject([
      { recipient: 'bob@example.org', status: '5.1.1', reply: { code: 550, status: '5.1.1', text: 'gone' } },
    ]);
  });

  it('gives the same reason to recipients in a row', async () => {
    const { recipients } = await notice('a@example.org', 'b@example.org', '', '  554 5.7.1 no thanks');
    expect(recipients).toMatchObject([
      { recipient: 'a@example.org', reply: { code: 554 } },
      { recipient: 'b@example.org', reply: { code: 554 } },
    ]);
  });

  it('takes nothing from the returned message', async () => {
    for (const name of ['exim-text', 'qmail-text', 'unknown-mailer', 'html-only']) {
      const { recipients } = await read(name);
      expect(recipients.map(({ recipient }) => recipient)).not.toContain('carol@example.org');
    }
  });

  it('without recipients falls back to the field that names them, then to the returned message', async () => {
    const failed = await readText(
      'From: MAILER-DAEMON@mx.example.net',
      'X-Failed-Recipients: a@example.org, b@example.org',
      'Subject: failure',
      '',
      'It failed.',
    );
    expect(failed.recipients.map(({ recipient }) => recipient)).toEqual(['a@example.org', 'b@example.org']);
    const returned = await notice(
      'It failed.',
      '',
      '--- Original message ---',
      'To: c@example.org',
      'Subject: x',
    );
    expect(returned.recipients.map(({ recipient }) => recipient)).toEqual(['c@example.org']);
  });
});

describe('a complaint', () => {
  it('is read with all its recipients', async () => {
    const { recipients, returned, form } = await read('complaint');
    expect(form).toBe('rfc5965');
    expect(recipients).toMatchObject([
      { kind: 'complaint', recipient: 'bob@example.org', feedbackType: 'abuse', status: undefined },
      { kind: 'complaint', recipient: 'dora@example.org', feedbackType: 'abuse' },
    ]);
    expect(returned).toEqual(RETURNED);
  });

  it('that hides the recipient is about the returned message', async () => {
    const { recipients } = await readText(
      'From: staff@hotmail.com',
      'Subject: complaint about message from 192.0.2.20',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b"',
      '',
      '--b',
      'Content-Type: message/rfc822',
      '',
      'X-HmXmrOriginalRecipient: <bob@example.org>',
      'To: undisclosed',
      '',
      'x',
      '--b--',
    );
    expect(recipients).toMatchObject([
      { kind: 'complaint', recipient: 'bob@example.org', feedbackType: 'abuse' },
    ]);
  });
});

describe('an automatic reply', () => {
  it('is one, whatever it says of addresses', async () => {
    const { recipients } = await read('auto-reply');
    expect(recipients).toMatchObject([
      { kind: 'auto-reply', action: 'delivered', recipient: 'bob@example.org' },
    ]);
  });

  it.each([
    'Auto-Submitted: auto-replied',
    'X-Autoreply: yes',
    'Precedence: auto_reply',
    'Subject: Out of office: until Monday',
    'Subject: Automatische Antwort: Rechnung',
    'Subject: =?UTF-8?Q?R=C3=A9ponse_automatique_:_Facture?=',
  ])('is known by %s', async (field) => {
    const { recipients } = await readText('From: bob@example.org', field, '', 'I am away.');
    expect(recipients).toMatchObject([{ kind: 'auto-reply', recipient: 'bob@example.org' }]);
  });
});

describe('whose message a report is about', () => {
  it('is whom it was sent to, and the author and reverse-path of what it sends back', async () => {
    const { senders } = await readText(
      'From: MAILER-DAEMON@r.example',
      'To: <b2-x@bounces.shop.example>',
      'Subject: Undelivered',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; r.example',
      '',
      'Final-Recipient: rfc822; anna@r.example',
      'Action: failed',
      'Status: 5.1.1',
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      'Return-Path: <app@shop.example>',
      'From: Shop <news@shop.example>',
      'Subject: News',
      '',
      '--b--',
    );
    expect(senders).toEqual(['b2-x@bounces.shop.example', 'app@shop.example', 'news@shop.example']);
  });
});

describe('a message that is no report', () => {
  it('gives nothing', async () => {
    expect(await read('human-mail')).toEqual({ recipients: [], returned: undefined, form: 'none' });
    expect(await readText('')).toMatchObject({ recipients: [] });
    expect(await readText('Subject: x')).toMatchObject({ recipients: [] });
  });
});

describe('any report', () => {
  it.each(readdirSync(FIXTURES))('%s reads the same with LF alone, and behind an mbox line', async (file) => {
    const bytes = readFileSync(path.join(FIXTURES, file));
    const whole = await readReport(bytes);
    const text = bytes.toString('utf8').replaceAll('\r\n', '\n');
    expect(await readReport(Buffer.from(text))).toEqual(whole);
    expect(await readReport(Buffer.from(`From MAILER-DAEMON Mon Jan  5 09:00:00 2026\n${text}`))).toEqual(
      whole,
    );
  });
});
