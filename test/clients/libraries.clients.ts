/** Mail libraries, used as their manuals say: each delivers intact through STARTTLS. */
import path from 'node:path';
import { createTransport } from 'nodemailer';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { python, run } from '../e2e/support/programs.ts';
import { Stage } from '../e2e/support/stage.ts';
import { arrives, environmentFor, FROM, mailOf } from './support/sent-mail.ts';
import { missing, Unpacked } from './support/unpacked.ts';

const program = (name: string) => path.join(import.meta.dirname, 'programs', name);

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start();
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Debian names it by its release. */
const PHP = ['sh', '-c', 'exec /usr/bin/php[0-9]* "$0"'] as const;

const UNPACKED = [
  { client: 'phpmailer', command: [...PHP, program('phpmailer.php')] },
  { client: 'ruby-mail', command: ['ruby', program('ruby-mail.rb')] },
  {
    client: 'javamail',
    command: ['java', '-cp', '/usr/share/java/javax.mail.jar', program('JavaMail.java')],
  },
  { client: 'go', command: ['go', 'run', program('mail.go')] },
  { client: 'django', command: ['/usr/bin/python3', program('django-mail.py')] },
] as const;

describe.each(UNPACKED)('$client', ({ client, command }) => {
  const why = missing(client);
  it.skipIf(why !== undefined)(`delivers intact${why === undefined ? '' : ` (${why})`}`, async () => {
    using unpacked = new Unpacked(client);
    const mail = mailOf(client);
    const env = {
      ...environmentFor(stage, mail),
      GOCACHE: '/var/tmp/go',
      GOPATH: '/var/tmp/gopath',
      GOPROXY: 'off',
    };
    const { code, stdout, stderr } = await unpacked.run(command, { env });
    expect([code, stderr || stdout], stderr).toMatchObject([0, expect.anything() as string]);
    await arrives(stage, mail);
  });
});

describe('phpmailer', () => {
  const why = missing('phpmailer');
  it.skipIf(why !== undefined)('delivers an attachment through implicit TLS', async () => {
    using unpacked = new Unpacked('phpmailer');
    const mail = mailOf('phpmailer-tls');
    const env = { ...environmentFor(stage, mail), IMPLICIT_TLS: '1' };
    const { code, stderr } = await unpacked.run([...PHP, program('phpmailer.php')], { env });
    expect(code, stderr).toBe(0);
    const { content } = await arrives(stage, mail);
    const { attachments } = await simpleParser(content);
    expect(attachments.map((one) => one.content.equals(Buffer.from('\0\r\n.\n'.repeat(100_000))))).toEqual([
      true,
    ]);
  });
});

describe('smtplib', () => {
  it.skipIf(python === undefined)('delivers intact (needs python3)', async () => {
    const mail = mailOf('smtplib');
    const env = environmentFor(stage, mail);
    const { code, stderr } = await run(python ?? '', [program('smtplib-mail.py')], { env });
    expect(code, stderr).toBe(0);
    await arrives(stage, mail);
  });
});

describe('nodemailer', () => {
  it.each([false, true])('delivers intact (implicit TLS: %s)', async (secure) => {
    const mail = mailOf(secure ? 'nodemailer-tls' : 'nodemailer');
    const transport = createTransport({
      host: '127.0.0.1',
      port: secure ? stage.relay.tlsPort : stage.relay.port,
      secure,
      requireTLS: true,
      auth: { user: stage.login.username, pass: stage.login.password },
      tls: { rejectUnauthorized: false },
    });
    await transport.sendMail({ from: { name: 'Shop', address: FROM }, ...mail });
    transport.close();
    await arrives(stage, mail);
  });
});
