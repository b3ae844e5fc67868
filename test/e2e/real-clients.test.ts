/** What people send mail with, used as its manual says: Nodemailer, Python's smtplib, curl. */
import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curl, python, run } from './support/programs.ts';
import { body, field, verdicts } from './support/received-mail.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const ALL_PASS = [
  { domain: SENDER_DOMAIN, algorithm: 'rsa-sha256', result: 'pass' },
  { domain: SENDER_DOMAIN, algorithm: 'ed25519-sha256', result: 'pass' },
];

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start();
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('Nodemailer', () => {
  async function send(mail: SendMailOptions, options: { secure: boolean; authMethod?: string }) {
    const transport = createTransport({
      host: '127.0.0.1',
      port: options.secure ? stage.relay.tlsPort : stage.relay.port,
      secure: options.secure,
      requireTLS: true,
      auth: { user: stage.login.username, pass: stage.login.password },
      ...(options.authMethod === undefined ? {} : { authMethod: options.authMethod }),
      tls: { rejectUnauthorized: false },
    });
    const info = await transport.sendMail({ from: FROM, ...mail });
    transport.close();
    return info;
  }

  it('sends through STARTTLS', async () => {
    const to = 'nodemailer-starttls@recipient.test';
    const info = await send({ to, subject: 'Hello', text: 'Hello there.' }, { secure: false });
    expect(info.accepted).toEqual([to]);
    expect(info.response).toMatch(/^250 2\.0\.0 Ok: queued as msg_/);
    expect(await verdicts((await stage.received(to)).content, stage.dns.zone)).toEqual(ALL_PASS);
  });

  it.each(['PLAIN', 'LOGIN'])('sends through implicit TLS with AUTH %s', async (authMethod) => {
    const to = `nodemailer-${authMethod.toLowerCase()}@recipient.test`;
    await send({ to, subject: 'Hello', text: 'Hello there.' }, { secure: true, authMethod });
    expect(body((await stage.received(to)).content).toString()).toBe('Hello there.\r\n');
  });

  it('sends 8-bit text, an HTML part and a UTF-8 subject', async () => {
    const to = 'nodemailer-utf8@recipient.test';
    await send(
      {
        to,
        subject: 'Grüße aus Köln: 你好',
        text: 'Grüße',
        html: '<p>Grüße, 你好</p>',
        textEncoding: 'quoted-printable',
      },
      { secure: false },
    );
    const { content } = await stage.received(to);
    expect(await verdicts(content, stage.dns.zone)).toEqual(ALL_PASS);
    const messages = await stage.relay.ctlList<{ subject: string }>('message', 'list');
    expect(messages.map((message) => message.subject)).toContain('Grüße aus Köln: 你好');
  });

  it('sends to a UTF-8 address in an internationalized domain', async () => {
    stage.dns.zone.set('xn--bcher-kva.test', { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] });
    await send({ to: 'jürgen@bücher.test', subject: 'Hello', text: 'Hello.' }, { secure: false });
    const received = await stage.received('jürgen@xn--bcher-kva.test');
    expect(received.parameters).toContain('SMTPUTF8');
    expect(await verdicts(received.content, stage.dns.zone)).toEqual(ALL_PASS);
  });

  it('sends an attachment of 20 MB, which arrives octet for octet', async () => {
    const to = 'nodemailer-large@recipient.test';
    const attachment = Buffer.alloc(15 * 1024 * 1024);
    for (let at = 0; at < attachment.length; at++) attachment[at] = (at * 2_654_435_761) >>> 24;
    await send(
      {
        to,
        subject: 'Large',
        text: 'See attached.',
        attachments: [{ filename: 'a.bin', content: attachment }],
      },
      { secure: false },
    );
    const { content } = await stage.received(to);
    expect(content.length).toBeGreaterThan(20 * 1024 * 1024);
    expect(await verdicts(content, stage.dns.zone)).toEqual(ALL_PASS);
    const text = content.toString('latin1');
    const encoded = text.slice(text.indexOf('\r\n\r\n', text.indexOf('filename=a.bin')) + 4);
    const decoded = Buffer.from(encoded.slice(0, encoded.indexOf('\r\n--')), 'base64');
    expect(decoded.equals(attachment)).toBe(true);
  });

  it('hears a refusal of its password', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: stage.relay.port,
      auth: { user: stage.login.username, pass: 'wrong' },
      tls: { rejectUnauthorized: false },
    });
    await expect(transport.sendMail({ from: FROM, to: 'x@recipient.test', text: 'x' })).rejects.toMatchObject(
      {
        responseCode: 535,
      },
    );
  });
});

