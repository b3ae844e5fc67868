/**
 * DKIM of every shape of message, as the MX got it: verified by mailauth and, where it is installed, by python3-dkim,
 * which shares no code with this project.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWithDkim, run } from './support/programs.ts';
import { body, fields, verdicts } from './support/received-mail.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const HEAD = `From: Shop <${FROM}>\r\nSubject: Shape\r\n`;

/** RFC 5322 §4.5; python3-dkim does not parse it. */
const OBSOLETE = 'obsolete spaces before the colons';

const SHAPES: readonly { readonly name: string; readonly content: string | Uint8Array }[] = [
  { name: 'plain text', content: `${HEAD}\r\nOne line.\r\n` },
  { name: 'no body at all', content: HEAD },
  { name: 'an empty body', content: `${HEAD}\r\n` },
  { name: 'only empty lines', content: `${HEAD}\r\n\r\n\r\n\r\n` },
  { name: 'trailing spaces and empty lines', content: `${HEAD}\r\na  \t b \t\r\n \t \r\n\r\n\r\n` },
  { name: '8-bit text', content: `${HEAD}Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße, 你好\r\n` },
  {
    name: 'octets that are no text',
    content: Buffer.concat([
      Buffer.from(`${HEAD}\r\n`),
      Buffer.from(Array.from({ length: 500 }, (_, at) => (at % 25 === 24 ? 0x0a : 128 + (at % 127)))),
    ]),
  },
  {
    name: 'bare LF line ends',
    content: `${HEAD}\r\n`.replaceAll('\r\n', '\n') + 'first\nsecond\n.\nthird\r\n',
  },
  { name: 'bare CR in the body', content: `${HEAD}\r\nfirst\rsecond\r\r\nthird\r\n` },
  { name: 'a line of 5,000 octets', content: `${HEAD}\r\n${'x'.repeat(5_000)}\r\n` },
  { name: 'a line of 60,000 octets', content: `${HEAD}\r\n${'y'.repeat(60_000)}\r\n` },
  { name: 'no line end at the end', content: `${HEAD}\r\nlast` },
  { name: 'lines that begin with dots', content: `${HEAD}\r\n.\r\n..\r\n.a\r\n...\r\n` },
  {
    name: '300 header fields',
    content: `${HEAD}${Array.from({ length: 300 }, (_, at) => `X-Field-${at}: value ${at}\r\n`).join('')}\r\nbody\r\n`,
  },
  {
    name: 'folded and oddly spaced header fields',
    content: `From:Shop\r\n <${FROM}>\r\nSUBJECT:  a\r\n\t b  \r\nTo:\r\n x@recipient.test,\r\n\ty@recipient.test\r\n\r\nbody\r\n`,
  },
  {
    name: 'every field that is signed twice over',
    content: `${HEAD}To: a@recipient.test\r\nCc: b@recipient.test\r\nReply-To: c@${SENDER_DOMAIN}\r\nDate: Tue, 03 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nList-Unsubscribe: <https://sender.test/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nbody\r\n`,
  },
  {
    name: 'a multipart message',
    content: `${HEAD}MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b1"\r\n\r\npreamble\r\n--b1\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b1\r\nContent-Type: text/html\r\n\r\n<p>text</p>\r\n--b1--\r\n`,
  },
  {
    name: 'a signed S/MIME message',
    content: `${HEAD}MIME-Version: 1.0\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="s"\r\n\r\n--s\r\nContent-Type: text/plain\r\n\r\nsigned  text \r\n--s\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n--s--\r\n`,
  },
  { name: OBSOLETE, content: `From : <${FROM}>\r\nSubject : a\r\n\r\nbody\r\n` },
  { name: '20 MB', content: `${HEAD}\r\n${`${'z'.repeat(76)}\r\n`.repeat(270_000)}` },
];

const VERIFY = `
import dkim, json, os, sys
records = json.loads(os.environ['RECORDS'])
def txt(name, timeout=5):
    value = records.get(name.decode().rstrip('.').lower())
    return value.encode() if value is not None else None
message = sys.stdin.buffer.read()
verifier = dkim.DKIM(message)
count = sum(1 for name, _ in verifier.headers if name.lower() == b'dkim-signature')
print(json.dumps([bool(dkim.DKIM(message).verify(idx=at, dnsfunc=txt)) for at in range(count)]))
`;

