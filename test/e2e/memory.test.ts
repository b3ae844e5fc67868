/** Memory stays bounded whatever clients send at once: content streams to the store, clients are held back. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';
import { SmtpTalk } from './support/smtp-talk.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const CONNECTIONS = 100;
// The long run of it: MEMORY_TEST_MESSAGE_BYTES=26000000.
const MESSAGE_BYTES = Number(process.env.MEMORY_TEST_MESSAGE_BYTES ?? 4 * 1024 * 1024);
const LIMIT_MIB = 600;

it.skipIf(process.platform !== 'linux')(
  'keeps its memory under 600 MB while 100 connections send large messages at once (needs Linux)',
  { timeout: 600_000 },
  async () => {
    await using stage = await Stage.start({ zone: { 'later.test': { fault: 'servfail' } } });
    await stage.relay.ctl(
      'credential',
      'add',
      '--kind',
      'network',
      '--name',
      'load',
      '--allow-ip',
      '127.0.0.1',
    );
    const line = `${'x'.repeat(76)}\r\n`;
    const piece = Buffer.from(line.repeat(840));
    const sessions = await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, at) => {
        const session = await SmtpTalk.connect({ port: stage.relay.port });
        await session.ehlo();
        await session.ok(250, `MAIL FROM:<${FROM}>`);
        await session.ok(250, `RCPT TO:<r${at}@later.test>`);
        await session.ok(354, 'DATA');
        session.write(`From: <${FROM}>\r\nSubject: Large\r\n\r\n`);
        return session;
      }),
    );
    // All at once, piece by piece in turn, each as fast as relayd reads it.
    const replies = await Promise.all(
      sessions.map(async (session) => {
        for (let sent = 0; sent < MESSAGE_BYTES; sent += piece.length) await session.drain(piece);
        return await session.command('.');
      }),
    );
    for (const session of sessions) session.destroy();
    // What does not fit for the moment may be put off; nothing may be lost of what was taken.
    const accepted = replies.filter((reply) => reply.code === 250).length;
    expect(replies.filter((reply) => reply.code !== 250 && reply.code !== 451 && reply.code !== 452)).toEqual(
      [],
    );
    expect(accepted).toBeGreaterThan(CONNECTIONS / 2);
    expect((await stage.relay.ctlList('message', 'list', '--limit', '1000')).length).toBe(accepted);
    const peakMib =
      Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${stage.relay.pid}/status`, 'utf8'))?.[1]) / 1024;
    process.stdout.write(`memory: ${accepted} of ${CONNECTIONS} accepted, peak ${Math.round(peakMib)} MB\n`);
    expect(peakMib).toBeLessThan(LIMIT_MIB);
  },
);