describe.skipIf(python === undefined)('Python smtplib (needs python3)', () => {
  const SEND = `
import os, smtplib, ssl, sys
from email.message import EmailMessage
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
mail = EmailMessage()
mail['From'] = os.environ['MAIL_FROM']
mail['To'] = os.environ['MAIL_TO']
mail['Subject'] = 'From smtplib'
mail.set_content('Grüße\\n.leading dot\\n')
port = int(os.environ['PORT'])
if os.environ['MODE'] == 'implicit':
    server = smtplib.SMTP_SSL('127.0.0.1', port, context=context)
else:
    server = smtplib.SMTP('127.0.0.1', port)
    server.starttls(context=context)
with server:
    if os.environ.get('MECHANISM'):
        server.user, server.password = os.environ['LOGIN_USER'], os.environ['LOGIN_PASSWORD']
        server.ehlo_or_helo_if_needed()
        server.auth(os.environ['MECHANISM'], getattr(server, 'auth_' + os.environ['MECHANISM'].lower()))
    else:
        server.login(os.environ['LOGIN_USER'], os.environ['LOGIN_PASSWORD'])
    server.send_message(mail)
`;

  async function send(to: string, mode: 'starttls' | 'implicit', mechanism = '') {
    const result = await run(python ?? '', ['-c', SEND], {
      env: {
        MAIL_FROM: FROM,
        MAIL_TO: to,
        MODE: mode,
        MECHANISM: mechanism,
        PORT: String(mode === 'implicit' ? stage.relay.tlsPort : stage.relay.port),
        LOGIN_USER: stage.login.username,
        LOGIN_PASSWORD: stage.login.password,
        PYTHONIOENCODING: 'utf-8',
        PYTHONUTF8: '1',
      },
    });
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    return await stage.received(to);
  }

  it.each(['starttls', 'implicit'] as const)('sends through %s', async (mode) => {
    const { content } = await send(`smtplib-${mode}@recipient.test`, mode);
    expect(field(content, 'subject')).toBe('From smtplib');
    expect(await verdicts(content, stage.dns.zone)).toEqual(ALL_PASS);
  });

  it.each(['PLAIN', 'LOGIN'])('logs in with %s', async (mechanism) => {
    await send(`smtplib-${mechanism.toLowerCase()}@recipient.test`, 'starttls', mechanism);
  });

  it('sends to a UTF-8 address', async () => {
    const { content } = await send('søren@recipient.test', 'starttls');
    expect(await verdicts(content, stage.dns.zone)).toEqual(ALL_PASS);
  });
});

describe.skipIf(curl === undefined)('curl (needs curl)', () => {
  it.each(['smtp', 'smtps'] as const)('sends through %s://', async (scheme) => {
    const to = `curl-${scheme}@recipient.test`;
    const port = scheme === 'smtps' ? stage.relay.tlsPort : stage.relay.port;
    const result = await run(
      curl ?? '',
      [
        ...[
          '--silent',
          '--show-error',
          '--insecure',
          '--ssl-reqd',
          '--url',
          `${scheme}://127.0.0.1:${port}/client.test`,
        ],
        ...['--user', `${stage.login.username}:${stage.login.password}`],
        ...['--mail-from', FROM, '--mail-rcpt', to, '--upload-file', '-'],
      ],
      { input: `From: ${FROM}\r\nTo: ${to}\r\nSubject: From curl\r\n\r\n.dot\r\nbody\r\n` },
    );
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    const { content } = await stage.received(to);
    expect(body(content).toString()).toBe('.dot\r\nbody\r\n');
    expect(await verdicts(content, stage.dns.zone)).toEqual(ALL_PASS);
  });
});
