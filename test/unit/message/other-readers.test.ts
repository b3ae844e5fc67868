/**
 * What a message passes for elsewhere: headers thrown together at random are put through the fix-ups, and what is
 * accepted is read by parsers that are not ours. None may find an author that was not checked, or a blind copy.
 */
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import addressparser from 'nodemailer/lib/addressparser';
import { describe, expect, it } from 'vitest';
import { prepareHeader } from '../../../src/message/fix-ups.ts';
import { parseHeaderFrom } from '../../../src/message/header-from.ts';
import type { Random } from '../../../src/platform/random.ts';
import type { Mailbox } from '../../../src/smtp/address.ts';
import { seededRandom } from '../../support/seeded-random.ts';

function pick(parts: readonly string[], most: number, random: Random): string {
  return Array.from(
    { length: 1 + Math.floor(random.float() * most) },
    () => parts[Math.floor(random.float() * parts.length)] ?? '',
  ).join('');
}

function addresses(mailboxes: readonly Mailbox[]): string[] {
  return mailboxes.map(({ localPart, domain }) => `${localPart}@${domain}`.toLowerCase());
}

describe('an accepted From field', () => {
  it("holds no author more for nodemailer's parser", () => {
    const random = seededRandom(101);
    const parts = [
      ...['a@x.example', 'b@y.example', '<', '>', '<a@x.example>', '<b@y.example>', ',', ';', ':', ' ', '"'],
      ...[
        '(',
        ')',
        '\\',
        'n',
        'N M',
        '.',
        '@',
        '\t',
        '[',
        ']',
        '[n]',
        '=?utf-8?q?',
        '?=',
        '=40',
        '\r\n ',
        "'",
      ],
      ...['\u00a0', '"q" ', '"q@w.example"', 'x.example'],
    ];
    let accepted = 0;
    for (let round = 0; round < 60_000; round++) {
      const value = pick(parts, 8, random);
      const authors = parseHeaderFrom(Buffer.from(value));
      if ('problem' in authors) continue;
      accepted++;
      const checked = addresses(authors);
      for (const { address } of addressparser(value, { flatten: true })) {
        if (address !== '') expect(checked, JSON.stringify(value)).toContain(address.toLowerCase());
      }
    }
    expect(accepted).toBeGreaterThan(1_000);
  });
});

describe('an accepted header section', () => {
  it('holds one From with the authors that were checked, and no blind copy, for mailauth', async () => {
    const random = seededRandom(103);
    const parts = [
      ...[
        'From',
        'From: a@x.example\r\n',
        'From: b@y.example\r\n',
        ':',
        ' ',
        '\t',
        '\r\n',
        '\r\n ',
        '\r\n\t',
      ],
      ...[
        'a@x.example',
        'b@y.example',
        'To: c\r\n',
        'garbage',
        '\x01',
        '\xa0',
        'Bcc: s@t.example\r\n',
        'bcc',
      ],
      ...['X-Relay-Message-Id: z\r\n', 'Subject: s\r\n', '>From ', 'From ', '\x0b', '\x85', '-', 'Resent-'],
    ];
    const nowhere = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    let accepted = 0;
    for (let round = 0; round < 15_000; round++) {
      const text = `${random.float() < 0.7 ? 'From: a@x.example\r\n' : ''}${pick(parts, 8, random)}\r\n`;
      const end = text.indexOf('\r\n\r\n');
      const header = Buffer.from(end === -1 ? text : text.slice(0, end + 4), 'latin1');
      const prepared = prepareHeader(header, {
        messageId: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
        hostname: 'relay.example.org',
        received: 'Received: x\r\n',
        nowMs: 0,
      });
      if ('problem' in prepared) continue;
      accepted++;
      const seen = await dkimVerify(Buffer.concat([prepared.bytes, Buffer.from('body\r\n')]), {
        resolver: nowhere,
      });
      const label = JSON.stringify(text);
      expect(seen.fromFields, label).toBe(1);
      const checked = addresses(prepared.headerFrom);
      for (const author of seen.headerFrom) expect(checked, label).toContain(author.toLowerCase());
      expect(
        seen.headers?.parsed.map(({ key }) => key),
        label,
      ).not.toContain('bcc');
    }
    expect(accepted).toBeGreaterThan(1_000);
  });
});
