/**
 * SIGTERM while nobody ends anything: a client half-way through its content whose system is gone, idle ones, a remote
 * that has the message and says nothing, one that sends an octet a second. relayd ends in its grace time with code 0,
 * and the next one delivers what was accepted.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startFakeMx } from '../../support/fake-mx.ts';
import { contentOf, FROM, Ledger } from '../support/ledger.ts';
import { connect, queueEmpty, startFaultStage } from '../support/load.ts';

/** The grace time, writing what is known, and a machine that has other things to do. */
const STOP_MS = 35_000;

it('ends in its grace time, and loses nothing', async () => {
  const ledger = new Ledger();
  await using stage = await startFaultStage({
    ledger,
    zone: {
      'silent.test': { mx: [{ preference: 10, exchange: 'mx.silent.test' }] },
      'mx.silent.test': { a: ['127.0.0.2'] },
      'drip.test': { mx: [{ preference: 10, exchange: 'mx.drip.test' }] },
      'mx.drip.test': { a: ['127.0.0.3'] },
    },
  });
  await using silent = await startFakeMx({
    host: '127.0.0.2',
    port: stage.mx.port,
    onMessage: ledger.note,
    respond: (command) => (command === '.' ? { fault: 'silent' } : undefined),
  });
  const sockets = new Set<Socket>();
  const drip = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }).listen(stage.mx.port, '127.0.0.3');
  await once(drip, 'listening');
  const dripping = setInterval(() => sockets.forEach((socket) => socket.write('2')), 1_000);

  const session = await connect(stage);
  for (const [number, domain] of ['silent.test', 'drip.test'].entries()) {
    await session.ok(250, `MAIL FROM:<${FROM}>`);
    await session.ok(250, `RCPT TO:<prompt+${number}@${domain}>`);
    await session.ok(354, 'DATA');
    session.write(contentOf(number));
    await session.ok(250, '.');
  }
  await eventually(() => silent.commands.includes('.') && sockets.size > 0);
  const idle = await connect(stage);
  const gone = await connect(stage);
  await gone.ok(250, `MAIL FROM:<${FROM}>`);
  await gone.ok(250, 'RCPT TO:<prompt+9@recipient.test>');
  await gone.ok(354, 'DATA');
  gone.write(contentOf(9).slice(0, 100));

  const startMs = performance.now();
  expect(await stage.relay.stop()).toBe(0);
  const tookMs = performance.now() - startMs;
  process.stdout.write(`SIGTERM with nobody ending anything took ${Math.round(tookMs)} ms\n`);
  expect(tookMs).toBeLessThan(STOP_MS);
  await idle.closed();
  gone.destroy();

  clearInterval(dripping);
  for (const socket of sockets) socket.destroy();
  drip.close();
  await once(drip, 'close');
  silent.change({ respond: () => undefined });
  await using _well = await startFakeMx({ host: '127.0.0.3', port: stage.mx.port, onMessage: ledger.note });
  await stage.relay.ctl('queue', 'retry', '--all');
  await stage.relay.start();
  await queueEmpty(stage);
  expect([...ledger.arrivals.keys()].sort()).toEqual([0, 1]);
});
