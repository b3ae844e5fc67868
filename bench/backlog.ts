/**
 * A queue that stays: deliveries to one destination whose host takes no connection, blocked as after a failure, written
 * by the store itself.
 */
import { systemClock } from '../src/platform/clock.ts';
import { makeId } from '../src/platform/ids.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { NewMessage } from '../src/store/message-records.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';

export const DEAD = 'dead.example';
/** As long as the relay's own back-off gets at the most. */
const BLOCKED_MS = 600_000;
const RECIPIENTS = 10;
const GROUP = 50;
const BODY = Buffer.from('From: a@bench.example\r\n\r\nThis one waits.\r\n');

/** Adds `deliveries` (a multiple of 500 is exact) to the store in `dataDir`, which nobody else may have open. */
export async function fillQueue(dataDir: string, deliveries: number): Promise<void> {
  const store = openSqliteStore({
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    exclusive: true,
  });
  try {
    const reader = openSqliteReader(dataDir);
    const accountId = (await reader.accountByName('default'))?.id ?? '';
    reader.close();
    const untilMs = systemClock.now() + BLOCKED_MS;
    await store.spool.blockDestinations([{ destination: DEAD, untilMs, failures: 1, lastError: 'bench' }]);
    for (let left = deliveries / RECIPIENTS; left > 0; left -= GROUP) {
      const group = Array.from({ length: GROUP }, () => waiting(accountId));
      await Promise.all(group.map((message) => store.spool.accept(message)));
    }
  } finally {
    await store.close();
  }
}

function waiting(accountId: string): NewMessage {
  const nowMs = systemClock.now();
  const id = makeId('msg_', nowMs, systemRandom);
  return {
    credentialVersion: undefined,
    facts: {
      id,
      accountId,
      credentialId: undefined,
      stream: 'transactional',
      via: 'smtp',
      reversePath: 'a@bench.example',
      headerFrom: 'a@bench.example',
      subject: 'A subject of usual length for a message',
      messageIdField: `<${id}@bench.example>`,
      bodyType: '7bit',
      smtpUtf8: false,
      requireTls: false,
      dsnReturn: undefined,
      envelopeId: undefined,
      sendDsn: false,
      tags: [],
      metadata: {},
      signingDomain: 'bench.example',
      headerSizeBytes: 25,
      sizeBytes: BODY.length,
      bodyHash: new Uint8Array(32).fill(7),
      acceptedAtMs: nowMs,
      sendAtMs: undefined,
      expiresAtMs: nowMs + 345_600_000,
    },
    content: { kind: 'whole', bytes: new Uint8Array(BODY) },
    deliveries: Array.from({ length: RECIPIENTS }, (_, index) => ({
      recipient: `user${index}@${DEAD}`,
      destination: DEAD,
      notify: undefined,
      originalRecipient: undefined,
      suppressedBy: undefined,
    })),
  };
}
