/** What senders say of time and rank, with the programs that they use; and a host that hangs, as an operator sees it. */
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { FakeMxAnswer } from '../support/fake-mx-options.ts';
import { python, run } from './support/programs.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const OFFERED = [
  'PIPELINING',
  'STARTTLS',
  '8BITMIME',
  'SMTPUTF8',
  'ENHANCEDSTATUSCODES',
  'DSN',
  'SIZE 52428800',
];

let stage: Stage;
let answer: (command: string) => FakeMxAnswer | undefined = () => undefined;
beforeAll(async () => {
  stage = await Stage.start({
    config: { delivery: { retry_schedule: ['1s'] } },
    mx: {
      extensions: [...OFFERED, 'MT-PRIORITY', 'DELIVERBY', 'LIMITS RCPTMAX=2 MAILMAX=3'],
      respond: (command) => answer(command),
    },
  });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const content = (subject: string, fields = '') =>
  `From: <${FROM}>\r\nSubject: ${subject}\r\n${fields}\r\nbody\r\n`;

describe.skipIf(python === undefined)('smtplib', () => {
  it('sends the parameters as it is given them, and the next hop gets what it offers', async () => {
    const to = 'smtplib-by@recipient.test';
    const script = `
import smtplib, ssl, sys
context = ssl._create_unverified_context()
with smtplib.SMTP('127.0.0.1', ${stage.relay.port}) as s:
    s.starttls(context=context)
    s.login(${JSON.stringify(stage.login.username)}, ${JSON.stringify(stage.login.password)})
    assert s.has_extn('deliverby') and s.has_extn('mt-priority') and s.has_extn('futurerelease') and s.has_extn('limits')
    print(s.esmtp_features['limits'], s.esmtp_features['deliverby'])
    s.sendmail(${JSON.stringify(FROM)}, [${JSON.stringify(to)}], ${JSON.stringify(content('By smtplib'))},
      mail_options=['BY=600;RT', 'MT-PRIORITY=-3'], rcpt_options=['NOTIFY=SUCCESS,FAILURE'])
`;
    const { stdout } = await run(python ?? '', ['-c', script]);
    expect(stdout).toContain('RCPTMAX=1000 60');
    const { content: received } = await stage.received(to);
    expect(Buffer.from(received).toString()).toMatch(/^MT-Priority: -3\r$/m);
    const mail = stage.mx.commands.find((line) => line.startsWith('MAIL') && line.includes('BY='));
    expect(mail).toMatch(/ MT-PRIORITY=-3 BY=(?:600|59\d);RT/);
    // With T each relay tells that it has handed the message on, also to a host that sends DSNs itself.
    const told = await stage.received(FROM);
    expect(Buffer.from(told.content).toString()).toContain('Action: relayed');
  });

  it('is told what is wrong with a parameter', async () => {
    const script = `
import smtplib, ssl
with smtplib.SMTP('127.0.0.1', ${stage.relay.port}) as s:
    s.starttls(context=ssl._create_unverified_context())
    s.login(${JSON.stringify(stage.login.username)}, ${JSON.stringify(stage.login.password)})
    print(s.mail(${JSON.stringify(FROM)}, ['HOLDFOR=1', 'HOLDUNTIL=2020-01-01T00:00:00Z']))
`;
    expect((await run(python ?? '', ['-c', script])).stdout).toContain(
      'HOLDFOR and HOLDUNTIL exclude each other',
    );
  });
});

describe('a message that is held', () => {
  it('is scheduled, and goes when its time has come', async () => {
    const session = await stage.session();
    const to = 'held-for@recipient.test';
    const id = await session.submitForId({
      from: FROM,
      to,
      content: content('Held'),
      mailParameters: 'HOLDFOR=8',
    });
    await session.quit();
    expect((await stage.message(id)).deliveries[0]?.state).toBe('scheduled');
    const { deliveries, accepted_at: acceptedAt } = await stage.settled(id);
    const waitedMs = Date.parse(deliveries[0]!.history[0]!.at) - Date.parse(acceptedAt);
    expect(waitedMs).toBeGreaterThanOrEqual(7_900);
  });
});

describe('a transactional message', () => {
  it('behind a long queue of its account for a slow host is the next but a few', async () => {
    answer = (command) => (command === '.' ? { reply: '250 2.0.0 Ok', delayMs: 300 } : undefined);
    const session = await stage.session();
    const bulk = Array.from({ length: 300 }, (_, number) => `news-${number}@recipient.test`);
    for (const to of bulk)
      await session.submitForId({
        from: FROM,
        to,
        content: content('News', 'X-Relay-Stream: broadcast\r\n'),
      });
    const to = 'reset@recipient.test';
    const before = stage.mx.messageCount;
    await session.submitForId({ from: FROM, to, content: content('Reset') });
    await session.quit();
    await stage.received(to);
    // Those that were under way on up to ten connections, and a turn of bulk.
    expect(stage.mx.messageCount - before).toBeLessThan(40);
    expect(stage.mx.messageCount).toBeLessThan(300);
    answer = () => undefined;
  });
});

describe('Nodemailer', () => {
  it('sends to more recipients than the next hop takes in a transaction, with its DSN options', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: stage.relay.tlsPort,
      secure: true,
      auth: { user: stage.login.username, pass: stage.login.password },
      tls: { rejectUnauthorized: false },
    });
    const to = [1, 2, 3, 4, 5].map((number) => `many-${number}@recipient.test`);
    const dsn = { id: 'order-7', return: 'headers', notify: ['failure', 'delay'], recipient: FROM } as const;
    await transport.sendMail({
      from: FROM,
      to,
      subject: 'Many',
      text: 'Hello.',
      dsn: { ...dsn, notify: [...dsn.notify] },
    });
    transport.close();
    for (const one of to) {
      const { recipients } = await stage.received(one);
      expect(recipients.length).toBeLessThanOrEqual(2);
    }
  });
});

describe('a host that hangs', () => {
  it('is shown by destination show: where it waits, and since when', async () => {
    answer = (command) => (command.startsWith('RCPT TO:<hang') ? { fault: 'silent' } : undefined);
    const session = await stage.session();
    await session.submitForId({ from: FROM, to: 'hang@recipient.test', content: content('Hang') });
    await session.quit();
    interface Shown {
      readonly in_progress: { readonly sessions: readonly Readonly<Record<string, string>>[] } | null;
    }
    const found = await eventually(
      async () => {
        const shown = await stage.relay.ctl<Shown>('destination', 'show', 'recipient.test');
        return shown.in_progress?.sessions.find((one) => one['waits_for'] === 'RCPT');
      },
      { what: 'a session that waits', timeoutMs: 20_000, everyMs: 100 },
    );
    expect(found).toMatchObject({ host: 'mx.recipient.test', state: 'transaction' });
    expect(Date.parse(found?.['waits_since'] ?? '')).not.toBeNaN();
    answer = () => undefined;
  });
});
