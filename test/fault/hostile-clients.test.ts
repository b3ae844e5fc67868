/**
 * Clients that cost as much as they can: that send an octet now and then, never read what they are told, send garbage in
 * one go, or name ten thousand recipients. The relay goes on for everybody else, in bounded memory, and keeps nothing of
 * what was not accepted.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { RECIPIENT_DOMAIN, type Stage } from '../e2e/support/stage.ts';
import { SmtpTalk } from '../e2e/support/smtp-talk.ts';
import { contentOf, FROM, Ledger } from './support/ledger.ts';
import { connect, handOver, queueEmpty, startFaultStage, startLoad } from './support/load.ts';

const MIB = 1024 * 1024;

describe('clients', () => {
  let stage: Stage;
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = new Ledger();
    stage = await startFaultStage({ ledger });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  async function open(port = stage.relay.port): Promise<net.Socket> {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Resident memory of relayd in MiB. */
  function memoryMib(): number {
    const status = readFileSync(`/proc/${stage.relay.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** Whole sessions of somebody else: so long the relay had time to read from others. */
  async function othersAreServed(): Promise<false> {
    for (let session = 0; session < 10; session++) {
      const talk = await connect(stage);
      for (let command = 0; command < 20; command++) await talk.ok(250, 'NOOP');
      talk.destroy();
    }
    return false;
  }

  /** Writes `octets` again and again until `totalBytes` are sent, the server reads nothing while it serves others, or hangs up. */
  async function flood(socket: net.Socket, octets: Buffer, totalBytes: number): Promise<void> {
    for (let sent = 0; sent < totalBytes && !socket.destroyed; sent += octets.length) {
      if (socket.write(octets)) continue;
      const ended = new AbortController();
      const goesOn = await Promise.race([
        // Whatever came of it, a socket that is gone ends the loop.
        ...['drain', 'close'].map((event) =>
          once(socket, event, { signal: ended.signal }).then(
            () => true,
            () => true,
          ),
        ),
        othersAreServed(),
      ]);
      ended.abort();
      if (!goesOn) return;
    }
  }

  it('that send an octet now and then hold up nobody', async () => {
    const counted = new Ledger();
    stage.mx.change({ onMessage: counted.note });
    const slow = await Promise.all(Array.from({ length: 300 }, () => open()));
    const inData = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const session = await connect(stage);
        await session.ok(250, `MAIL FROM:<${FROM}>`);
        await session.ok(250, `RCPT TO:<never@${RECIPIENT_DOMAIN}>`);
        await session.ok(354, 'DATA');
        return session;
      }),
    );
    const dripping = setInterval(() => {
      for (const socket of slow) socket.write('E');
      for (const session of inData) session.write('x');
    }, 10);
    const load = startLoad(stage, counted, 10, 200);
    await load.done;
    clearInterval(dripping);
    expect(counted.accepted.size).toBe(200);
    for (const socket of slow) socket.destroy();
    for (const session of inData) session.destroy();
    await queueEmpty(stage);
    expect(counted.lost()).toEqual([]);
    expect(stage.mx.commands.filter((line) => line.includes('never@'))).toEqual([]);
    stage.mx.change({ onMessage: ledger.note });
  });

  const floods: readonly [string, Buffer][] = [
    ['commands without end and read no reply', Buffer.from('RCPT TO:<a@b.test>\r\n'.repeat(3_000))],
    ['empty lines', Buffer.from('\r\n'.repeat(30_000))],
    ['a line without end', Buffer.alloc(64 * 1024, 'a')],
    ['random octets', randomBytes(64 * 1024)],
    ['SMTP mixed with NUL and lone CR', Buffer.from('EHLO a\0\r\nMAIL\rFROM:<\n.\r\n\r\n.\n'.repeat(2_000))],
  ];
  it.skipIf(process.platform !== 'linux').each(floods)(
    'that send %s are bounded in memory (needs Linux)',
    async (_what, octets) => {
      const before = memoryMib();
      let peak = before;
      const watching = setInterval(() => (peak = Math.max(peak, memoryMib())), 20);
      const sockets = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const socket = await open();
          // Nothing is read any more.
          await once(socket, 'data');
          socket.pause();
          socket.write('EHLO a\r\n');
          await flood(socket, octets, 20 * MIB);
          return socket;
        }),
      );
      clearInterval(watching);
      const session = await connect(stage);
      await session.quit();
      for (const socket of sockets) socket.destroy();
      process.stdout.write(`${_what}: ${Math.round(before)} MiB, at most ${Math.round(peak)} MiB\n`);
      // What a flood of replies that nobody reads would take if they were all kept is more.
      expect(peak - before).toBeLessThan(150);
      expect(stage.relay.running).toBe(true);
    },
  );

  it('that send garbage where TLS should begin are dropped, others are served', async () => {
    const socket = await open(stage.relay.tlsPort);
    await flood(socket, randomBytes(64 * 1024), MIB);
    const upgraded = await SmtpTalk.connect({ port: stage.relay.port });
    await upgraded.ehlo();
    await upgraded.ok(220, 'STARTTLS');
    upgraded.write(randomBytes(64 * 1024));
    await upgraded.closed();
    socket.destroy();
    const session = await SmtpTalk.session({
      port: stage.relay.tlsPort,
      login: stage.login,
      implicitTls: true,
    });
    await session.quit();
  });

  it('that name ten thousand recipients are told 452 4.5.3 from the limit on, the others get the mail', async () => {
    const session = await connect(stage);
    await session.ok(250, `MAIL FROM:<${FROM}>`);
    const answers = new Map<string, number>();
    for (let batch = 0; batch < 100; batch++) {
      const numbers = Array.from({ length: 100 }, (_, at) => 10_000 + batch * 100 + at);
      session.write(numbers.map((number) => `RCPT TO:<many+${number}@${RECIPIENT_DOMAIN}>\r\n`).join(''));
      for (const _number of numbers) {
        const { text } = await session.read();
        const kind = text.slice(0, 9);
        answers.set(kind, (answers.get(kind) ?? 0) + 1);
      }
    }
    expect(Object.fromEntries(answers)).toEqual({ '250 2.1.5': 1_000, '452 4.5.3': 9_000 });
    await session.ok(354, 'DATA');
    session.write(contentOf(7));
    await session.ok(250, '.');
    await session.quit();
    await queueEmpty(stage);
    const arrived = [...ledger.arrivals].filter(([number]) => number >= 10_000);
    expect(arrived).toHaveLength(1_000);
    expect(arrived.every(([number, times]) => number < 11_000 && times.length === 1)).toBe(true);
  });

  it('that vanish behind the final dot without a word have sent their message all the same', async () => {
    const session = await connect(stage);
    await handOver(session, 20_000);
    // The system of the client is gone: nothing is read, nothing is closed.
    await eventually(() => ledger.arrivalsOf(20_000) === 1);
    session.destroy();
  });
});
