/**
 * Messages of any content, signed as the relay signs them: whatever can be accepted verifies, with a verifier of other
 * making, and changing one octet of what is signed does not.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import { verifyMessage } from '../../src/dkim/verify.ts';
import { headerEnd } from '../../src/message/header-section.ts';
import { signingDomain, signMessage, type SigningDomain } from '../unit/dkim/signed-message.ts';
import { itHolds } from './support/fuzz.ts';
import { LINE_ALPHABET, soup } from './support/octets.ts';

let domain: SigningDomain;
beforeAll(async () => {
  domain = await signingDomain();
});

const VALUE = [
  ...[
    ' ',
    '  ',
    '\t',
    '\r\n ',
    '\r\n\t',
    '\r\n \t',
    ' \r\n ',
    'word',
    ':',
    ';',
    '=?utf-8?q?=C3=A4?=',
    '\xc3\xa4',
    '\xe4',
  ],
  ...['"', '<', '>', ',', '=', '\x7f', '\\', 'x'.repeat(90), '(', ')', '--', '\xf0\x9f\x98\x80'],
];
const NAMES = [
  ...[
    'Subject',
    'To',
    'Cc',
    'Reply-To',
    'Content-Type',
    'MIME-Version',
    'Content-Transfer-Encoding',
    'In-Reply-To',
  ],
  ...[
    'References',
    'List-Id',
    'List-Unsubscribe',
    'Date',
    'Message-ID',
    'Sender',
    'X-Other',
    'subject',
    'LIST-UNSUBSCRIBE-POST',
  ],
];

const field = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(':', ': ', ' :', ' : ', ':\t', ':\r\n '), soup(VALUE, 8))
  .map(([name, colon, value]) => {
    // Only folds end lines within a value, and a line of nothing but white space is none to other readers.
    const text = value.toString('latin1').replace(/\0|\r(?!\n[ \t])|(?<!\r)\n|[\x0b\x0c\x1c-\x1e]/g, '');
    return `${name}${colon}${text.replace(/\r\n[ \t]+(?=\r\n|$)/g, '')}v\r\n`;
  });

const ONCE = [
  ...['subject', 'to', 'cc', 'reply-to', 'date', 'message-id', 'sender', 'in-reply-to', 'references'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
];

/** Fields that may stand once do so; others are signed as often as they are there. */
function withoutRepeats(fields: readonly string[]): string[] {
  const nameOf = (text: string) => text.split(/[\s:]/, 1)[0]?.toLowerCase() ?? '';
  return fields.filter(
    (text, at) =>
      !ONCE.includes(nameOf(text)) || fields.findIndex((other) => nameOf(other) === nameOf(text)) === at,
  );
}

const message = fc
  .tuple(fc.array(field, { maxLength: 6 }).map(withoutRepeats), soup(LINE_ALPHABET, 20))
  .map(([fields, body]) => {
    const content = body.toString('latin1').replaceAll('\0', '');
    return Buffer.from(`From: a@example.org\r\n${fields.join('')}\r\n${content}`, 'latin1');
  });

const ours = async (signed: Buffer) =>
  (await verifyMessage(signed, domain.resolver))
    .filter((entry) => entry.domain === 'example.org')
    .map(({ result }) => result);

describe('a signature', () => {
  itHolds(
    'verifies elsewhere, whatever the message holds',
    { seed: 961, runs: 250 },
    message,
    async (submitted) => {
      expect(await ours(await signMessage(submitted, domain.keys))).toEqual(['pass', 'pass']);
    },
  );

  itHolds(
    'breaks when a letter of a signed field or of the body becomes another one',
    { seed: 962, runs: 60 },
    fc.tuple(message, fc.nat(), fc.boolean()),
    async ([submitted, at, inBody]) => {
      const signed = await signMessage(submitted, domain.keys);
      const bodyStart = headerEnd(signed);
      const subject = signed.indexOf('\r\nFrom: a@') + 8;
      const places = [...signed.keys()].filter(
        (place) => (inBody ? place >= bodyStart : place === subject) && signed[place]! > 0x40,
      );
      const place = places[at % Math.max(1, places.length)];
      if (place === undefined) return;
      signed[place] = signed[place] === 0x62 ? 0x63 : 0x62;
      const hash = createHash('sha256').update(signed).digest('hex');
      expect(await ours(signed), hash).not.toContain('pass');
    },
  );
});
