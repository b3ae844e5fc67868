/**
 * The store alone: microseconds of CPU (and of time, fsync included) that accepting, claiming and settling cost, in
 * groups, beside a queue of 0, 100 thousand and 1 million deliveries to one dead, blocked destination.
 *
 *   node bench/store.ts [--queued 0,100000,1000000] [--rounds 200] [--bytes 4096] [--group 50] [--destinations 20] [--tags 1]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/platform/clock.ts';
import { makeId } from '../src/platform/ids.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { Claim, Settlement } from '../src/store/delivery-records.ts';
import type { Credential } from '../src/store/directory-records.ts';
import type { NewMessage } from '../src/store/message-records.ts';
import type { Spool } from '../src/store/spool.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { SMTP_CREDENTIAL } from '../test/support/credential.ts';

const WARM_UP_ROUNDS = 20;
const RECIPIENTS_OF_SEED = 10;

const { values } = parseArgs({
  options: {
    queued: { type: 'string', default: '0,100000,1000000' },
    rounds: { type: 'string', default: '200' },
    bytes: { type: 'string', default: '4096' },
    group: { type: 'string', default: '50' },
    destinations: { type: 'string', default: '20' },
    tags: { type: 'string', default: '1' },
  },
});
const rounds = Number(values.rounds);
const sizeBytes = Number(values.bytes);
const GROUP = Number(values.group);
const DESTINATIONS = Number(values.destinations);
const TAGS = Array.from({ length: Number(values.tags) }, (_, index) => `tag${index}`);

/** Whose mail it is: as with real mail, whether the credential stands is asked with each accept. */
interface Sender {
  readonly accountId: string;
  readonly credentialId: string;
}

/** Sums of CPU and elapsed microseconds by step. */
class Stopwatch {
  readonly #sums = new Map<string, { cpu: number; wall: number; operations: number }>();

  async measure<T>(step: string, operations: number, run: () => Promise<T>): Promise<T> {
    const sum = this.#sums.get(step) ?? { cpu: 0, wall: 0, operations: 0 };
    const cpu = process.cpuUsage();
    const start = performance.now();
    const result = await run();
    const used = process.cpuUsage(cpu);
    sum.cpu += used.user + used.system;
    sum.wall += (performance.now() - start) * 1000;
    sum.operations += operations;
    this.#sums.set(step, sum);
    return result;
  }

  row(): Record<string, string> {
    return Object.fromEntries(
      [...this.#sums].map(([step, { cpu, wall, operations }]) => [
        step,
        `${(cpu / operations).toFixed(1)} (${(wall / operations).toFixed(1)})`,
      ]),
    );
  }
}

async function run(queued: number): Promise<Record<string, string>> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
  const store = openSqliteStore({
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    exclusive: true,
  });
  const reader = openSqliteReader(dataDir);
  const sender = { accountId: (await reader.accountByName('default'))?.id ?? '', credentialId: 'crd_bench' };
  reader.close();
  const { spool } = store;
  await store.directory.addCredential(credentialOf(sender), 'bench');
  try {
    const untilMs = systemClock.now() + 3_600_000;
    await spool.blockDestinations([
      { destination: 'dead.example', untilMs, failures: 1, lastError: 'bench' },
    ]);
    for (let left = queued / RECIPIENTS_OF_SEED; left > 0; left -= GROUP) {
      const seeds = Array.from({ length: GROUP }, () =>
        message(sender, 'dead.example', RECIPIENTS_OF_SEED, 100),
      );
      await Promise.all(seeds.map((seed) => spool.accept(seed)));
    }
    const watch = new Stopwatch();
    await throughBacklog(spool, sender, new Stopwatch(), WARM_UP_ROUNDS);
    await throughBacklog(spool, sender, watch, rounds);
    const handed: Claim[] = [];
    spool.openFeed(
      { maxDeliveries: 10_000, maxDeliveriesPerDestination: 1000, maxContentBytes: 2 ** 26 },
      {
        onClaims: (claims) => void handed.push(...claims),
        onBacklog: () => undefined,
        onRecall: () => undefined,
      },
    );
    await handedOver(spool, sender, handed, new Stopwatch(), WARM_UP_ROUNDS);
    await handedOver(spool, sender, handed, watch, rounds);
    return watch.row();
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
}

