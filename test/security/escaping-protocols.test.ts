/** Hostile texts on their way to other programs and to mail: SMTP replies, HTTP, webhooks, notices to senders. */
import { afterEach, describe, expect, test } from 'vitest';
import { buildDsn } from '../../src/dsn/write/build-dsn.ts';
import { webhookBody } from '../../src/webhook/payload.ts';
import { stage } from '../http/support/http-stage.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { startFixture, type Fixture } from '../protocol/support/submission-fixture.ts';

const EVIL = 'EVIL\u009b31m\u202e\u2028x';
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

describe('SMTP replies', () => {
  let relay: Fixture | undefined;
  afterEach(async () => await relay?.stop());

  async function loggedIn(): Promise<Wire> {
    relay = await startFixture();
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    await wire.login();
    return wire;
  }

  test.each([
    ['controls', `From: <"a\u001b[2Jb"@evil.test>`],
    ['letters outside ASCII', 'From: <jörg@dömain.test>'],
    ['marks of direction', `From: <a\u202eb@evil.test>`],
    ['C1', `From: <"a\u009bb"@evil.test>`],
    ['a key', `X-Relay-Idempotency-Key: ${EVIL}\r\nFrom: <a@example.org>`],
    ['a tag', `X-Relay-Tag: ${EVIL}\r\nFrom: <a@example.org>`],
  ])('show %s of the content in ASCII, on one line', async (_, header) => {
    const wire = await loggedIn();
    const answer = await wire.message(
      'a@example.org',
      ['b@example.net'],
      Buffer.from(`${header}\r\n\r\nx\r\n`),
    );
    expect(answer).toMatch(/^[45]/);
    expect(answer).not.toMatch(/[^\n -~]/);
    wire.socket.destroy();
  });

  test.each([
    `MAIL FROM:<a@evil.test> ${EVIL}=1`,
    `MAIL FROM:<${EVIL}@evil.test> SMTPUTF8`,
    `MAIL FROM:<"a\u001bb"@evil.test> SMTPUTF8`,
    `MAIL FROM:<jörg@dömain.test> SMTPUTF8`,
    EVIL,
    `VRFY ${EVIL}`,
    `HELP ${EVIL}`,
  ])('to %j are ASCII, on one line', async (command) => {
    const wire = await loggedIn();
    const answer = await wire.command(command);
    expect(answer).toMatch(/^[245]/);
    expect(answer).not.toMatch(/[^\n -~]/);
    wire.socket.destroy();
  });
});

test('HTTP answers hold hostile names and values as JSON escapes, with the same meaning', async () => {
  const relay = await stage();
  const key = await relay.key();
  const bad = await fetch(relay.url('/v1/streams'), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: EVIL, [EVIL]: 1 }),
  });
  const text = await bad.text();
  expect(bad.status).toBe(400);
  expect(text).not.toMatch(OBEYED);
  expect(text).toContain(String.raw`EVIL\u009b31m\u202e\u2028x`);
  const { error } = JSON.parse(text) as { error: { errors: { field: string }[] } };
  expect(error.errors.map(({ field }) => field)).toContain(EVIL);

  const answer = await relay.call('/v1/suppressions', {
    key,
    body: { address: 'a@b.test', note: EVIL },
  });
  expect(answer.body).toMatchObject({ evidence: EVIL });
  const listed = await fetch(relay.url('/v1/suppressions'), { headers: { authorization: `Bearer ${key}` } });
  const list = await listed.text();
  expect(list).toContain('EVIL');
  expect(list).not.toMatch(OBEYED);
});

test('a webhook is told of hostile texts in JSON escapes, with the same meaning', () => {
  const body = webhookBody({
    sequence: 1,
    type: 'bounced',
    atMs: 0,
    accountName: 'default',
    messageId: 'msg_1',
    deliveryId: 'dlv_1',
    recipient: EVIL,
    stream: EVIL,
    tags: [EVIL],
    metadata: { [EVIL]: EVIL },
    data: { reply: EVIL },
  });
  expect(body).not.toMatch(OBEYED);
  expect(JSON.parse(body)).toMatchObject({ recipient: EVIL, tags: [EVIL], metadata: { [EVIL]: EVIL } });
});

test('a notice to a sender shows what a remote said, and passes none of it on', () => {
  const { bytes } = buildDsn({
    reportingMta: 'relay.test',
    fromDomain: 'shop.test',
    to: 'a@shop.test',
    messageIdField: '<1@relay.test>',
    nowMs: 0,
    random: { bytes: (length) => new Uint8Array(length), float: () => 0.5 },
    outcome: 'failed',
    original: {
      id: 'msg_1',
      messageIdField: '<2@shop.test>',
      subject: EVIL,
      acceptedAtMs: 0,
      envelopeId: 'x',
    },
    returned: { kind: 'header', bytes: Buffer.from('Subject: x\r\n\r\n') },
    recipients: [
      {
        recipient: 'b@example.net',
        originalRecipient: undefined,
        status: '5.1.1',
        remoteHost: 'mx.example.net',
        reply: `550 ${EVIL}\u001b[2J\r\nBcc: c@example.net`,
        replied: true,
        meaning: 'no such mailbox',
        action: 'remove it',
        lastAttemptAtMs: 0,
      },
    ],
  });
  const text = Buffer.from(bytes).toString();
  expect(text.replaceAll('\r\n', '\n')).not.toMatch(/[^\n -~]/);
  expect(text).toContain(String.raw`\u202e`);
  expect(text).not.toMatch(/^Bcc:/m);
});
