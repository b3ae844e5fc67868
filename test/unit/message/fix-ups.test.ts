import { describe, expect, it } from 'vitest';
import { MAX_HEADER_BYTES, prepareHeader } from '../../../src/message/fix-ups.ts';
import type { PreparedHeader } from '../../../src/message/fix-ups.ts';

const context = {
  messageId: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
  hostname: 'relay.example.org',
  received: 'Received: from client\r\n\tby relay.example.org; now\r\n',
  nowMs: Date.UTC(2026, 0, 5, 9, 0, 0),
};
const ADDED = `${context.received}X-Relay-Message-Id: ${context.messageId}\r\n`;
const COMPLETE = 'From: a@example.com\r\nTo: b@example.net\r\nDate: today\r\nMessage-ID: <1@example.com>\r\n';

function prepare(text: string) {
  const bytes = Buffer.from(text, 'latin1');
  const before = Buffer.from(bytes);
  const result = prepareHeader(bytes, context);
  expect(bytes.equals(before)).toBe(true);
  return result;
}

function prepared(text: string): PreparedHeader & { text: string } {
  const result = prepare(text);
  if ('problem' in result) throw new Error(result.problem.text);
  return { ...result, text: Buffer.from(result.bytes).toString('latin1') };
}

describe('prepareHeader', () => {
  it('puts its lines on top and keeps every other octet', () => {
    const odd =
      COMPLETE +
      'Subject:  =?utf-8?q?h=C3=A4?=\r\n\t=?utf-8?q?ll?=  \r\nX-Odd :\t\xff\xfe  \r\n \r\nX-Empty:\r\nX-Long: ' +
      'x'.repeat(2_000) +
      '\r\n';
    const result = prepared(odd + '\r\n');
    expect(result.text).toBe(ADDED + odd + '\r\n');
    expect(result.subject).toBe('häll');
    expect(result.messageIdField).toBe('<1@example.com>');
    expect(result.headerFrom).toEqual([{ localPart: 'a', domain: 'example.com' }]);
    expect(result.receivedCount).toBe(0);
  });

  it('adds the report token where one is given', () => {
    const text = Buffer.from(`X-Relay-Report-Token: theirs\r\n${COMPLETE}\r\n`);
    const result = prepareHeader(text, { ...context, reportToken: 'r1-ours' });
    const header = 'bytes' in result ? Buffer.from(result.bytes).toString() : '';
    expect(header).toBe(`${ADDED}X-Relay-Report-Token: r1-ours\r\n${COMPLETE}\r\n`);
  });

  it('makes a Message-ID and a Date where they are missing or blank', () => {
    const id = '<01k9q3aaaaaaaaaaaaaaaaaaaa@example.com>';
    const made = ADDED + `Message-ID: ${id}\r\nDate: Mon, 05 Jan 2026 09:00:00 +0000\r\n`;
    expect(prepared('From: a@example.com\r\n\r\n')).toMatchObject({
      text: made + 'From: a@example.com\r\n\r\n',
      messageIdField: id,
    });
    expect(prepared('Date:\r\nFrom: a@example.com\r\nMessage-ID: \r\n \r\n\r\n').text).toBe(
      made + 'From: a@example.com\r\n\r\n',
    );
    expect(prepared('From: a@[192.0.2.1]\r\n\r\n').messageIdField).toContain('@relay.example.org>');
  });

  it('takes out blind copies, return paths, control headers and the mbox line', () => {
    const result = prepared(
      'From MAILER Mon Jan  5 09:00:00 2026\r\nBCC : x@example.com,\r\n y@example.com\r\n' +
        COMPLETE +
        '>From old@example.com Mon Jan  5 09:00:00 2026\r\n>>From x: y\r\n' +
        'resent-bcc: z@example.com\r\nReturn-Path: <a@b>\r\nX-Relay-Tag: one\r\nX-RELAY-MESSAGE-ID: forged\r\nX-Relay-Report-Token: r1-forged\r\nX-Last: 1\r\n\r\n',
    );
    expect(result.text).toBe(ADDED + COMPLETE + 'X-Last: 1\r\n\r\n');
    expect(result.control.tags).toEqual(['one']);
  });

  it('ends the section of a message without an empty line or a last line end', () => {
    expect(prepared(COMPLETE).text).toBe(ADDED + COMPLETE + '\r\n');
    expect(prepared(COMPLETE + 'X: y').text).toBe(ADDED + COMPLETE + 'X: y\r\n\r\n');
  });

  it('looks at nothing below the empty line', () => {
    expect(prepared(COMPLETE + '\r\nFrom: second@example.com\r\n').text).toBe(ADDED + COMPLETE + '\r\n');
  });

  it.each([
    'From: c@d.example',
    'Sender: c@d.example',
    'Subject: x',
    'To: c@d.example',
    'Date: x',
    'Message-ID: <2@x>',
    'Reply-To: c@d.example',
    'Cc: c@d.example',
    'References: <3@x>',
    'In-Reply-To: <3@x>',
    'MIME-Version: 1.0',
    'Content-Type: text/html',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment',
  ])('refuses a second field of the kind of %s', (field) => {
    const name = field.slice(0, field.indexOf(':'));
    const first = COMPLETE.toLowerCase().includes(`${name.toLowerCase()}:`) ? '' : `${field}\r\n`;
    const twice = `${first}${COMPLETE}`;
    expect(prepare(`${twice}\r\n`)).not.toHaveProperty('problem');
    for (const second of [field, field.toUpperCase(), field.replace(':', ' :')]) {
      expect(prepare(`${twice}${second}\r\n\r\n`)).toEqual({
        problem: { code: 554, status: '5.6.0', text: `The message has more than one ${name} field` },
      });
    }
  });

  it.each([
    ['Subject: s\r\njunk\r\n', 5, 'junk'],
    ['X-One: 1\r\n folded\r\nX A: 1\r\n', 6, 'X A: 1'],
    ['X-\xdc: a\r\n', 4, String.raw`X-\u00dc: a`],
    [': no name\r\n', 4, ': no name'],
    ['From\x01: ceo@bank.example\r\n', 4, String.raw`From\u0001: ceo@bank.example`],
    ['\xa0From: ceo@bank.example\r\n', 4, String.raw`\u00a0From: ceo@bank.example`],
    ['From\r\n : ceo@bank.example\r\n', 4, 'From'],
    ['Bcc: x@secret.example,\r\ny@secret.example\r\n', 5, 'y@secret.example'],
    ['>Fromage\r\n', 4, '>Fromage'],
    [`${'x'.repeat(100)}\r\n`, 4, 'x'.repeat(40)],
  ])('refuses a line that is no field, by its number: %j', (lines, number, shown) => {
    const three = COMPLETE.replace(/Date: .*\r\n/, '');
    const text = `Line ${number} is no header field (an empty line has to stand before the body): ${shown}`;
    expect(prepare(`${three}${lines}X: y\r\n\r\n`)).toEqual({
      problem: { code: 554, status: '5.6.0', text },
    });
  });

  it('refuses a body that no empty line stands before', () => {
    expect(prepare(`${COMPLETE}Dear Ada,\r\nhow are you?\r\n`)).toHaveProperty(
      'problem.text',
      expect.stringMatching(/^Line 5 is no header field .*: Dear Ada,$/),
    );
  });

  it('refuses a section that starts with a continuation', () => {
    expect(prepare(' x\r\n' + COMPLETE + '\r\n')).toHaveProperty(
      'problem.text',
      expect.stringMatching(/^Line 1 is no header field/),
    );
  });

  it('refuses a message without an author', () => {
    const text = 'The message has no From field';
    for (const header of [
      '',
      '\r\n',
      'To: b@example.net\r\n\r\n',
      '\r\n' + COMPLETE,
      'From a@example.com\r\n',
    ]) {
      expect(prepare(header)).toEqual({ problem: { code: 554, status: '5.6.0', text } });
    }
  });

  it('says why a From is not understood', () => {
    expect(prepare('From: Bank, "Inc." <a@example.com>\r\n\r\n')).toHaveProperty(
      'problem.text',
      expect.stringMatching(/^The From field is not understood: a name stands without an address/),
    );
  });

  it.each([
    ['First Last [COMPANY/ AREA:] <a@example.com>', '"First Last [COMPANY/ AREA:]" <a@example.com>'],
    ['Smith, John <a@example.com>', '"Smith, John" <a@example.com>'],
    ['Smith,\r\n\tJohn (Sales)  < a@example.com > ', '"Smith, John (Sales)" <a@example.com>'],
    ['Dept: News <a@example.com>', '"Dept: News" <a@example.com>'],
    ['News @ Shop <a@example.com>', '"News @ Shop" <a@example.com>'],
    ['a;b <a@example.com>', '"a;b" <a@example.com>'],
    ['M\xc3\xbcller, J. <a@example.com>', '"M\xc3\xbcller, J." <a@example.com>'],
    ['Ada <a@example.com.>', '"Ada" <a@example.com>'],
    ['"Ada \\"L\\"" <a@example.com.>', '"Ada \\"L\\"" <a@example.com>'],
    ['a@example.com.', 'a@example.com'],
    ['<a@example.com.>', 'a@example.com'],
  ])('writes a From anew that has one author beyond doubt: %j', (given, written) => {
    const result = prepared(
      `X-One: 1\r\nFROM :${given}\r\nTo: b@example.net\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\n`,
    );
    expect(result.text).toBe(
      `${ADDED}X-One: 1\r\nFROM : ${written}\r\nTo: b@example.net\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\n`,
    );
    expect(result.headerFrom).toEqual([{ localPart: 'a', domain: 'example.com' }]);
  });

  it.each([
    'Smith, ceo@bank.example <a@example.com>',
    'Smith, <ceo@bank.example> <a@example.com>',
    'Smith, <ceo@bank.example>, John <a@example.com>',
    'G: ceo@bank.example <a@example.com>',
    'Smith, "ceo <a@example.com>',
    'Smith, =?utf-8?q?ceo=40bank.example?= <a@example.com>',
    'Smith, ceo＠bank.example <a@example.com>',
    'Smith, John <a@example.com> x',
    'Smith, \xff <a@example.com>',
    'Smith, John <a@example.com, b@example.com>',
    `Smith, ${'x'.repeat(600)} <a@example.com>`,
    'a@example.com..',
    'a@example.com., b@example.com',
  ])('leaves a From with more than one reading refused: %j', (given) => {
    const bytes = given.includes('\xff') ? given : Buffer.from(given).toString('latin1');
    expect(prepare(`From: ${bytes}\r\n\r\n`)).toHaveProperty('problem.status', '5.6.0');
  });

  it('names a control header that is wrong', () => {
    expect(prepare(COMPLETE + 'X-Relay-Expires-In: soon\r\n\r\n')).toEqual({
      problem: {
        code: 554,
        status: '5.6.0',
        text: 'X-Relay-Expires-In takes a duration from 1m to 30d, such as 90s, 10m or 4h',
      },
    });
  });

  it('refuses a field behind what only some readers take for a line end', () => {
    for (const lineEnd of ['\x0b', '\x0c', '\x1e', '\xc2\x85', '\xe2\x80\xa8', '\x85']) {
      expect(prepare(COMPLETE + `Subject: s${lineEnd}From : b@example.org\r\n\r\n`)).toHaveProperty(
        'problem.text',
        'A From field is hidden in another one',
      );
      expect(prepare(COMPLETE + `X-Odd${lineEnd}Bcc: b@example.org\r\n\r\n`)).toHaveProperty('problem');
    }
    // The octet 85 is also part of letters, as of this one.
    expect(prepare(COMPLETE + 'Subject: \xc3\x85From: x\r\n\r\n')).not.toHaveProperty('problem');
  });

  it('takes fifty Received fields and calls more a loop', () => {
    const hops = 'Received: x\r\n'.repeat(50);
    expect(prepared(hops + COMPLETE + '\r\n').receivedCount).toBe(50);
    expect(prepare('Received: x\r\n' + hops + COMPLETE + '\r\n')).toHaveProperty('problem.status', '5.4.6');
  });

  it('refuses a header section of more than a mebibyte', () => {
    expect(prepare(COMPLETE + `X: ${'x'.repeat(MAX_HEADER_BYTES)}\r\n\r\n`)).toHaveProperty('problem');
  });

  it('is not confused by names that objects have', () => {
    const header = COMPLETE + 'constructor: x\r\n__proto__: y\r\ntoString: z\r\n';
    expect(prepared(header + '\r\n').text).toBe(ADDED + header + '\r\n');
  });
});
