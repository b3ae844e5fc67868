/**
 * How long a client of the submission port waits for its greeting: a new connection every so often, whether the one
 * before was greeted or not, from a process that does nothing else. One JSON message in, one out.
 */
import net from 'node:net';
import { Histogram, type LatencySummary } from './histogram.ts';

export interface ProbeOrder {
  readonly port: number;
  readonly seconds: number;
}

export interface ProbeResult {
  /** Of those that were greeted. */
  readonly latency: LatencySummary;
  /** Connections that heard anything but 220, or nothing. */
  readonly failed: number;
}

const EVERY_MS = 25;
const PATIENCE_MS = 120_000;

process.on('message', ({ port, seconds }: ProbeOrder) => {
  void probe(port, seconds).then((result) => process.send?.(result));
});

async function probe(port: number, seconds: number): Promise<ProbeResult> {
  const histogram = new Histogram();
  const endsAtMs = performance.now() + seconds * 1_000;
  const open: Promise<boolean>[] = [];
  while (performance.now() < endsAtMs) {
    open.push(greeting(port, histogram));
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  const greeted = await Promise.all(open);
  return { latency: histogram.summary(), failed: greeted.filter((one) => !one).length };
}

async function greeting(port: number, histogram: Histogram): Promise<boolean> {
  const startMs = performance.now();
  return await new Promise<boolean>((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    const end = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', (bytes: Buffer) => {
      histogram.record((performance.now() - startMs) * 1_000);
      end(bytes.toString('latin1').startsWith('220'));
    });
  });
}
