/**
 * Strangers on port 25 of the real relay: while hostile mail is read, clients of the submission ports are greeted and
 * reports by others count; what cannot be read is said; the process that reads does not outlive the relay.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Wire } from '../protocol/support/dialogue.ts';
import { deliveryReport } from '../protocol/support/inbound-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { HOSTILE_REPORTS } from '../support/hostile-reports.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const RETURN_PATH_HOST = `bounces.${SENDER_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    config: { inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` } },
    zone: {
      [RETURN_PATH_HOST]: {
        mx: [{ preference: 10, exchange: 'relay.test' }],
        txt: ['v=spf1 a:relay.test ~all'],
      },
    },
  });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Hands `content` to port 25 from `localAddress`; the last reply. */
async function report(to: string, content: string | Buffer, localAddress: string): Promise<string> {
  const wire = await Wire.open(stage.relay.inboundPort, { localAddress });
  try {
    await wire.reply();
    await wire.command('EHLO mx.recipient.test');
    await wire.command('MAIL FROM:<>');
    const rcpt = await wire.command(`RCPT TO:<${to}>`);
    if (!rcpt.startsWith('250')) return rcpt;
    await wire.command('DATA');
    const text = Buffer.from(content).toString('latin1').replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
    wire.send(Buffer.from(`${text}\r\n.\r\n`, 'latin1'));
    // It may wait for others.
    return await eventually(() => wire.reply(), { timeoutMs: 60_000, what: 'the reply to a report' });
  } finally {
    wire.destroy();
  }
}

/** A message that was delivered to a mailbox of that name; what is needed for a report about it. */
async function delivered(name: string) {
  const to = `${name}@${RECIPIENT_DOMAIN}`;
  const from = `shop@${SENDER_DOMAIN}`;
  const session = await stage.session();
  const content = `From: <${from}>\r\nTo: <${to}>\r\nSubject: Order\r\n\r\nbody\r\n`;
  const id = await session.submitForId({ from, to, content });
  await session.quit();
  await stage.settled(id);
  return { id, to, returnPath: (await stage.received(to)).reversePath };
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );
}

describe('while strangers send hostile mail', () => {
  it('clients are greeted, and reports by others are applied', async () => {
    const good = [];
    for (let i = 0; i < 4; i++) good.push(await delivered(`customer${i}`));

    const done = new AbortController();
    const greetings: string[] = [];
    const greeted = (async () => {
      while (!done.signal.aborted) {
        const wire = await Wire.open(stage.relay.port);
        greetings.push(await wire.reply());
        wire.destroy();
      }
    })();
    // Four networks of strangers, each with a part of what is known to hurt.
    const strangers = [1, 2, 3, 4].map(async (network) => {
      const answers: string[] = [];
      for (const [index, { make }] of HOSTILE_REPORTS.entries()) {
        if (index % 4 !== network - 1) continue;
        const to = index % 5 === 0 ? 'postmaster@relay.test' : `fbl@${RETURN_PATH_HOST}`;
        answers.push(await report(to, make(), `127.0.${network}.1`));
      }
      return answers;
    });
    const before = greetings.length;
    for (const { to, returnPath } of good)
      expect(await report(returnPath, deliveryReport(to), '127.0.9.1')).toMatch(/^250/);
    const answers = (await Promise.all(strangers)).flat();
    done.abort();
    await greeted;

    expect(answers.length).toBe(HOSTILE_REPORTS.length);
    // A header that is no header is refused where mail to postmaster would be passed on.
    for (const answer of answers) expect(answer).toMatch(/^(?:250 |554 5\.6\.0)/);
    expect(greetings.length).toBeGreaterThan(before + good.length);
    for (const greeting of greetings) expect(greeting).toMatch(/^220 /);
    for (const { id } of good) expect((await stage.message(id)).deliveries[0]?.state).toBe('bounced');
  });

  it('what is not readable is taken, and said in the log with whose it was and why', async () => {
    const hostile = HOSTILE_REPORTS.find(({ tooTelling }) => tooTelling);
    expect(await report(`fbl@${RETURN_PATH_HOST}`, hostile?.make() ?? '', '127.0.5.1')).toMatch(/^250/);
    expect(stage.relay.log()).toMatch(
      /"event":"report not readable","session":"[^"]+","client":"127\.0\.5\.1","why":"output"/,
    );
  });
});

describe.runIf(existsSync('/proc/self/task'))('the process that reads reports', () => {
  const read = () => report(`fbl@${RETURN_PATH_HOST}`, 'Subject: x\n\nx', '127.0.6.1');

  it('is replaced when it is killed', async () => {
    await read();
    const [pid] = childrenOf(stage.relay.pid);
    process.kill(pid ?? 0, 'SIGKILL');
    const { id, to, returnPath } = await delivered('afterwards');
    expect(await report(returnPath, deliveryReport(to), '127.0.6.1')).toMatch(/^250/);
    expect((await stage.message(id)).deliveries[0]?.state).toBe('bounced');
    expect(childrenOf(stage.relay.pid)).not.toContain(pid);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends with the relay (%s)', async (signal) => {
    await read();
    const children = childrenOf(stage.relay.pid);
    expect(children.length).toBe(1);
    await stage.relay.end(signal);
    await eventually(() => children.every((pid) => !existsSync(`/proc/${pid}/exe`) || isZombie(pid)));
    await stage.relay.start();
  });
});

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
