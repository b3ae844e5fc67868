/**
 * `relayd.json` in the data folder: the state of a running relayd for relayctl and for whoever starts it on port 0. Written
 * whole (rename), removed on a clean stop; a stale one is recognised by its pid.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ListenAddress } from '../smtp/server/smtp-ports.ts';
import type { HostPort } from '../platform/network/host-port.ts';
import { visibleJson } from '../platform/visible-text.ts';

export interface BoundListener {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first octet; `starttls`: offered. */
  readonly tls: 'implicit' | 'starttls';
  /** Clients are asked for a certificate, and may log in by it. */
  readonly certificates?: true;
}

export interface HttpListener {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface RelayStatus {
  readonly pid: number;
  readonly version: string;
  readonly startedAtMs: number;
  readonly hostname: string;
  /** The absolute path of its configuration; `null`: it has none, the defaults hold. */
  readonly configFile: string | null;
  readonly listeners: {
    readonly submission: readonly BoundListener[];
    /** Port 25, for reports. */
    readonly inbound: readonly BoundListener[];
    readonly http: readonly HttpListener[];
    /** Links in mail. */
    readonly public: readonly HttpListener[];
    /** Challenges of certificates. */
    readonly acme: readonly HostPort[];
  };
}

const FILE = 'relayd.json';

export function boundListener({ host, port, implicitTls, asksCertificate }: ListenAddress): BoundListener {
  const tls = implicitTls ? 'implicit' : 'starttls';
  return { host, port, tls, ...(asksCertificate && { certificates: true }) };
}

export function writeStatusFile(dataDir: string, status: RelayStatus): void {
  const target = path.join(dataDir, FILE);
  writeFileSync(`${target}.new`, visibleJson(status, 2) + '\n', { mode: 0o600 });
  renameSync(`${target}.new`, target);
}

export function removeStatusFile(dataDir: string): void {
  rmSync(path.join(dataDir, FILE), { force: true });
}

/** The status of the relayd that runs on `dataDir`; `undefined` when none does. */
export function readStatusFile(dataDir: string): RelayStatus | undefined {
  let status: RelayStatus;
  try {
    status = JSON.parse(readFileSync(path.join(dataDir, FILE), 'utf8')) as RelayStatus;
  } catch {
    return undefined;
  }
  return isAlive(status.pid) ? status : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
