import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countComplaints } from '../../../src/inbound/source-complaints.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { DAY_MS } from '../../../src/policy/egress/warm-up.ts';
import type { Source } from '../../../src/policy/egress/source.ts';
import type { QueueReader } from '../../../src/store/queue-admin.ts';
import type { ReportChange } from '../../../src/store/reports.ts';
import type { OpenedStore } from '../../conformance/store/engine.ts';
import { openSqlite } from '../../conformance/store/sqlite-engine.ts';

const DAY = 20_000;
const PROVIDERS = [{ name: 'google', mx: ['google.com'] }];
const NEW: Source = {
  ...{ name: 'new', addresses: ['192.0.2.250'], hostname: 'new.relay.test', pool: 'default', weight: 1 },
  ...{ clientCertificate: undefined, hop: undefined, warmUp: { plan: 'default', startsAtMs: 0 } },
};

let dataDir: string;
let store: OpenedStore;

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-complaints-'));
  store = openSqlite(dataDir);
  for (const provider of ['google', 'other'])
    await store.egress.leaseSource({
      ...{ source: 'new', provider, day: DAY, step: 0, ceiling: 9, reason: 'first', wanted: 5 },
    });
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

/** What was tried for each recipient of the message. */
function historyOf(...tries: readonly { readonly source?: string; readonly host: string }[]) {
  const deliveries = tries.map((one, at) => ({ id: `dlv_1-${at + 1}`, history: [one] }));
  return { messageById: async () => ({ deliveries }) } as unknown as Pick<QueueReader, 'messageById'>;
}

function complaint(recipientNumber: number, type: 'complained' | 'bounced' = 'complained'): ReportChange {
  return { messageId: 'msg_1', recipientNumber, event: { type, atMs: 1, data: {} } } as ReportChange;
}

async function counted(
  reader: Pick<QueueReader, 'messageById'>,
  changes: readonly ReportChange[],
  sources: readonly Source[] = [NEW],
) {
  await countComplaints(changes, {
    ...{ egress: { sources }, providers: () => PROVIDERS, reader, writer: store.egress },
    ...{ clock: { now: () => (DAY + 2) * DAY_MS }, log: silentLog },
  });
  const days = await store.egress.sourceDays({ source: 'new', sinceDay: 0 });
  return days.map(({ complained }) => complained);
}

test('a complaint counts with the source and the provider that the mail left to', async () => {
  const reader = historyOf(
    { source: 'new', host: 'aspmx.l.google.com' },
    { source: 'new', host: 'mx.example' },
  );
  expect(await counted(reader, [complaint(1), complaint(1, 'bounced')])).toEqual([1, 0]);
  expect(await counted(reader, [complaint(2)])).toEqual([1, 1]);
});

test('mail that left from another source, or from none, counts nowhere', async () => {
  const reader = historyOf({ source: 'old', host: 'mx.google.com' }, { host: 'mx.google.com' });
  expect(await counted(reader, [complaint(1), complaint(2), complaint(3)])).toEqual([0, 0]);
  const left = historyOf({ source: 'new', host: 'mx.google.com' });
  expect(await counted(left, [complaint(1)], [{ ...NEW, warmUp: undefined }])).toEqual([0, 0]);
});

test('a store that fails loses the count and no more', async () => {
  const reader = { messageById: () => Promise.reject(new Error('locked')) };
  expect(await counted(reader, [complaint(1)])).toEqual([0, 0]);
});
