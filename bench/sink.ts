/**
 * The recipient MX of the benchmarks: a process of its own that takes every message and keeps none. Finds the load
 * generator's stamp in each, which gives end-to-end latency (one clock on one machine), and counts each message
 * once, so that what is missing or came twice is known. Just enough SMTP to be cheap. RFC 5321, RFC 2920, RFC 3207.
 *
 * Driven over the IPC channel of child_process.fork: `SinkCommand` in, `SinkMessage` out.
 */
import net from 'node:net';
import tls from 'node:tls';
import { findStamp, type Stamp } from './bench-message.ts';
import { Histogram, type LatencySummary } from './histogram.ts';
import { memoryOf, monotonicUs } from './measure.ts';

export type SinkCommand =
  /** Count for `run` from now on; messages of other runs are `stray`. */
  | { readonly command: 'expect'; readonly run: number; readonly count: number }
  /** Answer with a `report` once `unique` messages of the run came, or after `withinMs`. */
  | { readonly command: 'report'; readonly unique: number; readonly withinMs: number };

export interface SinkReport {
  readonly report: true;
  readonly unique: number;
  readonly duplicates: number;
  /** Messages of other runs, or without a stamp. */
  readonly stray: number;
  readonly lastArrivalUs: number;
  readonly endToEndLatency: LatencySummary;
  /** Connections that were opened, and how many of them used STARTTLS. */
  readonly connections: number;
  readonly tlsConnections: number;
  /** The first message of the run as it came (before dot-unstuffing), latin1; empty when none was kept. */
  readonly sample: string;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

export type SinkMessage = { readonly listening: number } | SinkReport;

/** How the process is started: a JSON argument. */
export interface SinkOptions {
  readonly host: string;
  readonly port: number;
  /** PEM of a certificate and key; with them STARTTLS is offered. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Every group of replies leaves so much later: a slow destination. */
  readonly delayMs?: number;
}

const END_OF_DATA = Buffer.from('\r\n.\r\n');
const LF = 0x0a;

class SinkCount {
  run = -1;
  seen = new Uint8Array(0);
  unique = 0;
  duplicates = 0;
  stray = 0;
  lastArrivalUs = 0;
  latency = new Histogram();
  connections = 0;
  tlsConnections = 0;
  sample = '';
  cpuBefore = process.cpuUsage();
  onUnique: () => void = () => undefined;
  #wantsSample = false;

  reset(run: number, count: number): void {
    this.run = run;
    this.seen = new Uint8Array(count);
    this.unique = this.duplicates = this.stray = this.lastArrivalUs = 0;
    this.connections = this.tlsConnections = 0;
    this.sample = '';
    this.#wantsSample = true;
    this.latency = new Histogram();
    this.cpuBefore = process.cpuUsage();
  }

  /** True once a run: for the connection that is to keep its next message. */
  takeSampling(): boolean {
    const wanted = this.#wantsSample;
    this.#wantsSample = false;
    return wanted;
  }

  arrived(stamp: Stamp | undefined): void {
    const nowUs = monotonicUs();
    if (stamp?.run !== this.run || stamp.sequence >= this.seen.length) {
      this.stray++;
      return;
    }
    if (this.seen[stamp.sequence] === 1) {
      this.duplicates++;
      return;
    }
    this.seen[stamp.sequence] = 1;
    this.unique++;
    this.lastArrivalUs = nowUs;
    this.latency.record(nowUs - stamp.startedAtUs);
    this.onUnique();
  }

  report(): SinkReport {
    const cpu = process.cpuUsage(this.cpuBefore);
    return {
      report: true,
      unique: this.unique,
      duplicates: this.duplicates,
      stray: this.stray,
      lastArrivalUs: this.lastArrivalUs,
      endToEndLatency: this.latency.summary(),
      connections: this.connections,
      tlsConnections: this.tlsConnections,
      sample: this.sample,
      cpuMs: (cpu.user + cpu.system) / 1000,
      rssBytes: memoryOf(process.pid)?.rssBytes ?? 0,
    };
  }
}

class SinkConnection {
  readonly #count: SinkCount;
  readonly #context: tls.SecureContext | undefined;
  readonly #delayMs: number;
  #socket: net.Socket;
  #inData = false;
  #secure = false;
  #stamp: Stamp | undefined;
  #sampling = false;
  /** An unfinished command line, or the tail of the content that may hold half an end of data or half a stamp. */
  #held: Buffer | undefined;

