/**
 * Pebble, the test server of Let's Encrypt's authors, and its DNS (pebble-challtestsrv), as Debian has them: a real ACME
 * authority on loopback. Both get free ports and a folder of their own, and are ended by their process ids.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSelfSignedCertificate } from '../../src/smtp/server/self-signed-certificate.ts';
import { eventually } from './eventually.ts';

/** Why tests with it are skipped; `undefined`: it is there. */
export const noPebble: string | undefined = isInstalled()
  ? undefined
  : ' (skipped: pebble is not installed: apt-get install pebble)';

export interface PebbleOptions {
  /** Where it looks for HTTP-01 and TLS-ALPN-01, in place of 80 and 443. */
  readonly httpPort?: number;
  readonly tlsPort?: number;
  /** Of certificates. */
  readonly validSeconds?: number;
  /** Percentage of good nonces that it refuses. Default 0. */
  readonly refuseNonces?: number;
  /** Its port; default: a free one. */
  readonly port?: number;
}

export class Pebble implements AsyncDisposable {
  readonly directory: string;
  readonly port: number;
  /** PEM of the authority that its own HTTPS is trusted by. */
  readonly caFile: string;
  readonly folder: string;
  readonly #management: { readonly pebble: number; readonly dns: number };
  readonly #children: readonly ChildProcess[];

  private constructor(
    folder: string,
    ports: { readonly acme: number; readonly pebble: number; readonly dns: number },
    children: readonly ChildProcess[],
  ) {
    this.folder = folder;
    this.port = ports.acme;
    this.directory = `https://127.0.0.1:${ports.acme}/dir`;
    this.caFile = path.join(folder, 'cert.pem');
    this.#management = ports;
    this.#children = children;
  }

  static async start(options: PebbleOptions = {}): Promise<Pebble> {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-pebble-'));
    const [acme = 0, pebble = 0, dns = 0, dnsManagement = 0] = await freePorts(4);
    const own = await makeSelfSignedCertificate('127.0.0.1');
    writeFileSync(path.join(folder, 'cert.pem'), own.cert);
    writeFileSync(path.join(folder, 'key.pem'), own.key, { mode: 0o600 });
    const ports = { acme: options.port ?? acme, pebble, dns: dnsManagement };
    const config = {
      pebble: {
        listenAddress: `127.0.0.1:${ports.acme}`,
        managementListenAddress: `127.0.0.1:${pebble}`,
        certificate: path.join(folder, 'cert.pem'),
        privateKey: path.join(folder, 'key.pem'),
        httpPort: options.httpPort ?? 1,
        tlsPort: options.tlsPort ?? 1,
        ocspResponderURL: '',
        externalAccountBindingRequired: false,
        ...(options.validSeconds !== undefined && { certificateValidityPeriod: options.validSeconds }),
      },
    };
    writeFileSync(path.join(folder, 'pebble.json'), JSON.stringify(config));
    const env = {
      PATH: process.env['PATH'],
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_AUTHZREUSE: '0',
      PEBBLE_WFE_NONCEREJECT: String(options.refuseNonces ?? 0),
    };
    const start = (program: string, args: readonly string[]) =>
      spawn(program, args, { env, stdio: 'ignore' });
    const children = [
      start('pebble-challtestsrv', [
        ...['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`],
        ...['-http01', '', '-https01', '', '-tlsalpn01', ''],
        ...['-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''],
      ]),
      start('pebble', ['-config', path.join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dns}`]),
    ];
    const made = new Pebble(folder, ports, children);
    try {
      await eventually(async () => (await made.#get('/roots/0')) !== '', { what: 'pebble' });
      await eventually(async () => await made.#tellDns('/clear-a', { host: 'nothing.' }), {
        what: 'its DNS',
      });
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
    return made;
  }

  /** PEM of the root that issues. */
  async root(): Promise<string> {
    return await this.#get('/roots/0');
  }

  /** DNS fails for `name` from now on, with SERVFAIL. */
  async failDns(name: string): Promise<void> {
    await this.#tellDns('/set-servfail', { host: `${name}.` });
  }

  /** Resolves when both have ended. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #get(at: string): Promise<string> {
    const ca = readFileSync(this.caFile);
    return await new Promise((resolve, reject) => {
      const sent = request(
        `https://127.0.0.1:${this.#management.pebble}${at}`,
        { ca, agent: false },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  }

  async #tellDns(at: string, body: object): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.#management.dns}${at}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`pebble-challtestsrv: ${answer.status}`);
    return true;
  }
}

/** Ports of 127.0.0.1 that were free a moment ago, each another. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function isInstalled(): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'command -v pebble && command -v pebble-challtestsrv'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
