/**
 * What the conformance suite asks of an engine, and what its tests work with. The suites in this folder are written
 * against the role interfaces of src/store alone; each engine has one *.test.ts that runs them all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { ContentReader } from '../../../src/store/content-reader.ts';
import type { DirectoryReader, DirectoryWriter } from '../../../src/store/directory.ts';
import type { HealthReader, HealthWriter } from '../../../src/store/health.ts';
import type { IdempotencyReader } from '../../../src/store/idempotency.ts';
import type { LoginReader, LoginWriter } from '../../../src/store/logins.ts';
import type { QueueReader, QueueWriter } from '../../../src/store/queue-admin.ts';
import type { RefusalReader, RefusalWriter } from '../../../src/store/refusals.ts';
import type { ReportReader, ReportWriter, UnverifiedReportReader } from '../../../src/store/reports.ts';
import type { RetentionCleaner } from '../../../src/store/retention.ts';
import type { Spool } from '../../../src/store/spool.ts';
import type { WebhookReader, WebhookWriter } from '../../../src/store/webhooks.ts';
import type { SealedReader } from '../../../src/store/sealed-secrets.ts';
import type { StatisticsReader } from '../../../src/store/stats.ts';
import type { TemplateReader, TemplateWriter } from '../../../src/store/templates.ts';
import type { UsageReader } from '../../../src/store/usage.ts';

export interface OpenedStore {
  readonly spool: Spool;
  readonly writer: DirectoryWriter;
  readonly queue: QueueWriter;
  readonly health: HealthWriter;
  readonly logins: LoginWriter;
  readonly reports: ReportWriter;
  readonly refusals: RefusalWriter;
  readonly retention: RetentionCleaner;
  readonly webhooks: WebhookWriter;
  readonly templates: TemplateWriter;
  readonly reader: DirectoryReader &
    UsageReader &
    QueueReader &
    ContentReader &
    HealthReader &
    LoginReader &
    SealedReader &
    ReportReader &
    UnverifiedReportReader &
    RefusalReader &
    TemplateReader &
    IdempotencyReader &
    StatisticsReader &
    WebhookReader;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly reserveBytes?: number;
  /** False: a tool beside the relay that holds the folder. Default true. */
  readonly exclusive?: boolean;
}

export interface Engine {
  open(dataDir: string, options?: OpenOptions): Promise<OpenedStore>;
}

/** A folder and the stores opened in it; all closed and removed after the test. */
export interface Bench {
  readonly dataDir: string;
  readonly open: (options?: OpenOptions) => Promise<OpenedStore>;
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
