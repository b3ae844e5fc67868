/**
 * nsd of Debian as the authoritative server of a test: zones as text, on 127.0.0.x and an unprivileged port. Several of them with
 * one port and other addresses are the name servers of one zone, which may disagree. A zone whose text cannot be parsed is
 * answered with SERVFAIL, a name in no zone with REFUSED (a lame delegation), a long answer truncated, so that it is asked for by TCP.
 */
import { spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.ts';

const LIBRARY_TRIPLETS = ['x86_64-linux-gnu', 'aarch64-linux-gnu'];
const CACHE =
  process.env['CLIENTS_CACHE'] ?? path.resolve(import.meta.dirname, '../../node_modules/.cache/clients');
const UNPACKED = path.join(CACHE, 'nsd');
const PROGRAM = ['/usr/sbin/nsd', path.join(UNPACKED, 'usr/sbin/nsd')].find((file) => existsSync(file));

/** The libraries that came with it, where it is not installed. */
const LIBRARIES = ['lib', 'usr/lib']
  .flatMap((folder) => LIBRARY_TRIPLETS.map((triplet) => path.join(UNPACKED, folder, triplet)))
  .join(':');

/** Why tests with it are skipped; `undefined`: it is there. */
export const noNsd: string | undefined =
  PROGRAM === undefined ? ' (skipped: nsd is not there: test/clients/fetch.sh nsd)' : undefined;

/** Text that is no zone: nsd answers SERVFAIL for it. */
export const BROKEN_ZONE = 'this is no zone file\n';

export interface AuthoritativeOptions {
  /** Name of each zone, without a trailing dot, and its records as lines of a zone file without SOA; see {@link zone}. */
  readonly zones: Readonly<Record<string, string>>;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Of negative answers, seconds. Default 60. */
  readonly negativeTtl?: number;
}

export class AuthoritativeServer implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #folder: string;
  readonly #negativeTtl: number;
  readonly #zones: readonly string[];
  readonly #stop: () => Promise<void>;
  readonly #pid: () => number | undefined;
  #serial = 1;
  #said = '';

  private constructor(
    options: AuthoritativeOptions & { readonly host: string; readonly port: number },
    folder: string,
  ) {
    this.host = options.host;
    this.port = options.port;
    this.#folder = folder;
    this.#negativeTtl = options.negativeTtl ?? 60;
    this.#zones = Object.keys(options.zones);
    for (const [name, text] of Object.entries(options.zones)) this.#write(name, text);
    writeFileSync(path.join(folder, 'nsd.conf'), this.#configuration());
    const child = spawn(PROGRAM ?? '', ['-d', '-c', path.join(folder, 'nsd.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LD_LIBRARY_PATH: LIBRARIES },
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    const end = () => void child.kill('SIGTERM');
    process.once('exit', end);
    this.#pid = () => (child.exitCode === null && child.signalCode === null ? child.pid : undefined);
    this.#stop = async () => {
      process.off('exit', end);
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        end();
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    };
  }

  static async start(options: AuthoritativeOptions): Promise<AuthoritativeServer> {
    const host = options.host ?? '127.0.0.1';
    const port = options.port ?? (await freePort(host));
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-nsd-'));
    const server = new AuthoritativeServer({ ...options, host, port }, folder);
    await server.#serves();
    return server;
  }

  /** `127.0.0.1:port`, as in `dns.servers`. */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** Replaces the records of a zone; resolves once they are served. */
  async publish(name: string, text: string): Promise<void> {
    this.#serial++;
    this.#write(name, text);
    const pid = this.#pid();
    const before = pid === undefined ? [] : answering(pid);
    if (pid !== undefined) process.kill(pid, 'SIGHUP');
    await this.#serves([name]);
    // The processes that have the old zone share the socket with the new ones until they are gone.
    await eventually(() => !before.some((child) => existsSync(`/proc/${child}`)), {
      what: 'nsd: the end of what served the old zone',
      timeoutMs: 20_000,
    });
  }

  /** What nsd itself has to say, for the words of a failure. */
  log(): string {
    return readFileSync(path.join(this.#folder, 'nsd.log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  async #serves(zones = this.#zones): Promise<void> {
    for (const name of zones) {
      const isServed = await eventually(
        async () => this.#pid() === undefined || (await this.#answers(name)),
        {
          what: `nsd with ${name}`,
          everyMs: 20,
          timeoutMs: 20_000,
        },
      );
      if (isServed && this.#pid() === undefined) throw new Error(`nsd ended: ${this.#said || this.log()}`);
    }
  }

  async #answers(name: string): Promise<boolean> {
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([this.address]);
    const serial = await resolver.resolveSoa(name).then(
      (soa) => soa.serial,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    return serial === this.#serial || (serial === 'ESERVFAIL' && this.#isBroken(name));
  }

  #isBroken(name: string): boolean {
    return readFileSync(this.#file(name), 'utf8').includes(BROKEN_ZONE);
  }

  #file(name: string): string {
    return path.join(this.#folder, `${name}.zone`);
  }

  #write(name: string, text: string): void {
    const soa = `@ IN SOA ns1.${name}. hostmaster.${name}. ${this.#serial} 3600 600 86400 ${this.#negativeTtl}\n`;
    writeFileSync(this.#file(name), `$ORIGIN ${name}.\n$TTL 300\n${soa}${text}`);
  }

  #configuration(): string {
    const inFolder = (file: string) => `"${path.join(this.#folder, file)}"`;
    const zones = this.#zones.map((name) => `zone:\n  name: "${name}"\n  zonefile: "${name}.zone"\n`);
    return `server:
  ip-address: ${this.host}@${this.port}
  username: ""
  chroot: ""
  database: ""
  server-count: 1
  tcp-count: 100
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  zonefiles-check: yes
  zonesdir: ${inFolder('')}
  logfile: ${inFolder('nsd.log')}
  pidfile: ${inFolder('nsd.pid')}
  xfrdfile: ${inFolder('xfrd.state')}
  xfrdir: ${inFolder('')}
  zonelistfile: ${inFolder('zone.list')}
remote-control:
  control-enable: no
${zones.join('')}`;
  }
}

/** The processes of nsd that answer: those without any of their own; a reload replaces them. Empty where there is no /proc. */
function answering(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  const children = readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.length === 0 ? [pid] : children.flatMap(answering);
}

/** Free for UDP and TCP. */
async function freePort(host: string): Promise<number> {
  const tcp = createServer().listen(0, host);
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  const isFree = await new Promise<boolean>((resolve) => {
    udp.once('error', () => resolve(false));
    udp.bind(port, host, () => resolve(true));
  });
  await new Promise<void>((resolve) => udp.close(() => resolve()));
  await new Promise<void>((resolve) => tcp.close(() => resolve()));
  return isFree ? port : freePort(host);
}

/** A TXT record as a zone file has it: strings of at most 255 octets. */
export function txtLine(name: string, value: string, ttl = 300): string {
  const strings: string[] = [];
  for (let at = 0; at === 0 || at < value.length; at += 255) strings.push(value.slice(at, at + 255));
  return `${name} ${ttl} IN TXT ${strings.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(' ')}\n`;
}
