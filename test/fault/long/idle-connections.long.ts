/** 5,000 clients that are connected and say nothing: what they cost, and that one more is served as if alone. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SmtpTalk } from '../../e2e/support/smtp-talk.ts';
import { Ledger } from '../support/ledger.ts';
import { connect, handOver, queueEmpty, startFaultStage } from '../support/load.ts';

const CONNECTIONS = 5_000;
const MEMORY_MIB = 500;
const AT_ONCE = 100;

it.skipIf(openFiles() < 2 * CONNECTIONS).each(['in clear', 'under TLS'])(
  '5,000 idle connections %s (needs Linux and as many open files)',
  async (how) => {
    const ledger = new Ledger();
    await using stage = await startFaultStage({
      ledger,
      config: {
        submission: { max_connections: CONNECTIONS + 10, max_connections_per_address: CONNECTIONS + 10 },
      },
    });
    const memoryMib = () =>
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${stage.relay.pid}/status`, 'utf8'))?.[1]) / 1024;
    const before = memoryMib();
    const startMs = performance.now();
    const sessions: SmtpTalk[] = [];
    const { port, tlsPort } = stage.relay;
    while (sessions.length < CONNECTIONS) {
      const opened = Array.from({ length: AT_ONCE }, () =>
        how === 'in clear'
          ? SmtpTalk.connect({ port })
          : SmtpTalk.connect({ port: tlsPort, implicitTls: true }),
      );
      sessions.push(...(await Promise.all(opened)));
    }
    const connectMs = performance.now() - startMs;
    const after = memoryMib();
    const session = await connect(stage);
    const submitMs = performance.now();
    await handOver(session, 1);
    await session.expect(250, 'the dot');
    const answeredMs = performance.now() - submitMs;
    await session.quit();
    await queueEmpty(stage);
    expect(ledger.arrivalsOf(1)).toBe(1);
    process.stdout.write(
      `${CONNECTIONS} connections ${how} in ${Math.round(connectMs)} ms: ${Math.round(before)} MiB before, ` +
        `${Math.round(after)} MiB after (${(((after - before) * 1024) / CONNECTIONS).toFixed(1)} KiB each); ` +
        `one message more took ${Math.round(answeredMs)} ms\n`,
    );
    expect(after).toBeLessThan(MEMORY_MIB);
    const exited = stage.relay.stop();
    for (const one of sessions) await one.closed();
    expect(await exited).toBe(0);
  },
);

/** How many files a process here may have open. */
function openFiles(): number {
  if (process.platform !== 'linux') return 0;
  const limit = /Max open files\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === 'unlimited' ? Infinity : Number(limit);
}
