import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { signHeader } from '../../../src/dkim/sign.ts';
import { verifyMessage } from '../../../src/dkim/verify.ts';
import { fieldText, parseHeaderSection } from '../../../src/message/header-section.ts';
import { messageShapes } from './message-shapes.ts';
import { NOW_MS, signingDomain, signMessage } from './signed-message.ts';
import type { SigningDomain } from './signed-message.ts';

const HEADER = Buffer.from('From: a@example.org\r\nTo: b@example.net\r\nSubject: s\r\nDate: d\r\n\r\n');
const BODY_HASH = Buffer.alloc(32, 1).toString('base64');

let domain: SigningDomain;
beforeAll(async () => {
  domain = await signingDomain();
});

async function signatureFields(header: Uint8Array): Promise<string[]> {
  const fields = await signHeader({ header, bodyHash: BODY_HASH, keys: domain.keys, nowMs: NOW_MS });
  return parseHeaderSection(fields).fields.map((field) => fieldText(fields, field).replace(/\t/g, ''));
}

function tags(signature: string): Record<string, string> {
  return Object.fromEntries(
    signature.split(';').map((tag): [string, string] => {
      const equals = tag.indexOf('=');
      return [tag.slice(0, equals).trim(), tag.slice(equals + 1).trim()];
    }),
  );
}

describe('signHeader', () => {
  it.each(messageShapes)('signs $name so that mailauth verifies both signatures', async ({ bytes }) => {
    const signed = await signMessage(bytes, domain.keys);
    const results = await verifyMessage(signed, domain.resolver);
    expect(results.filter((entry) => entry.domain === 'example.org')).toMatchObject([
      {
        domain: 'example.org',
        selector: 'postern-202601-token-rsa',
        algorithm: 'rsa-sha256',
        result: 'pass',
        comment: undefined,
      },
      {
        domain: 'example.org',
        selector: 'postern-202601-token-ed',
        algorithm: 'ed25519-sha256',
        result: 'pass',
        comment: undefined,
      },
    ]);
  });

  it('puts one field a key on top, RSA first, relaxed, dated, without a length', async () => {
    const reversed = { header: HEADER, bodyHash: BODY_HASH, keys: [...domain.keys].reverse(), nowMs: NOW_MS };
    const bytes = Buffer.from(await signHeader(reversed));
    const { fields, fieldsEnd } = parseHeaderSection(bytes);
    expect(fields.map(({ name }) => name)).toEqual(['dkim-signature', 'dkim-signature']);
    expect(fieldsEnd).toBe(bytes.length);
    const [rsa = {}, ed25519 = {}] = fields.map((field) => tags(fieldText(bytes, field)));
    expect(rsa).toMatchObject({
      v: '1',
      a: 'rsa-sha256',
      c: 'relaxed/relaxed',
      d: 'example.org',
      t: '1767603600',
    });
    expect(rsa['bh']).toBe(BODY_HASH);
    expect(ed25519).toMatchObject({ a: 'ed25519-sha256', s: 'postern-202601-token-ed' });
    expect(Object.keys(rsa)).not.toContain('l');
    for (const line of bytes.toString().split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  it('signs once more than present what nobody may add, and what is there of the rest', async () => {
    const [signature = ''] = await signatureFields(
      Buffer.from(
        'Reply-To: c@x\r\nFrom: a@example.org\r\nCc: 1@x\r\nCc: 2@x\r\nList-Id: <l>\r\nX-Other: y\r\nX-Relay-Message-Id: m\r\nX-Relay-Report-Token: t\r\n\r\n',
      ),
    );
    expect(tags(signature)['h']?.split(':').sort()).toEqual(
      [
        'From',
        'From',
        'To',
        'Cc',
        'Cc',
        'Cc',
        'Subject',
        'Date',
        'Reply-To',
        'Reply-To',
        'Content-Type',
        'List-Id',
        'X-Relay-Message-Id',
        'X-Relay-Report-Token',
      ].sort(),
    );
  });

  it.each([
    ['a second From', (text: string) => `From: ceo@bank.example\r\n${text}`],
    ['a Reply-To', (text: string) => text.replace('\r\nFrom:', '\r\nReply-To: x@bank.example\r\nFrom:')],
    ['a Content-Type', (text: string) => text.replace('\r\nFrom:', '\r\nContent-Type: text/html\r\nFrom:')],
    ['a changed subject', (text: string) => text.replace('Subject: s', 'Subject: S')],
    [
      'a changed message id',
      (text: string) => text.replace('X-Relay-Message-Id: msg_0', 'X-Relay-Message-Id: msg_1'),
    ],
    ['a changed body', (text: string) => text.replace('\r\n\r\nbody', '\r\n\r\nBody')],
    ['text after the body', (text: string) => `${text}more\r\n`],
  ])('is broken by %s', async (_what, change) => {
    const message = HEADER.toString() + 'body\r\n';
    const signed = (await signMessage(Buffer.from(message), domain.keys)).toString('latin1');
    const changed = change(signed);
    expect(changed).not.toBe(signed);
    const results = await verifyMessage(Buffer.from(changed, 'latin1'), domain.resolver);
    expect(results.map(({ result }) => result)).not.toContain('pass');
    expect(results).toHaveLength(2);
  });

  it('survives what relays may change: folds, white space and empty lines at the end', async () => {
    const signed = (await signMessage(Buffer.from(`${HEADER.toString()}a b\r\n`), domain.keys)).toString(
      'latin1',
    );
    const relayed = signed
      .replace('Subject: s', 'SUBJECT :\r\n\t s ')
      .replace('\r\n\r\na b\r\n', '\r\n\r\na\t b  \r\n\r\n\r\n');
    const results = await verifyMessage(Buffer.from(relayed, 'latin1'), domain.resolver);
    expect(results.map(({ result }) => result)).toEqual(['pass', 'pass']);
  });

  it('signs many messages at once', async () => {
    const submitted = Array.from({ length: 200 }, (_, i) => Buffer.from(`${HEADER.toString()}body ${i}\r\n`));
    const signed = await Promise.all(submitted.map((bytes) => signMessage(bytes, domain.keys)));
    const results = await Promise.all(signed.map((bytes) => verifyMessage(bytes, domain.resolver)));
    expect(results.flat().every(({ result }) => result === 'pass')).toBe(true);
  });

  it('rejects rather than leaving a signature out', async () => {
    const [rsa, ed25519] = domain.keys;
    const wrongType = { ...rsa!, key: ed25519!.key };
    const notSigning = { ...rsa!, key: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey };
    const tooShort = { ...rsa!, key: generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey };
    const input = { header: HEADER, bodyHash: BODY_HASH, nowMs: NOW_MS };
    for (const [keys, code] of [
      [[], 'no-keys'],
      [[ed25519!, wrongType], 'sign-failed'],
      [[ed25519!, notSigning], 'sign-failed'],
      [[{ ...ed25519!, key: rsa!.key }, rsa!], 'sign-failed'],
    ] as const) {
      await expect(signHeader({ ...input, keys })).rejects.toMatchObject({ code });
    }
    // Works: how long a key has to be is the verifier's business.
    await expect(signHeader({ ...input, keys: [tooShort] })).resolves.toBeInstanceOf(Uint8Array);
    await expect(
      signHeader({ ...input, keys: domain.keys, bodyHash: Buffer.alloc(20).toString('base64') }),
    ).rejects.toMatchObject({
      code: 'sign-failed',
    });
    await expect(
      signHeader({ ...input, keys: domain.keys, header: Buffer.from('To: b@x\r\n\r\n') }),
    ).rejects.toMatchObject({ code: 'header-unsignable' });
  });
});
