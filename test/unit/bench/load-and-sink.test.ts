/** The benchmark's own tools against each other: what they count and how they measure. */
import { afterEach, describe, expect, it } from 'vitest';
import { BenchMessage, findStamp } from '../../../bench/bench-message.ts';
import { Histogram } from '../../../bench/histogram.ts';
import { generateLoad, type LoadOptions } from '../../../bench/load-generator.ts';
import { startSink, type Sink } from '../../../bench/sink.ts';
import { startFakeMx } from '../../support/fake-mx.ts';
import { testOnlyCertificate, testOnlyKey } from '../../support/fake-mx.ts';

let sink: Sink | undefined;
afterEach(async () => {
  await sink?.stop();
  sink = undefined;
});

function loadOptions(port: number, more: Partial<LoadOptions> = {}): LoadOptions {
  return {
    run: 7,
    target: {
      host: '127.0.0.1',
      port,
      tls: 'none',
      auth: undefined,
      resumeSessions: false,
      pipelining: true,
      from: 'a@sender.test',
      to: 'b@recipient.test',
    },
    sizeBytes: 4096,
    connections: 3,
    reuse: true,
    count: 50,
    maxSeconds: 20,
    ratePerSecond: undefined,
    ...more,
  };
}

describe('the load generator into the sink', () => {
  it.each([
    { reuse: true, sizeBytes: 4096 },
    { reuse: false, sizeBytes: 4096 },
    { reuse: true, sizeBytes: 200_000 },
  ])('brings each message once, $sizeBytes octets, reuse $reuse', async (more) => {
    sink = await startSink({ host: '127.0.0.1', port: 0, tls: undefined });
    sink.count.reset(7, 50);
    const result = await generateLoad(loadOptions(sink.port, more));
    expect(result).toMatchObject({ started: 50, accepted: 50, notAccepted: [], problems: {} });
    expect(sink.count.report()).toMatchObject({ unique: 50, duplicates: 0, stray: 0 });
    expect(sink.count.report().connections).toBe(more.reuse ? 3 : 50);
    expect(sink.count.report().sample).toHaveLength(more.sizeBytes);
  });

  it('speaks STARTTLS', async () => {
    sink = await startSink({
      host: '127.0.0.1',
      port: 0,
      tls: { cert: testOnlyCertificate, key: testOnlyKey },
    });
    sink.count.reset(7, 50);
    const options = loadOptions(sink.port, { reuse: false, count: 10 });
    const result = await generateLoad({ ...options, target: { ...options.target, tls: 'starttls' } });
    expect(result.problems).toEqual({});
    expect(sink.count.report()).toMatchObject({ unique: 10, tlsConnections: 10 });
  });

  it('keeps a rate', async () => {
    sink = await startSink({ host: '127.0.0.1', port: 0, tls: undefined });
    sink.count.reset(7, 50);
    const result = await generateLoad(loadOptions(sink.port, { count: 40, ratePerSecond: 200 }));
    expect(result.accepted).toBe(40);
    expect(result.lastAcceptUs - result.firstStartUs).toBeGreaterThan(190_000);
  });

  it('counts what was refused and gives up on a server that refuses everything', async () => {
    await using mx = await startFakeMx({
      respond: (command) => (command.startsWith('MAIL') ? '451 4.3.0 not now' : undefined),
    });
    const result = await generateLoad(loadOptions(mx.port, { count: 5 }));
    expect(result).toMatchObject({ started: 5, accepted: 0, notAccepted: [0, 1, 2, 3, 4] });
    expect(result.problems).toEqual({ 'mail: 451 4.3.0 not now': 5 });
  });

  it('counts a message that comes again, and messages of another run', async () => {
    sink = await startSink({ host: '127.0.0.1', port: 0, tls: undefined });
    sink.count.reset(7, 50);
    await generateLoad(loadOptions(sink.port, { count: 5 }));
    await generateLoad(loadOptions(sink.port, { count: 3 }));
    await generateLoad(loadOptions(sink.port, { count: 2, run: 8 }));
    expect(sink.count.report()).toMatchObject({ unique: 5, duplicates: 3, stray: 2 });
  });
});

describe('a benchmark message', () => {
  it.each([4096, 50 * 1024, 1000, 4097])('has %i octets, CRLF line ends and its stamp', (sizeBytes) => {
    const message = new BenchMessage({ sizeBytes, from: 'a@sender.test', to: 'b@recipient.test' });
    const bytes = Buffer.concat(message.stamped({ run: 12, sequence: 345, startedAtUs: 67_890 }));
    expect(bytes.length).toBe(sizeBytes + 3);
    expect(bytes.toString('latin1')).not.toMatch(/[^\r]\n|\r[^\n]/);
    expect(findStamp(bytes, 0)).toEqual({ run: 12, sequence: 345, startedAtUs: 67_890 });
  });
});

describe('the histogram', () => {
  it('is off by one per cent at most', () => {
    const histogram = new Histogram();
    for (let us = 1; us <= 100_000; us++) histogram.record(us);
    const { p50Us, p99Us, p999Us, maxUs, count } = histogram.summary();
    expect(count).toBe(100_000);
    expect(Math.abs(p50Us / 50_000 - 1)).toBeLessThan(0.011);
    expect(Math.abs(p99Us / 99_000 - 1)).toBeLessThan(0.011);
    expect(Math.abs(p999Us / 99_900 - 1)).toBeLessThan(0.011);
    expect(maxUs).toBe(100_000);
  });
});
