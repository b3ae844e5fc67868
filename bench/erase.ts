/**
 * What an erasure costs: a store of many messages, of which some are to one person; its steps are timed. `--messages N`, `--hers N`.
 * And what accepting, settling and removing by retention cost meanwhile, for the pragma `secure_delete`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/platform/clock.ts';
import { makeId } from '../src/platform/ids.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { NewMessage } from '../src/store/message-records.ts';
import { databasePath } from '../src/store/sqlite/engine/connection.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '100000' }, hers: { type: 'string', default: '2000' } },
});
const MESSAGES = Number(values.messages);
const EVERY = Math.max(1, Math.round(MESSAGES / Number(values.hers)));
const AT_ONCE = 250;
const JANE = 'jane.doe@rcpt.example';
const CONTENT = `Subject: An offer\r\nTo: somebody\r\n\r\n${'text of a message, in words. '.repeat(100)}\r\n`;

const folder = mkdtempSync(path.join(tmpdir(), 'postern-erase-'));
const options = {
  dataDir: folder,
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  exclusive: true,
};
const store = openSqliteStore({ ...options, reserveBytes: 0 });
const reader = openSqliteReader(folder);
const account = await reader.accountByName('default');
const accountId = account?.id ?? '';

function message(number: number): NewMessage {
  const nowMs = systemClock.now();
  const recipient = number % EVERY === 0 ? JANE : `user${number}@rcpt.example`;
  const delivery = {
    recipient,
    destination: 'rcpt.example',
    notify: undefined,
    originalRecipient: undefined,
  };
  const bytes = new TextEncoder().encode(CONTENT);
  return {
    credentialVersion: undefined,
    facts: {
      ...{
        id: makeId('msg_', nowMs, systemRandom),
        accountId,
        credentialId: undefined,
        stream: 'transactional',
      },
      ...{ via: 'smtp', reversePath: 'a@shop.example', headerFrom: 'a@shop.example', subject: 'An offer' },
      ...{ messageIdField: `<${number}@shop.example>`, bodyType: '7bit', smtpUtf8: false, requireTls: false },
      ...{ dsnReturn: undefined, envelopeId: undefined, sendDsn: true, tags: [], metadata: {} },
      ...{ signingDomain: 'shop.example', headerSizeBytes: 37, sizeBytes: bytes.length },
      ...{ bodyHash: Buffer.alloc(32).toString('base64'), acceptedAtMs: nowMs, sendAtMs: undefined },
      expiresAtMs: nowMs + 86_400_000,
    },
    content: { kind: 'whole', bytes },
    deliveries: [{ ...delivery, suppressedBy: undefined }],
  };
}

async function timed<T>(words: string, count: number, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  const ms = performance.now() - start;
  console.log(
    `${words}: ${(ms / 1000).toFixed(1)} s, ${((user + system) / count).toFixed(0)} µs of processor time each`,
  );
  return result;
}

await timed(`accept ${MESSAGES}`, MESSAGES, async () => {
  for (let number = 0; number < MESSAGES; number += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) => store.spool.accept(message(number + index))),
    );
});
await timed(`claim and settle ${MESSAGES}`, MESSAGES, async () => {
  for (;;) {
    const nowMs = systemClock.now();
    const request = { nowMs, limit: 1_000, limitPerDestination: 1_000, excludedDestinations: [] };
    const { claims } = await store.spool.claim(request);
    if (claims.length === 0) return;
    const attempt = {
      ...{ atMs: nowMs, host: 'mx.rcpt.example', address: '192.0.2.1', tls: undefined, replyCode: 250 },
      ...({ status: '2.0.0', stage: 'final', durationMs: 12, text: '2.0.0 Ok: queued as 4711' } as const),
    };
    const settlements = claims.flatMap(({ deliveries }) =>
      deliveries.map(({ deliveryId, fence }) => ({
        ...{
          deliveryId,
          fence,
          state: 'delivered' as const,
          nextAttemptAtMs: undefined,
          attempts: [attempt],
        },
        event: { type: 'delivered' as const, atMs: nowMs, data: { reply: '250 2.0.0 Ok' } },
        ...{ suppression: undefined, countsAsAttempt: true },
      })),
    );
    await store.spool.settle({ nowMs, settlements, dsns: [] });
  }
});
console.log(`file: ${Math.round(statSync(databasePath(folder)).size / 1024 / 1024)} MiB`);
const of = { address: JANE, pseudonym: 'erased-1@erased.invalid', hash: 'hash:1', knownAs: 'x' };
await store.erasure.beginErasure({ id: 'era_1', accountId, ...of }, systemClock.now(), 'bench');
const steps: number[] = [];
const counts = await timed('erase', MESSAGES, async () => {
  for (;;) {
    const start = performance.now();
    const step = await store.erasure.eraseSome('era_1', systemClock.now(), 'bench');
    steps.push(performance.now() - start);
    if (step.kind === 'done') return step.counts;
  }
});
const sorted = steps.toSorted((one, other) => one - other);
const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
console.log(
  `${counts.deliveries} deliveries, ${counts.events} events; ${steps.length} steps, of ${at(0.5)} ms, 99 % within ${at(0.99)} ms, longest ${at(1)} ms`,
);
await timed('retention of content', MESSAGES, async () => {
  const ages = { contentMs: 0, metadataMs: 1e12, eventsMs: 1e12 };
  while ((await store.retention.clean(systemClock.now() + 10_000, ages)).more);
});
reader.close();
await store.close();
rmSync(folder, { recursive: true });
