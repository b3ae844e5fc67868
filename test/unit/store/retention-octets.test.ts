/** What retention removes is gone from the file as well, each at its time, and nothing else is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { OpenedStore } from '../../conformance/store/engine.ts';
import {
  claimAll,
  defaultAccountId,
  HOUR_MS,
  newCredential,
  newMessage,
  settleAll,
} from '../../conformance/store/fixtures.ts';
import { openSqlite } from '../../conformance/store/sqlite-engine.ts';

const DAY_MS = 24 * HOUR_MS;
/** As configured by default. */
const AGES = {
  ...{ contentMs: 3 * DAY_MS, metadataMs: 30 * DAY_MS, eventsMs: 90 * DAY_MS },
  ...{ refusedMs: DAY_MS, reportsMs: 7 * DAY_MS, statisticsMs: 730 * DAY_MS },
};

let dataDir: string;
let store: OpenedStore;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-octets-'));
  store = openSqlite(dataDir);
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

/** Words that stand in a file of the folder, once nothing waits in the log. */
async function found(words: readonly string[]): Promise<readonly string[]> {
  // A start cuts the log off.
  await store.close();
  store = openSqlite(dataDir);
  const octets = readdirSync(dataDir)
    .map((name) => readFileSync(path.join(dataDir, name), 'latin1'))
    .join('\n');
  return words.filter((word) => octets.includes(word));
}

async function cleanAt(nowMs: number): Promise<void> {
  while ((await store.retention.clean(nowMs, AGES)).more);
}

test.each([['as configured'], ['of an account that keeps less']])(
  'each kind at its time, %s',
  async (terms) => {
    const startMs = systemClock.now();
    const accountId = await defaultAccountId(store);
    const less = terms !== 'as configured';
    if (less)
      await store.directory.changeAccount(
        accountId,
        { retainContentMs: HOUR_MS, retainMetadataMs: 2 * DAY_MS, retainEventsMs: 5 * DAY_MS },
        startMs,
        'test',
      );
    const credential = await newCredential(store);
    await store.directory.addCredential(credential, 'test');
    // Enough for rows to share pages, and for pages to be freed.
    for (let number = 0; number < 40; number++)
      await store.spool.accept(
        await newMessage(store, {
          ...{ recipients: [`inevent${number}@rcpt.example`], subject: `inmetadata${number}` },
          content: `Subject: x\r\n\r\n${`incontent${number} `.repeat(900)}\r\n`,
        }),
      );
    await settleAll(store.spool, (await claimAll(store.spool)).claims);
    await store.refusals.keepRefused({
      ...{ id: 'msg_refused', accountId, credentialId: credential.id, via: 'smtp', client: '192.0.2.1' },
      ...{
        refusedAtMs: startMs,
        reversePath: 'a@x.example',
        recipients: [],
        recipientCount: 1,
        reply: '550',
      },
      ...{ fix: undefined, headerFrom: undefined, subject: undefined, leftOut: 0 },
      headers: Buffer.from('Subject: inrefused'),
    });
    await store.reports.keepReport({
      ...{ id: 'rpt_1', accountId, receivedAtMs: startMs, kind: 'bounce', form: 'dsn', recipient: undefined },
      ...{ messageId: undefined, client: '192.0.2.1', why: 'no token', reading: undefined },
      headers: Buffer.from('Subject: inreport'),
    });
    await store.suppressions.addSuppression(
      {
        ...{ accountId, scope: '', address: 'kept@rcpt.example', reason: 'manual', evidence: 'keptforgood' },
        ...{ createdAtMs: startMs, expiresAtMs: undefined, createdBy: 'test' },
      },
      'test',
    );
    const words = [
      'incontent1 ',
      'incontent39 ',
      'inrefused',
      'inreport',
      'inmetadata1',
      'inmetadata39',
      'inevent7@',
      'keptforgood',
    ];
    expect(await found(words)).toEqual(words);
    const { total } = await statistics(startMs);
    expect(total.counts.delivered).toBe(40);
    const gone: readonly (readonly [ageMs: number, left: RegExp])[] = less
      ? [
          [2 * HOUR_MS, /^in(refused|report|metadata|event)|^kept/],
          [3 * DAY_MS, /^in(report|event)|^kept/],
          [6 * DAY_MS, /^inreport|^kept/],
          [8 * DAY_MS, /^kept/],
        ]
      : [
          [2 * DAY_MS, /^in(content|report|metadata|event)|^kept/],
          [4 * DAY_MS, /^in(report|metadata|event)|^kept/],
          [8 * DAY_MS, /^in(metadata|event)|^kept/],
          [31 * DAY_MS, /^inevent|^kept/],
          [91 * DAY_MS, /^kept/],
        ];
    for (const [ageMs, left] of gone) {
      await cleanAt(startMs + ageMs);
      expect(await found(words), `after ${ageMs / HOUR_MS} h`).toEqual(
        words.filter((word) => left.test(word)),
      );
    }
    expect((await statistics(startMs)).total.counts.delivered).toBe(40);
  },
);

function statistics(nowMs: number) {
  const day = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return store.statistics.statistics({
    ...{ accountIds: [], span: 'day', fromMs: day - DAY_MS, toMs: day + 2 * DAY_MS },
    ...{ of: undefined, group: undefined, limit: 9 },
  });
}