async function throughBacklog(spool: Spool, sender: Sender, watch: Stopwatch, times: number): Promise<void> {
  for (let round = 0; round < times; round++) {
    const messages = group(sender, round);
    await watch.measure('accept', GROUP, () => Promise.all(messages.map((one) => spool.accept(one))));
    const nowMs = systemClock.now();
    const request = { nowMs, limit: GROUP, limitPerDestination: GROUP, excludedDestinations: [] };
    const { claims } = await watch.measure('claim', GROUP, () => spool.claim(request));
    await watch.measure('settle', claims.length, () => settle(spool, claims));
  }
}

async function handedOver(
  spool: Spool,
  sender: Sender,
  handed: Claim[],
  watch: Stopwatch,
  times: number,
): Promise<void> {
  for (let round = 0; round < times; round++) {
    const messages = group(sender, round);
    await watch.measure('accept + hand over', GROUP, () =>
      Promise.all(messages.map((one) => spool.accept(one))),
    );
    const claims = handed.splice(0);
    await watch.measure('settle handed over', claims.length, () => settle(spool, claims));
  }
}

function credentialOf({ accountId, credentialId }: Sender): Credential {
  return {
    ...SMTP_CREDENTIAL,
    id: credentialId,
    accountId,
    name: 'bench',
    username: 'bench',
  };
}

function group(sender: Sender, round: number): NewMessage[] {
  return Array.from({ length: GROUP }, (_, index) =>
    message(sender, `live${(round + index) % DESTINATIONS}.example`, 1, sizeBytes),
  );
}

function settle(spool: Spool, claims: readonly Claim[]): Promise<unknown> {
  return Promise.all(
    claims.map(({ deliveries }) =>
      spool.settle({ nowMs: systemClock.now(), settlements: deliveries.map(delivered), dsns: [] }),
    ),
  );
}

function delivered({
  deliveryId,
  fence,
}: {
  readonly deliveryId: number;
  readonly fence: number;
}): Settlement {
  const atMs = systemClock.now();
  const reply = { replyCode: 250, status: '2.0.0', text: 'Ok: queued as 4F2A1C0' };
  const host = { host: 'mx.live.example', address: '127.0.0.1', tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384' };
  return {
    deliveryId,
    fence,
    state: 'delivered',
    nextAttemptAtMs: undefined,
    attempts: [{ atMs, ...host, ...reply, stage: 'final', durationMs: 12 }],
    event: { type: 'delivered', atMs, data: { reply: '250 2.0.0 Ok: queued as 4F2A1C0', host: host.host } },
    suppression: undefined,
    countsAsAttempt: true,
  };
}

function message(
  { accountId, credentialId }: Sender,
  destination: string,
  recipients: number,
  bytes: number,
): NewMessage {
  const nowMs = systemClock.now();
  const id = makeId('msg_', nowMs, systemRandom);
  return {
    credentialVersion: 0,
    facts: {
      id,
      accountId,
      credentialId,
      stream: 'transactional',
      via: 'smtp',
      reversePath: 'sender@example.org',
      headerFrom: 'sender@example.org',
      subject: 'A subject of usual length for a message',
      messageIdField: `<${id}@example.org>`,
      bodyType: '8bitmime',
      smtpUtf8: false,
      requireTls: false,
      dsnReturn: undefined,
      envelopeId: undefined,
      sendDsn: true,
      tags: TAGS,
      metadata: {},
      signingDomain: 'example.org',
      headerSizeBytes: 400,
      sizeBytes: bytes,
      bodyHash: Buffer.alloc(32, 7).toString('base64'),
      acceptedAtMs: nowMs,
      sendAtMs: undefined,
      expiresAtMs: nowMs + 345_600_000,
    },
    content: { kind: 'whole', bytes: new Uint8Array(bytes).fill(65) },
    deliveries: Array.from({ length: recipients }, (_, index) => ({
      recipient: `user${index}@${destination}`,
      destination,
      notify: undefined,
      originalRecipient: undefined,
      suppressedBy: undefined,
    })),
  };
}

console.log(`µs of CPU (of time) for each, groups of ${GROUP}, ${sizeBytes} octets`);
const table: Record<string, Record<string, string>> = {};
for (const queued of values.queued.split(',').map(Number)) table[`${queued} queued`] = await run(queued);
console.table(table);