describe('DKIM of every shape', () => {
  let stage: Stage;
  let records: Record<string, string> = {};
  beforeAll(async () => {
    stage = await Stage.start();
    const shown = await stage.relay.ctl<{ records: { name: string; value: string }[] }>(
      ...['domain', 'show', SENDER_DOMAIN],
    );
    records = Object.fromEntries(shown.records.map((record) => [record.name, record.value]));
    const session = await stage.session();
    for (const [at, shape] of SHAPES.entries()) {
      await session.submitForId({ from: FROM, to: addressOf(at), content: shape.content });
    }
    await session.quit();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  const addressOf = (at: number) => `shape-${at}@recipient.test`;
  const cases = SHAPES.map((shape, at) => ({ name: shape.name, at }));

  it.each(cases)('mailauth verifies both signatures of $name', async ({ at }) => {
    const { content } = await stage.received(addressOf(at));
    expect(await verdicts(content, stage.dns.zone)).toEqual([
      { domain: SENDER_DOMAIN, algorithm: 'rsa-sha256', result: 'pass' },
      { domain: SENDER_DOMAIN, algorithm: 'ed25519-sha256', result: 'pass' },
    ]);
  });

  it.skipIf(pythonWithDkim === undefined).each(cases.filter(({ name }) => name !== OBSOLETE))(
    'python3-dkim verifies both signatures of $name (needs python3-dkim)',
    async ({ at }) => {
      const { content } = await stage.received(addressOf(at));
      const result = await run(pythonWithDkim ?? '', ['-c', VERIFY], {
        input: content,
        env: { RECORDS: JSON.stringify(records) },
      });
      expect(result.stderr).toBe('');
      expect(JSON.parse(result.stdout)).toEqual([true, true]);
    },
  );

  it('signs once over, without l=, relaxed, and fails for a message that was changed', async () => {
    const { content } = await stage.received(addressOf(0));
    for (const signature of fields(content, 'dkim-signature')) {
      expect(signature).toMatch(/\bc=relaxed\/relaxed\b/);
      expect(signature).not.toMatch(/\bl=/);
      const signed = /\bh=([^;]+)/.exec(signature)?.[1]?.toLowerCase().replaceAll(/\s/g, '').split(':') ?? [];
      for (const name of ['from', 'to', 'cc', 'subject', 'date', 'reply-to', 'content-type']) {
        const present = fields(content, name).length;
        expect(signed.filter((one) => one === name)).toHaveLength(present + 1);
      }
    }
    const changed = Buffer.from(content.toString('latin1').replace('One line.', 'One lime.'), 'latin1');
    for (const verdict of await verdicts(changed, stage.dns.zone)) expect(verdict.result).not.toBe('pass');
    const second = Buffer.concat([Buffer.from('Subject: another\r\n'), content]);
    for (const verdict of await verdicts(second, stage.dns.zone)) expect(verdict.result).not.toBe('pass');
  });

  it.each(
    cases.filter(
      ({ name }) =>
        ![
          'no body at all',
          'bare LF line ends',
          'bare CR in the body',
          'octets that are no text',
          'no line end at the end',
        ].includes(name),
    ),
  )('delivers the body of $name octet for octet', async ({ at }) => {
    const submitted = Buffer.from(SHAPES[at]!.content);
    const { content } = await stage.received(addressOf(at));
    expect(body(content).equals(body(submitted))).toBe(true);
  });

  it('repairs line ends to CRLF and nothing else', async () => {
    const at = SHAPES.findIndex((shape) => shape.name === 'bare LF line ends');
    const { content } = await stage.received(addressOf(at));
    expect(body(content).toString()).toBe('first\r\nsecond\r\n.\r\nthird\r\n');
    expect(content.toString('latin1')).not.toMatch(/[^\r]\n|\r[^\n]/);
  });
});
