/**
 * What the servers that Postern is compared with have in common: where they deliver, what signs, how they are
 * started as children of the benchmark on a temporary folder and stopped by process id. None of them runs as a
 * service of the system or leaves anything behind.
 */
import { generateKeyPairSync } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stopProcess } from './child.ts';

export interface PeerOptions {
  /** The sink's. */
  readonly mxPort: number;
  /** STARTTLS and AUTH PLAIN are asked of every client; otherwise loopback may send, in clear text. */
  readonly secure: boolean;
  /** PEM of the certificate and key that all contenders of a run use. */
  readonly tls: { readonly cert: string; readonly key: string };
}

/** The server is not on this machine; the message says how to put it there. */
export class PeerMissing extends Error {}

export const PEER_FROM = 'shop@bench.example';
export const PEER_TO = 'customer@sink.example';
export const PEER_AUTH = { username: 'bench@bench.example', password: 'benchmark-secret' };
export const SENDER_DOMAIN = 'bench.example';
export const SELECTOR = 'bench';

const START_MS = 20_000;
const STOP_MS = 10_000;
const POLL_MS = 50;

/** An RSA-2048 key as PEM and the DNS record that goes with it. */
export function makeDkimKey(): { privateKey: string; records: ReadonlyMap<string, string> } {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const published = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    records: new Map([[`${SELECTOR}._domainkey.${SENDER_DOMAIN}`, `v=DKIM1; k=rsa; p=${published}`]]),
  };
}

/** A folder that processes of other users can pass through. */
export function makePeerFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `postern-peer-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/** A port of 127.0.0.1 that was free a moment ago: these servers cannot be asked which port they were given. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** A process in a group of its own, its output in `logFile`. */
export function spawnPeer(
  command: string,
  args: readonly string[],
  options: { logFile: string; env?: NodeJS.ProcessEnv; cwd?: string },
): ChildProcess {
  const output = openSync(options.logFile, 'a');
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', output, output],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(output);
  return child;
}

/** SIGTERM to `child`, then SIGKILL to what is left of its group. */
export async function stopPeer(child: ChildProcess): Promise<void> {
  await stopProcess(child, 'SIGTERM', STOP_MS);
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing is left.
  }
}

/** Resolves once `ready` does without error. Rejects with the log when `child` ends first or time is up. */
export async function untilReady(
  child: ChildProcess,
  logFile: string,
  ready: () => Promise<unknown>,
): Promise<void> {
  const deadlineMs = performance.now() + START_MS;
  for (;;) {
    try {
      await ready();
      return;
    } catch (error) {
      const over = child.exitCode !== null || child.signalCode !== null || performance.now() > deadlineMs;
      if (over)
        throw new Error(`${String(error)}; its log:\n${readFileSync(logFile, 'utf8')}`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Rejects unless something greets with 220 there. */
export async function greets(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(START_MS, () => fail(new Error(`nothing greets on port ${port}`)));
    const closed = () => fail(new Error(`no greeting on port ${port}`));
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once('data', (bytes) => {
      socket.off('close', closed);
      if (!bytes.toString('latin1').startsWith('220')) {
        fail(new Error(`unexpected greeting on port ${port}: ${bytes.toString('latin1').trim()}`));
        return;
      }
      socket.once('close', () => resolve());
      socket.end('QUIT\r\n');
      socket.resume();
    });
  });
}
