/** The native load generator and sink: they do what the Node.js ones do, and both kinds understand each other. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { BenchMessage } from '../../../bench/bench-message.ts';
import { generateLoad, type LoadOptions, type LoadResult } from '../../../bench/load-generator.ts';
import { buildNativeTools, NATIVE_FLAGS, NATIVE_SOURCES } from '../../../bench/native-build.ts';
import { nativeTools } from '../../../bench/native-tools.ts';
import { startSink, type SinkOptions, type SinkReport } from '../../../bench/sink.ts';
import type { ToolProcess } from '../../../bench/tool-process.ts';
import { startFakeMx, testOnlyCertificate, testOnlyKey } from '../../support/fake-mx.ts';

const built = buildNativeTools();
const missing = 'missing' in built ? built.missing : undefined;
const programs = 'missing' in built ? { generator: '', sink: '' } : built;
const tools = nativeTools(programs);
const CERTIFICATE = { cert: testOnlyCertificate, key: testOnlyKey };
const RUN = 7;
const COUNT = 60;

let running: ToolProcess[] = [];
afterEach(async () => {
  for (const tool of running) await tool.stop();
  running = [];
});

function loadOptions(
  port: number,
  {
    target,
    ...more
  }: Partial<Omit<LoadOptions, 'target'>> & { target?: Partial<LoadOptions['target']> } = {},
): LoadOptions {
  return {
    run: RUN,
    target: {
      host: '127.0.0.1',
      port,
      tls: 'none',
      auth: undefined,
      resumeSessions: false,
      pipelining: true,
      from: 'a@sender.test',
      to: 'b@recipient.test',
      ...target,
    },
    sizeBytes: 4096,
    connections: 3,
    reuse: true,
    count: COUNT,
    maxSeconds: 20,
    ratePerSecond: undefined,
    ...more,
  };
}

async function load(options: LoadOptions): Promise<LoadResult> {
  const generator = tools.startGenerator();
  running.push(generator);
  generator.send(options);
  return await generator.next<LoadResult>(20_000);
}

interface NativeSink {
  readonly port: number;
  report(unique: number, withinMs?: number): Promise<SinkReport>;
}

async function startNativeSink(options: Partial<SinkOptions> = {}): Promise<NativeSink> {
  const sink = tools.startSink({ host: '127.0.0.1', port: 0, tls: undefined, ...options });
  running.push(sink);
  const { listening } = await sink.next<{ listening: number }>(10_000);
  sink.send({ command: 'expect', run: RUN, count: COUNT });
  return {
    port: listening,
    report: async (unique, withinMs = 10_000) => {
      sink.send({ command: 'report', unique, withinMs });
      return await sink.next<SinkReport>(20_000);
    },
  };
}

const withoutTime = (message: string) => message.replace(/^(X-Bench: \d{6}-\d{8}-)\d{16}/m, '$1');

describe.skipIf(missing !== undefined)(`native tools${missing === undefined ? '' : `: ${missing}`}`, () => {
  it('compile without a warning', () => {
    const sources = readdirSync(NATIVE_SOURCES)
      .filter((name) => name.endsWith('.c'))
      .map((name) => path.join(NATIVE_SOURCES, name));
    const flags = [...NATIVE_FLAGS, '-Werror', '-fsyntax-only'];
    expect(() => execFileSync('cc', [...flags, ...sources], { stdio: 'pipe' })).not.toThrow();
  });

  describe('the generator into the sink', () => {
    it.each([
      { connections: 1, reuse: false, sizeBytes: 4096 },
      { connections: 1, reuse: true, sizeBytes: 4096 },
      { connections: 20, reuse: false, sizeBytes: 4096 },
      { connections: 20, reuse: true, sizeBytes: 50 * 1024 },
      { connections: 20, reuse: false, sizeBytes: 50 * 1024 },
      { connections: 3, reuse: true, sizeBytes: 2_000_000 },
    ])(
      'brings each message once: $sizeBytes octets, connections $connections, reuse $reuse',
      async ({ connections, ...more }) => {
        const sink = await startNativeSink();
        const result = await load(loadOptions(sink.port, { connections, ...more }));
        expect(result).toMatchObject({ started: COUNT, accepted: COUNT, notAccepted: [], problems: {} });
        const report = await sink.report(COUNT);
        expect(report).toMatchObject({ unique: COUNT, duplicates: 0, stray: 0, tlsConnections: 0 });
        expect(report.connections).toBe(more.reuse ? connections : COUNT);
        expect(report.sample).toHaveLength(more.sizeBytes);
        for (const { p50Us, p99Us, maxUs, count } of [result.acceptLatency, report.endToEndLatency]) {
          expect(count).toBe(COUNT);
          expect(p50Us).toBeGreaterThan(0);
          expect(p99Us).toBeGreaterThanOrEqual(p50Us);
          expect(maxUs).toBeGreaterThanOrEqual(p99Us);
        }
        expect(result.lastAcceptUs).toBeGreaterThan(result.firstStartUs);
        expect(report.lastArrivalUs).toBeGreaterThan(result.firstStartUs);
        for (const { cpuMs, rssBytes } of [result, report]) {
          expect(cpuMs).toBeGreaterThan(0);
          expect(rssBytes).toBeGreaterThan(100_000);
        }
      },
    );

    it.each([{ sizeBytes: 4096 }, { sizeBytes: 300_000 }])(
      'speaks STARTTLS, $sizeBytes octets',
      async (more) => {
        const sink = await startNativeSink({ tls: CERTIFICATE });
        const target = { tls: 'starttls' } as const;
        const result = await load(loadOptions(sink.port, { target, reuse: false, ...more }));
        expect(result).toMatchObject({ accepted: COUNT, problems: {} });
        const report = await sink.report(COUNT);
        expect(report).toMatchObject({ unique: COUNT, connections: COUNT, tlsConnections: COUNT });
        expect(report.sample).toHaveLength(more.sizeBytes);
      },
    );

    it('counts a message that comes again, and messages of another run', async () => {
      const sink = await startNativeSink();
      await load(loadOptions(sink.port, { count: 5 }));
      await load(loadOptions(sink.port, { count: 3 }));
      await load(loadOptions(sink.port, { count: 2, run: RUN + 1 }));
      expect(await sink.report(5)).toMatchObject({ unique: 5, duplicates: 3, stray: 2 });
    });

    it('reports what it has when not all comes in time', async () => {
      const sink = await startNativeSink();
      expect(await sink.report(1, 50)).toMatchObject({ unique: 0, sample: '' });
    });

    it('keeps a rate and measures from when a message was due', async () => {
      const sink = await startNativeSink({ delayMs: 50 });
      const options = loadOptions(sink.port, { count: 20, ratePerSecond: 200, connections: 1 });
      const { accepted, acceptLatency, firstStartUs, lastAcceptUs } = await load(options);
      expect(accepted).toBe(20);
      // 100 ms a message (the envelope, the content), and greeting and EHLO once, while one is due every 5 ms.
      expect(lastAcceptUs - firstStartUs).toBeGreaterThan(20 * 100_000);
      expect(acceptLatency.maxUs).toBeGreaterThan(19 * 95_000);
    });

    it('starts no message late', async () => {
      const sink = await startNativeSink();
      const options = loadOptions(sink.port, { ratePerSecond: 20, maxSeconds: 0.3, connections: 2 });
      const { started, accepted, firstStartUs, lastAcceptUs } = await load(options);
      expect(started).toBeGreaterThan(1);
      expect(started).toBeLessThanOrEqual(7);
      expect(accepted).toBe(started);
      expect(lastAcceptUs - firstStartUs).toBeGreaterThan(50_000);
    });
  });

  describe('the sink', () => {
    it('answers late when it is told to', async () => {
      const sink = await startNativeSink({ delayMs: 40 });
      const result = await load(loadOptions(sink.port, { count: 6, connections: 3, reuse: false }));
      // EHLO, the envelope and the content; the greeting leaves at once, as at the other sink.
      expect(result.acceptLatency.p50Us).toBeGreaterThan(3 * 40_000);
      expect(await sink.report(6)).toMatchObject({ unique: 6 });
    });

    it('finds stamp and end of data wherever the octets are cut', async () => {
      const sink = await startNativeSink();
      const message = new BenchMessage({ sizeBytes: 1000, from: 'a@b.test', to: 'c@d.test' });
      const stamped = (sequence: number) =>
        Buffer.concat(message.stamped({ run: RUN, sequence, startedAtUs: 1 }));
      const envelope = 'MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n';
      const socket = net.connect({ host: '127.0.0.1', port: sink.port, noDelay: true });
      let answers = '';
      socket.on('data', (bytes) => (answers += bytes.toString('latin1')));
      const octets = Buffer.concat([Buffer.from(`ehlo me\r\n${envelope}`), stamped(0)]);
      for (const octet of octets) {
        socket.write(Buffer.of(octet));
        await new Promise(setImmediate);
      }
      // And two in one piece, with what follows.
      socket.write(Buffer.concat([Buffer.from(envelope), stamped(1), Buffer.from(envelope), stamped(2)]));
      socket.write('VRFY x\r\nquit\r\n');
      await once(socket, 'close');
      const report = await sink.report(3);
      expect(report).toMatchObject({ unique: 3, stray: 0, connections: 1 });
      expect(`${report.sample}.\r\n`).toBe(stamped(0).toString('latin1'));
      expect(answers.match(/^250 2\.0\.0 taken/gm)).toHaveLength(3);
      expect(answers).toMatch(/502 5\.5\.1 no\r\n221 2\.0\.0 bye\r\n$/);
    });

    it('hands on octets that are no ASCII', async () => {
      const sink = await startNativeSink();
      const socket = net.connect(sink.port, '127.0.0.1');
      socket.write(
        Buffer.from('MAIL\r\nRCPT\r\nDATA\r\nSubject: "\\\u00fc\u0001"\r\n.\r\nQUIT\r\n', 'latin1'),
      );
      socket.resume();
      await once(socket, 'close');
      expect(await sink.report(0)).toMatchObject({ stray: 1, sample: 'Subject: "\\\u00fc\u0001"\r\n' });
    });
  });

  describe('with the others', () => {
    it('the generator says the octets of the one in Node.js', async () => {
      const samples: string[] = [];
      for (const send of [load, generateLoad]) {
        const sink = await startSink({ host: '127.0.0.1', port: 0, tls: undefined });
        sink.count.reset(RUN, COUNT);
        await send(loadOptions(sink.port, { count: 1, sizeBytes: 4097 }));
        const { unique, endToEndLatency, sample } = sink.count.report();
        await sink.stop();
        expect(unique).toBe(1);
        expect(endToEndLatency.maxUs).toBeGreaterThan(0);
        expect(endToEndLatency.maxUs).toBeLessThan(20e6);
        samples.push(withoutTime(sample));
      }
      expect(samples[0]).toHaveLength(4097 - 16);
      expect(samples[0]).toBe(samples[1]);
    });

    it.each(['none', 'starttls'] as const)('the generator in Node.js into the sink, TLS %s', async (tls) => {
      const sink = await startNativeSink({ tls: CERTIFICATE });
      const result = await generateLoad(loadOptions(sink.port, { target: { tls }, reuse: false }));
      expect(result.problems).toEqual({});
      const report = await sink.report(COUNT);
      expect(report).toMatchObject({ unique: COUNT, tlsConnections: tls === 'none' ? 0 : COUNT });
      expect(report.endToEndLatency.p50Us).toBeLessThan(20e6);
    });

    it.each([
      { tls: 'starttls', reuse: false, password: 'a secret =&%\u00e4' },
      { tls: 'implicit', reuse: true, password: 'another' },
    ] as const)('the generator signs in to smtp-server, TLS $tls', async ({ tls, reuse, password }) => {
      let taken = 0;
      const server = new SMTPServer({
        ...CERTIFICATE,
        secure: tls === 'implicit',
        onAuth: ({ username, password: given }, _session, callback) => {
          if (username === 'user' && given === password) callback(null, { user: username });
          else callback(new Error('not you'));
        },
        onData: (stream, _session, callback) => {
          stream.resume();
          stream.on('end', () => {
            taken++;
            callback();
          });
        },
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.server.address() as net.AddressInfo;
      const auth = { username: 'user', password };
      const result = await load(loadOptions(port, { target: { tls, auth }, reuse, sizeBytes: 50_000 }));
      const wrong = { tls, auth: { ...auth, password: 'wrong' } };
      const refused = await load(loadOptions(port, { target: wrong, reuse: false, count: 1 }));
      await new Promise<void>((resolve) => server.close(() => resolve()));
      expect(result).toMatchObject({ accepted: COUNT, problems: {} });
      expect(taken).toBe(COUNT);
      expect(refused.accepted).toBe(0);
      expect(Object.keys(refused.problems)[0]).toMatch(/^auth: 5\d\d /);
    });

    it.each([
      { pipelining: true, at: 'RCPT', answer: '550 5.1.1 nobody here' },
      { pipelining: false, at: 'MAIL', answer: '451 4.3.0 not\r\n451 4.3.0 now' },
      { pipelining: false, at: 'DATA', answer: { fault: 'drop' } },
      { pipelining: true, at: '.', answer: '552 5.3.4 too large' },
      { pipelining: true, at: 'EHLO', answer: { fault: 'reset' } },
    ] as const)('a problem reads as in Node.js: $answer to $at', async ({ pipelining, at, answer }) => {
      const results: LoadResult[] = [];
      for (const send of [load, generateLoad]) {
        await using mx = await startFakeMx({
          respond: (command) => (command.startsWith(at) ? answer : undefined),
        });
        const options = { target: { pipelining }, count: 1, connections: 1, reuse: false };
        results.push(await send(loadOptions(mx.port, options)));
      }
      const [native, node] = results;
      expect(native?.problems).toEqual(node?.problems);
      expect(native).toMatchObject({ started: 1, accepted: 0, notAccepted: [0] });
    });

    it('gives up where nobody listens, in the words of Node.js', async () => {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      server.close();
      const result = await load(loadOptions(port, { reuse: false, count: 100_000, connections: 1 }));
      const [text] = Object.keys(
        (await generateLoad(loadOptions(port, { reuse: false, count: 1 }))).problems,
      );
      expect(text).toContain('ECONNREFUSED');
      expect(result.problems).toEqual({ [text ?? '']: 1_000 });
      expect(result.notAccepted).toHaveLength(1_000);
    });

    it('mail by HTTP is left to the generator in Node.js', async () => {
      let requests = 0;
      const server = createServer((request, response) => {
        requests++;
        request.resume().on('end', () => response.end('{}'));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as net.AddressInfo;
      const http = { host: '127.0.0.1', port, key: 'key' };
      const result = await load(loadOptions(1, { http, count: 4, connections: 2 }));
      server.close();
      expect(result).toMatchObject({ accepted: 4, problems: {} });
      expect(requests).toBe(4);
    });
  });

  it.each(['generator', 'sink'] as const)('the %s ends when its parent does', async (name) => {
    const args = name === 'sink' ? ['host=127.0.0.1', 'port=0'] : [];
    const child = spawn(programs[name], args, { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says when a tool has ended', async () => {
    const generator = tools.startGenerator();
    const next = generator.next(10_000);
    process.kill(generator.pid, 'SIGKILL');
    await expect(next).rejects.toThrow('load-generator ended unexpectedly');
    await expect(generator.next(10_000)).rejects.toThrow('load-generator has ended');
  });
});
