/**
 * State that outlives a restart, in the folder `acme` of the data folder, readable by relayd alone (0600): the certificates
 * (smtp/server/tls-context.ts), the account with its key sealed under the master key, and the results of the last orders,
 * so that a relayd that restarts often asks an authority no more often than one that runs.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeDurably } from '../platform/durable-file.ts';
import type { Random } from '../platform/random.ts';
import { SecretBoxError, type SecretBox } from '../platform/secret-box.ts';
import { ISSUED_FOLDER } from '../smtp/server/tls-context.ts';
import type { Account, OrderFailure } from './order-contract.ts';

/** Of one host name. */
export interface NameState {
  /** Failed orders since the last certificate. */
  readonly failures: number;
  readonly failure:
    (Pick<OrderFailure, 'problem' | 'detail' | 'remedy'> & { readonly atMs: number }) | undefined;
  readonly retryAtMs: number | undefined;
  /** The newest orders. */
  readonly orderedAtMs: readonly number[];
}

export const NO_STATE: NameState = {
  failures: 0,
  failure: undefined,
  retryAtMs: undefined,
  orderedAtMs: [],
};

const STATE_FILE = 'state.json';
const ACCOUNT_FILE = 'account.json';

/** Empty where none can be read: only waits are lost. */
export function readState(dataDir: string): ReadonlyMap<string, NameState> {
  const { names } = readObject(fileIn(dataDir, STATE_FILE)) ?? {};
  const found = new Map<string, NameState>();
  if (!isObject(names)) return found;
  for (const [name, value] of Object.entries(names)) if (isObject(value)) found.set(name, stateOf(value));
  return found;
}

/** Durable when it returns; throws the error of the system. */
export function writeState(dataDir: string, states: ReadonlyMap<string, NameState>, random: Random): void {
  const names = Object.fromEntries(
    [...states].map(([name, { failures, failure, retryAtMs, orderedAtMs }]) => [
      name,
      { failures, failure, retry_at_ms: retryAtMs, ordered_at_ms: orderedAtMs },
    ]),
  );
  write(dataDir, STATE_FILE, JSON.stringify({ names }, undefined, 2) + '\n', random);
}

/** `undefined`: none, or one that another master key sealed. */
export function readAccount(dataDir: string, box: SecretBox): Account | undefined {
  const { directory, url, contact, sealed_key: sealed } = readObject(fileIn(dataDir, ACCOUNT_FILE)) ?? {};
  if (typeof directory !== 'string' || typeof url !== 'string' || typeof sealed !== 'string')
    return undefined;
  try {
    const key = Buffer.from(box.open(Buffer.from(sealed, 'base64'), contextOf(directory))).toString('utf8');
    return { directory, url, key, contact: typeof contact === 'string' ? contact : undefined };
  } catch (error) {
    if (error instanceof SecretBoxError) return undefined;
    throw error;
  }
}

/** Seals its key under the present master key, if another one opens it. Durable when it returns; throws the error of the system. */
export function resealAccount(dataDir: string, box: SecretBox, random: Random): void {
  const { directory, sealed_key: sealed } = readObject(fileIn(dataDir, ACCOUNT_FILE)) ?? {};
  if (typeof directory !== 'string' || typeof sealed !== 'string') return;
  const key = box.keyOf(Buffer.from(sealed, 'base64'), contextOf(directory));
  const account = key === undefined || key === box.keyIds[0] ? undefined : readAccount(dataDir, box);
  if (account !== undefined) writeAccount(dataDir, account, box, random);
}

/** Durable when it returns; throws the error of the system. */
export function writeAccount(dataDir: string, account: Account, box: SecretBox, random: Random): void {
  const { directory, url, contact, key } = account;
  const sealed = box.seal(Buffer.from(key), contextOf(directory));
  const text = JSON.stringify(
    { directory, url, contact, sealed_key: Buffer.from(sealed).toString('base64') },
    undefined,
    2,
  );
  write(dataDir, ACCOUNT_FILE, `${text}\n`, random);
}

/** Key and chain of `name`, PEM. Durable when it returns; throws the error of the system. */
export function writeCertificate(dataDir: string, name: string, pem: string, random: Random): void {
  write(dataDir, `${name}.pem`, pem, random);
}

function write(dataDir: string, name: string, text: string, random: Random): void {
  mkdirSync(path.join(dataDir, ISSUED_FOLDER), { recursive: true, mode: 0o700 });
  writeDurably(fileIn(dataDir, name), text, random);
}

function fileIn(dataDir: string, name: string): string {
  return path.join(dataDir, ISSUED_FOLDER, name);
}

function contextOf(directory: string): string {
  return `acme:${directory}`;
}

function stateOf(value: Readonly<Record<string, unknown>>): NameState {
  const { failures, failure, retry_at_ms: retryAtMs, ordered_at_ms: orderedAtMs } = value;
  return {
    failures: isCount(failures) ? failures : 0,
    failure: failureOf(failure),
    retryAtMs: isCount(retryAtMs) ? retryAtMs : undefined,
    orderedAtMs: Array.isArray(orderedAtMs) ? orderedAtMs.filter(isCount) : [],
  };
}

function failureOf(value: unknown): NameState['failure'] {
  if (!isObject(value)) return undefined;
  const { problem, detail, remedy, atMs } = value;
  if (typeof problem !== 'string' || typeof detail !== 'string' || typeof remedy !== 'string')
    return undefined;
  return isCount(atMs) ? { problem, detail, remedy, atMs } : undefined;
}

function readObject(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
