/**
 * Faults of the disk under a relayd, and of its clock: disk-shim.c, compiled when a test needs it and put between SQLite and the system
 * by LD_PRELOAD. A test arms one fault at a time and sees when it happened; or it plays a power cut, after which only
 * what was synced is there. Needs gcc on Linux; tests are skipped by name where there is none.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram } from '../../e2e/support/programs.ts';

const compiler = process.platform === 'linux' ? findProgram(['gcc', 'cc'], ['--version']) : undefined;
/** For `describe.skipIf`. */
export const noCompiler = compiler === undefined;

const ERRNO = { EIO: 5, ENOSPC: 28 } as const;
const OPERATIONS = { sync: 1, write: 2 } as const;
const FILES = { wal: 1, database: 2, both: 3 } as const;
const ACTED_WORD = 6;
const SEEN_WORD = 7;
const SKEW_WORD = 8;
const WORDS = 9;

export interface DiskFault {
  /** A page written, or a file synced. */
  readonly at: 'write' | 'sync';
  /** Commits go to the WAL, checkpoints to the database. */
  readonly of: 'wal' | 'database' | 'both';
  /** Acts at the n-th such call from now on. Default 1. */
  readonly nth?: number;
  /** `kill-after`: the call has succeeded by then. A number waits so many milliseconds. */
  readonly does: 'kill-before' | 'kill-after' | 'EIO' | 'ENOSPC' | number;
  /** Also at every call after the n-th, until disarmed. Default false. */
  readonly always?: boolean;
}

export class DiskFaults implements Disposable {
  /** For the programs that it shall happen to. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #control: number;

  constructor(options: { readonly powerCuts?: boolean } = {}) {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'postern-disk-'));
    const library = path.join(this.#folder, 'disk-shim.so');
    const source = path.join(import.meta.dirname, 'disk-shim.c');
    execFileSync(compiler ?? 'gcc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl']);
    const control = path.join(this.#folder, 'control');
    writeFileSync(control, Buffer.alloc(WORDS * 4));
    this.#control = openSync(control, 'r+');
    mkdirSync(this.#shadow);
    this.env = {
      LD_PRELOAD: library,
      FAULT_CONTROL: control,
      ...(options.powerCuts === true ? { FAULT_SHADOW: this.#shadow } : {}),
    };
  }

  /** From the next call on, whether relayd runs or is yet to start. */
  arm({ at, of, nth = 1, does, always = false }: DiskFault): void {
    const [action, argument] =
      typeof does === 'number' ? [4, does] : does in ERRNO ? [3, ERRNO[does as keyof typeof ERRNO]] : [];
    this.disarm();
    // The operation last: it makes the rest count.
    this.#write([
      0,
      FILES[of],
      nth,
      action ?? (does === 'kill-before' ? 1 : 2),
      argument ?? 0,
      always ? 1 : 0,
      0,
      0,
    ]);
    this.#write([OPERATIONS[at]]);
  }

  disarm(): void {
    this.#write([0]);
  }

  /** How often the fault has happened since it was armed. */
  get acted(): number {
    return this.#read(ACTED_WORD);
  }

  /** Calls of the armed kind since then, failed or not. */
  get seen(): number {
    return this.#read(SEEN_WORD);
  }

  /** Sets relayd's wall clock so much ahead of, or behind, the real one. */
  setClock(aheadMs: number): void {
    this.#write([Math.round(aheadMs / 1000)], SKEW_WORD);
  }

  /** After a kill: puts what was synced in the place of the database in `dataDir`. */
  loseUnsynced(dataDir: string): void {
    for (const name of ['postern.db', 'postern.db-wal', 'postern.db-shm']) {
      rmSync(path.join(dataDir, name), { force: true });
      const kept = path.join(this.#shadow, name);
      if (existsSync(kept)) copyFileSync(kept, path.join(dataDir, name));
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#control);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #shadow(): string {
    return path.join(this.#folder, 'synced');
  }

  #write(words: readonly number[], first = 0): void {
    const octets = Buffer.from(Int32Array.from(words).buffer);
    writeSync(this.#control, octets, 0, octets.length, first * 4);
  }

  #read(word: number): number {
    const octets = Buffer.alloc(4);
    readSync(this.#control, octets, 0, 4, word * 4);
    return octets.readInt32LE();
  }
}
