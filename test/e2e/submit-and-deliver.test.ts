/** The main path: in through 587 or 465, spooled, signed, out to the recipient's MX, and what relayctl says about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';
import { messageIdOf, SmtpTalk } from './support/smtp-talk.ts';
import { field, fields, verdicts } from './support/received-mail.ts';

const FROM = `shop@${SENDER_DOMAIN}`;

function mail(to: string, more = ''): string {
  return `From: Shop <${FROM}>\r\nTo: ${to}\r\nSubject: Order 4711\r\n${more}\r\nOn its way.\r\n`;
}

describe('a message from submission to the MX', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('goes in through STARTTLS with AUTH PLAIN and comes out signed', async () => {
    const to = 'starttls@recipient.test';
    const session = await stage.session();
    const reply = await session.submit({ from: FROM, to, content: mail(to) });
    expect(reply.code).toBe(250);
    expect(reply.text).toMatch(/^250 2\.0\.0 /);
    const id = messageIdOf(reply);
    await session.quit();

    const received = await stage.received(to);
    expect(received.reversePath).toBe(FROM);
    expect(received.tls).toMatch(/^TLSv1\.[23]$/);
    expect(received.content.toString()).toContain('\r\n\r\nOn its way.\r\n');
    expect(field(received.content, 'x-relay-message-id')).toBe(id);
    expect(await verdicts(received.content, stage.dns.zone)).toEqual([
      { domain: SENDER_DOMAIN, algorithm: 'rsa-sha256', result: 'pass' },
      { domain: SENDER_DOMAIN, algorithm: 'ed25519-sha256', result: 'pass' },
    ]);
  });

  it('goes in through implicit TLS with AUTH LOGIN', async () => {
    const to = 'implicit@recipient.test';
    const session = await SmtpTalk.connect({ port: stage.relay.tlsPort, implicitTls: true });
    await session.ehlo();
    await session.authLogin(stage.login);
    const id = await session.submitForId({ from: FROM, to, content: mail(to) });
    await session.quit();
    expect(field((await stage.received(to)).content, 'x-relay-message-id')).toBe(id);
  });

  it('carries several messages in one session, and all recipients of one in one transaction', async () => {
    const session = await stage.session();
    const recipients = ['first@recipient.test', 'second@recipient.test', 'third@recipient.test'];
    await session.submitForId({ from: FROM, to: recipients, content: mail(recipients.join(', ')) });
    await session.submitForId({
      from: FROM,
      to: 'fourth@recipient.test',
      content: mail('fourth@recipient.test'),
    });
    await session.quit();
    const received = await stage.received('first@recipient.test');
    expect(received.recipients.map((recipient) => recipient.address)).toEqual(recipients);
    expect((await stage.received('fourth@recipient.test')).recipients).toHaveLength(1);
  });

  it('adds Message-ID, Date and one Received where needed, and drops Bcc and Return-Path', async () => {
    const to = 'fixed@recipient.test';
    const session = await stage.session();
    const id = await session.submitForId({
      from: FROM,
      to,
      content: mail(to, 'Bcc: secret@recipient.test\r\nReturn-Path: <old@example.org>\r\n'),
    });
    await session.quit();
    const { content } = await stage.received(to);
    expect(content.toString()).not.toContain('secret@');
    expect(fields(content, 'return-path')).toEqual([]);
    expect(fields(content, 'received')).toHaveLength(1);
    expect(field(content, 'received')).toMatch(/by relay\.test .*with ESMTPSA/s);
    expect(field(content, 'message-id')).toMatch(/^<[^@<>]+@[^@<>]+>$/);
    expect(field(content, 'date')).toMatch(/\d{4} \d\d:\d\d:\d\d [+-]\d{4}/);
    expect(field(content, 'x-relay-message-id')).toBe(id);
  });

  it('shows message, attempt and events under the id of the reply', async () => {
    const to = 'shown@recipient.test';
    const session = await stage.session();
    const id = await session.submitForId({ from: FROM, to, content: mail(to) });
    await session.quit();
    const message = await stage.settled(id);
    expect(message).toMatchObject({
      id,
      account: 'default',
      stream: 'transactional',
      reverse_path: FROM,
      header_from: FROM,
      subject: 'Order 4711',
    });
    expect(message.accepted_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(message.deliveries).toHaveLength(1);
    const delivery = message.deliveries[0]!;
    expect(delivery).toMatchObject({ recipient: to, state: 'delivered', attempts: 1 });
    expect(delivery.history).toHaveLength(1);
    expect(delivery.history[0]).toMatchObject({ host: 'mx.recipient.test', address: '127.0.0.1' });
    expect(delivery.history[0]?.tls).toMatch(/^TLSv1\.[23] /);
    expect(delivery.history[0]?.reply).toMatch(/^250 2\.0\.0 /);

    const trace = await stage.relay.ctlRaw(['message', 'trace', id]);
    expect(trace.code).toBe(0);
    expect(trace.stdout).toContain(to);
    expect(trace.stdout).toContain('mx.recipient.test');
    const events = await stage.relay.ctlList<{ event: string; message_id: string }>('events');
    expect(events.filter((event) => event.message_id === id).map((event) => event.event)).toEqual([
      'accepted',
      'delivered',
    ]);
    const raw = await stage.relay.ctlRaw(['message', 'raw', id]);
    expect(raw.stdout).toContain('On its way.');
  });

  it('refuses a sender whose domain nobody verified, in envelope and header', async () => {
    const session = await stage.session();
    const envelope = await session.command('MAIL FROM:<shop@other.test>');
    expect(envelope.text).toMatch(/^550 5\.7\.1 .*shop@other\.test/);
    const header = await session.submit({
      from: FROM,
      to: 'never@recipient.test',
      content: 'From: x@other.test\r\n\r\nhello\r\n',
    });
    expect(header.text).toMatch(/^550 5\.7\.1 .*other\.test/);
    await session.quit();
    expect(stage.mx.deliveriesTo('never@recipient.test')).toBe(0);
  });

  it('takes mail from a listed network without AUTH, in clear, until the credential is revoked', async () => {
    const credential = await stage.relay.ctl<{ id: string }>(
      ...['credential', 'add', '--kind', 'network', '--name', 'printer', '--allow-ip', '127.0.0.1'],
    );
    const to = 'printer@recipient.test';
    const session = await SmtpTalk.connect({ port: stage.relay.port });
    await session.ehlo();
    await session.submitForId({ from: FROM, to, content: mail(to) });
    await session.quit();
    await stage.received(to);

    await stage.relay.ctl('credential', 'revoke', credential.id, '--yes');
    // A revocation counts within a second.
    await expect
      .poll(
        async () => {
          const refused = await SmtpTalk.connect({ port: stage.relay.port });
          await refused.ehlo();
          const { text } = await refused.command(`MAIL FROM:<${FROM}>`);
          refused.destroy();
          return text;
        },
        { timeout: 5_000 },
      )
      .toMatch(/^530 5\.7\.0/);
  });

  it('sends a test message through relayctl and shows what became of it', async () => {
    const to = 'by-relayctl@recipient.test';
    const result = await stage.relay.ctlRaw([
      ...['send', '--from', FROM, '--to', to, '--subject', 'Test', '--text', 'It works.'],
    ]);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect((await stage.received(to)).content.toString()).toContain('It works.');
  });
});
