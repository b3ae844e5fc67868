/**
 * Mailboxes and the commands that carry them: nothing throws, what is read says the same when it is written and read
 * again, and no octet that could end a line or a path gets through.
 */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { transactionCommands } from '../../src/smtp/client/commands.ts';
import { parseMailCommand, parseRcptCommand } from '../../src/smtp/server/path-command.ts';
import { buildReceived } from '../../src/message/received.ts';
import {
  formatMailbox,
  isMailbox,
  MAX_DOMAIN_OCTETS,
  MAX_MAILBOX_OCTETS,
  normalizeDomain,
  parseMailbox,
  type Mailbox,
} from '../../src/smtp/address.ts';
import { decodeXtext, encodeXtext } from '../../src/smtp/envelope.ts';
import { formatReply } from '../../src/smtp/reply.ts';
import { outbound } from '../support/outbound.ts';
import { itHolds } from './support/fuzz.ts';
import { soup, wordSoup } from './support/octets.ts';

const ADDRESS_ALPHABET = [
  ...['"a\\\rb"', '"\\\0"', '"a\\\\"'],
  ...[
    'a',
    'b.c',
    '@',
    '.',
    '..',
    '"',
    '\\',
    '\\"',
    ' ',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\t',
    '\x7f',
    '<',
    '>',
    ',',
  ],
  ...[
    'example.org',
    'EXAMPLE.org',
    'xn--',
    'xn--bcher-kva.example',
    'bücher.example',
    '-',
    '_',
    '[',
    ']',
    '%20',
  ],
  ...[
    '192.0.2.1',
    '[192.0.2.1]',
    '[IPv6:2001:DB8::1]',
    '[IPv6:',
    '[IPv6:fe80::1%eth0]',
    'ß',
    '\u00ad',
    '。',
    '１',
    '\u2028',
    '\u0085',
  ],
  ...[
    'a'.repeat(63),
    'a'.repeat(64),
    'b'.repeat(190),
    'docomo.ne.jp',
    'x.example.',
    'x'.repeat(60) + '.',
    '\ud800',
    'é',
    '1',
    '0x7f',
    '/',
    '?',
    '#',
    ':25',
    '(c)',
  ],
];

const anyAddress = fc.oneof(
  wordSoup(ADDRESS_ALPHABET, 8),
  fc
    .tuple(wordSoup(ADDRESS_ALPHABET, 4), wordSoup(ADDRESS_ALPHABET, 4))
    .map(([local, domain]) => `${local}@${domain}`),
  fc.emailAddress(),
);

function expectSound(mailbox: Mailbox): void {
  const { localPart, domain } = mailbox;
  expect(Buffer.byteLength(formatMailbox(mailbox))).toBeLessThanOrEqual(MAX_MAILBOX_OCTETS);
  expect(domain.length).toBeLessThanOrEqual(MAX_DOMAIN_OCTETS);
  expect(domain).toMatch(/^(?:[a-z0-9_.-]+|\[[0-9A-Za-z.:]+\])$/);
  expect(localPart).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
  expect(localPart.isWellFormed()).toBe(true);
  if (!localPart.startsWith('"')) expect(localPart).not.toMatch(/[\s<>,;:@"\\()[\]]/);
  else expect(localPart).toMatch(/^"(?:[^"\\]|\\.)*"$/);
}

describe('a mailbox', () => {
  itHolds(
    'says the same when it is written and read again',
    {
      seed: 911,
      runs: 3_000,
      through: 0.2,
      examples: ['\u2028@a', '\u0085@a', '\ud800@a', 'a@[IPv6:fe80::1%eth0]'],
    },
    anyAddress,
    (written) => {
      const mailbox = parseMailbox(written);
      if (!isMailbox(mailbox)) return false;
      expectSound(mailbox);
      expect(parseMailbox(formatMailbox(mailbox))).toEqual(mailbox);
    },
  );

  itHolds(
    'has a domain that is its own normal form',
    { seed: 912, runs: 3_000, through: 0.2 },
    fc.oneof(wordSoup(ADDRESS_ALPHABET, 6), fc.domain()),
    (written) => {
      const domain = normalizeDomain(written);
      if (domain === undefined) return false;
      expect(normalizeDomain(domain)).toBe(domain);
      expect(domain).toBe(domain.startsWith('[') ? domain : domain.toLowerCase());
    },
  );
});

const COMMAND_ALPHABET = [
  ...ADDRESS_ALPHABET.map((text) => Buffer.from(text).toString('latin1')),
  ...[
    '<',
    '>',
    '<>',
    '<a@example.org>',
    '<"a b"@example.org>',
    '<"a\\>b"@example.org>',
    '<@x,@y:a@example.org>',
  ],
  ...[
    ' SIZE=',
    '10',
    ' BODY=8BITMIME',
    ' SMTPUTF8',
    ' RET=HDRS',
    ' ENVID=',
    'a+2B',
    '+0D+0A',
    '+00',
    ' AUTH=<>',
  ],
  ...[' NOTIFY=', 'NEVER', 'SUCCESS,FAILURE', ' ORCPT=', 'rfc822;', 'utf-8;', ' ', '='],
];
/** A path, good or not so good, and parameters of either kind. */
const rest = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        '<a@example.org>',
        '<>',
        '<"a b"@example.org>',
        '<\u00e9@b\u00fccher.example>',
        ' a@example.org',
      ),
      anyAddress.map((address) => `<${address}>`),
      soup(COMMAND_ALPHABET, 4).map((bytes) => bytes.toString('latin1')),
    ),
    fc.array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.constantFrom(' SIZE=10', ' BODY=8BITMIME', ' SMTPUTF8', ' RET=HDRS', ' NOTIFY=NEVER'),
        },
        {
          weight: 4,
          arbitrary: soup(COMMAND_ALPHABET, 2).map((bytes) => ` ENVID=${bytes.toString('latin1')}`),
        },
        {
          weight: 4,
          arbitrary: soup(COMMAND_ALPHABET, 2).map((bytes) => ` ORCPT=rfc822;${bytes.toString('latin1')}`),
        },
        { weight: 1, arbitrary: soup(COMMAND_ALPHABET, 2).map((bytes) => bytes.toString('latin1')) },
      ),
      { maxLength: 2 },
    ),
  )
  .map(([path, parameters]) =>
    Buffer.from(path + parameters.join(''), parameters.length % 2 === 0 ? 'utf8' : 'latin1'),
  );
