/**
 * MX hosts and name servers that do not answer, or an octet a second. Mail for others passes by; the next start gets the
 * mail for these out when they are well. How long the relay bears with them, minutes, is tested on a virtual clock
 * (test/unit/smtp/client/client-transaction.test.ts, smtp-client-connect.test.ts).
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { FakeMxAnswer } from '../support/fake-mx-options.ts';
import { startFakeMx } from '../support/fake-mx.ts';
import { RECIPIENT_DOMAIN, type Stage } from '../e2e/support/stage.ts';
import { contentOf, FROM, Ledger } from './support/ledger.ts';
import { connect, queueEmpty, startFaultStage, waiting } from './support/load.ts';

/** An address of this machine that the sick hosts have; the well ones are on 127.0.0.1. */
const SICK_HOST = '127.0.0.2';

describe('mail for others passes by', () => {
  let stage: Stage;
  let ledger: Ledger;
  beforeAll(async () => {
    stage = await startFaultStage({
      ledger: new Ledger(),
      zone: {
        'sick.test': { mx: [{ preference: 10, exchange: 'mx.sick.test' }] },
        'mx.sick.test': { a: [SICK_HOST] },
      },
    });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    ledger = new Ledger();
    stage.mx.change({ onMessage: ledger.note });
  });

  async function submit(from: number, count: number, domain: string): Promise<void> {
    const session = await connect(stage);
    for (let number = from; number < from + count; number++) {
      await session.ok(250, `MAIL FROM:<${FROM}>`);
      await session.ok(250, `RCPT TO:<prompt+${number}@${domain}>`);
      await session.ok(354, 'DATA');
      session.write(contentOf(number));
      await session.ok(250, '.');
    }
    await session.quit();
  }

  /** While something is sick, 20 messages for others arrive and 5 for it wait. */
  async function othersGetTheirs(): Promise<void> {
    await submit(100, 20, RECIPIENT_DOMAIN);
    await eventually(() => ledger.arrivals.size === 20);
    await eventually(async () => (await waiting(stage.relay.dataDir)) === 5);
  }

  /** Nobody waits for minutes: the process dies, and the next one finds the remote well. */
  async function nextLife(): Promise<void> {
    await stage.relay.kill();
    // As an operator does who knows that it is well: else the back-off of what failed goes on.
    await stage.relay.ctl('queue', 'retry', '--all');
    await stage.relay.start();
    await queueEmpty(stage);
    expect(ledger.arrivals.size).toBe(25);
    expect([...ledger.damaged]).toEqual([]);
  }

  it.each<[string, (command: string) => FakeMxAnswer | undefined]>([
    ['never greets', () => ({ fault: 'silent' })],
    ['never answers the dot', (command) => (command === '.' ? { fault: 'silent' } : undefined)],
    ['hangs up at each command', (command) => (command === 'GREETING' ? undefined : { fault: 'reset' })],
  ])('a remote that %s', async (_mood, respond) => {
    await using sick = await startFakeMx({ host: SICK_HOST, port: stage.mx.port, respond });
    await submit(0, 5, 'sick.test');
    await eventually(() => sick.connectionCount > 0);
    await othersGetTheirs();
    sick.change({ respond: () => undefined, onMessage: ledger.note });
    await nextLife();
  });

  it('a remote that sends an octet a second', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    server.listen(stage.mx.port, SICK_HOST);
    await once(server, 'listening');
    const dripping = setInterval(() => sockets.forEach((socket) => socket.write('2')), 1_000);
    await submit(0, 5, 'sick.test');
    await eventually(() => sockets.size > 0);
    await othersGetTheirs();
    clearInterval(dripping);
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    await using _well = await startFakeMx({
      host: SICK_HOST,
      port: stage.mx.port,
      onMessage: ledger.note,
    });
    await nextLife();
  });

  it.each(['timeout', 'servfail'] as const)('a name server that answers %s', async (fault) => {
    await using _well = await startFakeMx({
      host: SICK_HOST,
      port: stage.mx.port,
      onMessage: ledger.note,
    });
    const domain = `${fault}.test`;
    stage.dns.zone.set(domain, { fault });
    const startMs = performance.now();
    await submit(0, 5, domain);
    // RCPT waits half a second at the most for the null MX look-up of a domain.
    expect(performance.now() - startMs).toBeLessThan(10_000);
    await othersGetTheirs();
    stage.dns.zone.set(domain, { mx: [{ preference: 10, exchange: 'mx.sick.test' }] });
    await nextLife();
    for (let number = 0; number < 5; number++) expect(ledger.arrivalsOf(number)).toBe(1);
  });
});