  constructor(socket: net.Socket, count: SinkCount, context: tls.SecureContext | undefined, delayMs: number) {
    this.#socket = socket;
    this.#count = count;
    this.#context = context;
    this.#delayMs = delayMs;
    count.connections++;
    this.#watch();
    socket.write('220 mx.sink.example ESMTP\r\n');
  }

  #watch(): void {
    this.#socket.on('data', (bytes) => this.#read(bytes));
    this.#socket.on('error', () => this.#socket.destroy());
  }

  #read(chunk: Buffer): void {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    let replies = '';
    let at = 0;
    while (at < bytes.length) {
      if (this.#inData) {
        this.#stamp ??= findStamp(bytes, at);
        const end = bytes.indexOf(END_OF_DATA, at);
        if (end === -1) {
          // Until the stamp is found everything is kept: it stands in the first few kilobytes.
          const keep =
            this.#stamp === undefined || this.#sampling
              ? at
              : Math.max(at, bytes.length - END_OF_DATA.length + 1);
          this.#held = bytes.subarray(keep);
          break;
        }
        this.#inData = false;
        if (this.#sampling) this.#count.sample = bytes.toString('latin1', at, end + 2);
        this.#sampling = false;
        this.#count.arrived(this.#stamp);
        this.#stamp = undefined;
        replies += '250 2.0.0 taken\r\n';
        at = end + END_OF_DATA.length;
        continue;
      }
      const end = bytes.indexOf(LF, at);
      if (end === -1) {
        this.#held = bytes.subarray(at);
        break;
      }
      const reply = this.#command(bytes.toString('latin1', at, Math.min(end, at + 4)).toUpperCase());
      at = end + 1;
      if (reply === 'starttls') {
        this.#upgrade();
        return;
      }
      replies += reply;
    }
    if (replies === '') return;
    if (this.#delayMs === 0) this.#say(replies);
    else setTimeout(() => this.#say(replies), this.#delayMs);
  }

  #say(replies: string): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(replies);
    if (replies.endsWith('221 2.0.0 bye\r\n')) this.#socket.end();
  }

  #command(verb: string): string {
    switch (verb) {
      case 'EHLO':
        return `250-mx.sink.example\r\n${this.#context !== undefined && !this.#secure ? '250-STARTTLS\r\n' : ''}250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800\r\n`;
      case 'HELO':
        return '250 mx.sink.example\r\n';
      case 'MAIL':
      case 'RCPT':
      case 'RSET':
      case 'NOOP':
        return '250 2.0.0 ok\r\n';
      case 'DATA':
        this.#inData = true;
        this.#sampling = this.#count.takeSampling();
        return '354 go ahead\r\n';
      case 'QUIT':
        return '221 2.0.0 bye\r\n';
      case 'STAR':
        return this.#context === undefined || this.#secure ? '502 5.5.1 no\r\n' : 'starttls';
      default:
        return '502 5.5.1 no\r\n';
    }
  }

  #upgrade(): void {
    const clear = this.#socket;
    clear.removeAllListeners('data');
    clear.write('220 2.0.0 go ahead\r\n');
    this.#secure = true;
    this.#count.tlsConnections++;
    this.#socket = new tls.TLSSocket(clear, {
      isServer: true,
      ...(this.#context === undefined ? {} : { secureContext: this.#context }),
    });
    this.#watch();
  }
}

export interface Sink {
  readonly port: number;
  readonly count: SinkCount;
  stop(): Promise<void>;
}

/** Serves in this process; used by the child and, in tests, directly. */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const count = new SinkCount();
  const context =
    options.tls === undefined
      ? undefined
      : tls.createSecureContext({ ...options.tls, ecdhCurve: 'X25519:P-256' });
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new SinkConnection(socket, count, context, options.delayMs ?? 0);
  });
  await new Promise<void>((resolve) => {
    server.listen({ host: options.host, port: options.port, backlog: 1024 }, resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    count,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function serveParent(send: (message: SinkMessage) => void): Promise<void> {
  const { port, count } = await startSink(JSON.parse(process.argv[2] ?? '{}') as SinkOptions);
  process.on('message', (message: SinkCommand) => {
    if (message.command === 'expect') {
      count.reset(message.run, message.count);
      return;
    }
    let timer: NodeJS.Timeout | undefined = undefined;
    const finish = () => {
      clearTimeout(timer);
      count.onUnique = () => undefined;
      send(count.report());
    };
    timer = setTimeout(finish, message.withinMs);
    count.onUnique = () => {
      if (count.unique >= message.unique) finish();
    };
    count.onUnique();
  });
  process.on('disconnect', () => process.exit(0));
  send({ listening: port });
}

if (import.meta.main && process.send !== undefined) {
  await serveParent((message) => process.send?.(message));
}
