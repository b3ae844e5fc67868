/**
 * What the conformance suite asks of an engine, and what its tests work with. The suites in this folder are written
 * against the role interfaces of src/store alone; each engine has one *.test.ts that runs them all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { Store } from '../../../src/store/store.ts';

export interface OpenedStore extends Store {
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly reserveBytes?: number;
  /** False: a tool beside the relay that holds the folder. Default true. */
  readonly exclusive?: boolean;
  /** For mail to addresses that were erased. */
  readonly masterKey?: Uint8Array;
}

/** The rows of the tables themselves, for tests that ask what is really there. */
export interface RawRows {
  tables(): Promise<readonly string[]>;
  all(text: string): Promise<readonly object[]>;
  run(text: string): Promise<void>;
}

export interface Engine {
  readonly rawOf: (dataDir: string) => RawRows;
  /** A server has the database: there is no file of it, and no disk to measure. */
  readonly sharedDatabase?: boolean;
  open(dataDir: string, options?: OpenOptions): Promise<OpenedStore>;
}

/** A folder and the stores opened in it; all closed and removed after the test. */
export interface Bench {
  readonly dataDir: string;
  readonly open: (options?: OpenOptions) => Promise<OpenedStore>;
  readonly rawOf: Engine['rawOf'];
}

/** Call in a `describe`: gives each test a fresh folder. */
export function benchFor(engine: Engine): () => Bench {
  let cleanups: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
    cleanups = [];
  });
  return () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-store-'));
    cleanups.push(() => rmSync(dataDir, { recursive: true }));
    return {
      dataDir,
      rawOf: engine.rawOf,
      async open(options) {
        const store = await engine.open(dataDir, options);
        let open = true;
        const close = async () => {
          if (open) await store.close();
          open = false;
        };
        cleanups.push(close);
        return { ...store, close };
      },
    };
  };
}