const mailLine = rest.map((bytes) => Buffer.concat([Buffer.from('MAIL FROM:'), bytes]));
const rcptLine = rest.map((bytes) => Buffer.concat([Buffer.from('RCPT TO:'), bytes]));

const EVERYTHING = {
  extensions: new Map(['SIZE', '8BITMIME', 'SMTPUTF8', 'DSN'].map((keyword) => [keyword, ''])),
  inTls: false,
};
const RCPT_EXAMPLES = [
  'RCPT TO:<"a>b"@example.org>',
  'RCPT TO:<a@example.org> ORCPT=rfc822;+0D+0Ab@c',
  'RCPT TO:<a@example.org>\r\nDATA',
].map((line): [Buffer, boolean] => [Buffer.from(line), false]);

describe('a command with a path', () => {
  itHolds(
    'MAIL is read or refused, and passes on sound parts only',
    { seed: 913, runs: 3_000, through: 0.1 },
    mailLine,
    (line) => {
      const command = parseMailCommand(line);
      if ('refusal' in command) {
        expect(formatReply(command.refusal)).toMatch(/^5\d\d 5\.\d\.\d .{1,400}$/s);
        return false;
      }
      if (command.reversePath !== undefined) expectSound(command.reversePath);
      expect(command.envelopeId ?? '').not.toMatch(/[\x00-\x1f\x7f]/);
    },
  );

  itHolds<[Buffer, boolean]>(
    'RCPT is read or refused, and passes on sound parts only',
    { seed: 914, runs: 3_000, through: 0.1, examples: RCPT_EXAMPLES },
    fc.tuple(rcptLine, fc.boolean()),
    ([line, smtpUtf8]) => {
      const command = parseRcptCommand(line, smtpUtf8);
      if ('refusal' in command) {
        expect(formatReply(command.refusal)).toMatch(/^5\d\d 5\.\d\.\d .{1,400}$/s);
        return false;
      }
      expectSound(command.recipient);
      if (!smtpUtf8) expect(command.recipient.localPart).toMatch(/^[\x20-\x7e]+$/);
      expect(command.originalRecipient ?? '').not.toMatch(/[\x00-\x1f\x7f]/);
      expect(command.originalRecipient ?? '').not.toMatch(/\r|\n/);
    },
  );

  itHolds(
    'is read by us as we write it for others',
    { seed: 915, runs: 1_500, through: 0.2 },
    fc.tuple(anyAddress, wordSoup(COMMAND_ALPHABET, 5)),
    ([address, original]) => {
      const mailbox = parseMailbox(address);
      if (!isMailbox(mailbox)) return false;
      const path = formatMailbox(mailbox);
      const text = original.replace(/[\x00-\x1f\x7f]/g, '');
      const commands = transactionCommands(
        outbound([{ recipient: path, notify: ['failure'], originalRecipient: `rfc822;${text}` }], {
          reversePath: path,
          envelopeId: text.replace(/[^\x20-\x7e]/g, ''),
        }),
        EVERYTHING,
      );
      if (commands.kind !== 'commands') throw new Error(commands.text);
      const [rcpt = ''] = commands.rcpts;
      for (const line of [commands.mail, rcpt]) expect(line).not.toMatch(/[\r\n\0]/);
      expect(parseMailCommand(Buffer.from(commands.mail))).toMatchObject({ reversePath: mailbox });
      expect(parseRcptCommand(Buffer.from(rcpt), true)).toMatchObject({ recipient: mailbox });
    },
  );
});

describe('xtext', () => {
  itHolds('comes back as it was', { seed: 916, runs: 1_000 }, fc.string({ unit: 'binary-ascii' }), (text) => {
    const encoded = encodeXtext(text);
    expect(encoded).toMatch(/^[!-~]*$/);
    expect(decodeXtext(encoded)).toBe(/[\x00-\x1f\x7f]/.test(text) ? undefined : text);
  });
});

describe('the Received field', () => {
  itHolds(
    'is one field whatever the client says of itself',
    { seed: 917, runs: 1_000 },
    fc.tuple(wordSoup(ADDRESS_ALPHABET), wordSoup(ADDRESS_ALPHABET), wordSoup(ADDRESS_ALPHABET)),
    ([clientHelo, recipient, cipher]) => {
      const field = buildReceived({
        clientHelo,
        clientAddress: '192.0.2.1',
        serverName: 'relay.test',
        protocol: 'ESMTPSA',
        tls: { version: 'TLSv1.3', cipher },
        messageId: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
        recipient,
        atMs: 0,
      });
      expect(field).toMatch(/^Received: [^\r\n\0]*\r\n(?:\t[^\r\n\0]+\r\n){3,4}$/);
      for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    },
  );
});
