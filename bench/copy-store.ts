/** A store of many messages to many destinations, half of them delivered and half waiting, written by the store itself. */
import { systemClock } from '../src/platform/clock.ts';
import { makeId } from '../src/platform/ids.ts';
import { silentLog } from '../src/platform/log.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { ClaimedDelivery, Settlement } from '../src/store/delivery-records.ts';
import type { NewMessage } from '../src/store/message-records.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { openSqliteReader } from '../src/store/sqlite/reader.ts';
import { queuedFacts } from './queued-facts.ts';

/** At once: no more than the store takes. */
const GROUP = 200;
const GROUP_BYTES = 32 * 1024 * 1024;
const CLAIMED = 1_000;
const DESTINATIONS = 1_000;

/** `dataDir` is a folder that nobody else has open. */
export async function fillStore(
  dataDir: string,
  { messages, sizeBytes }: { readonly messages: number; readonly sizeBytes: number },
): Promise<void> {
  const clock = systemClock;
  const store = openSqliteStore({ dataDir, clock, random: systemRandom, log: silentLog, exclusive: true });
  try {
    const reader = openSqliteReader(dataDir);
    const accountId = (await reader.accountByName('default'))?.id ?? '';
    reader.close();
    const together = Math.max(1, Math.min(GROUP, Math.floor(GROUP_BYTES / sizeBytes)));
    for (let made = 0; made < messages; made += together) {
      const group = Array.from({ length: together }, (_, at) => messageOf(accountId, made + at, sizeBytes));
      await Promise.all(group.map((message) => store.spool.accept(message)));
    }
    for (let settled = 0; settled < messages / 2; settled += CLAIMED) {
      const nowMs = clock.now();
      const { claims } = await store.spool.claim({
        ...{ nowMs, limit: CLAIMED, limitPerDestination: CLAIMED, excludedDestinations: [] },
      });
      const settlements = claims.flatMap(({ deliveries }) => deliveries.map((one) => delivered(one, nowMs)));
      await store.spool.settle({ nowMs, settlements, dsns: [] });
    }
  } finally {
    await store.close();
  }
}

function messageOf(accountId: string, number: number, sizeBytes: number): NewMessage {
  const nowMs = systemClock.now();
  const id = makeId('msg_', nowMs, systemRandom);
  const destination = `d${number % DESTINATIONS}.example`;
  // As incompressible as mail is.
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at++) bytes[at] = 32 + ((number * 31 + at * at) % 90);
  return {
    credentialVersion: undefined,
    facts: queuedFacts(
      {
        ...{ id, accountId, sizeBytes, headerSizeBytes: 500, sendDsn: true },
        ...{ tags: ['bench'], metadata: { order: String(number) } },
      },
      nowMs,
    ),
    content: { kind: 'whole', bytes },
    deliveries: [
      {
        recipient: `user${number}@${destination}`,
        ...{ destination, notify: undefined, originalRecipient: undefined, suppressedBy: undefined },
      },
    ],
  };
}

function delivered({ deliveryId, fence }: ClaimedDelivery, atMs: number): Settlement {
  const attempt = {
    ...{ atMs, host: 'mx.example', address: '192.0.2.7', tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384' },
    ...{ replyCode: 250, status: '2.0.0', text: 'Ok: queued as 4B2F61C0A7', stage: 'final' as const },
    durationMs: 210,
  };
  return {
    ...{ deliveryId, fence, state: 'delivered', nextAttemptAtMs: undefined, attempts: [attempt] },
    event: { type: 'delivered', atMs, data: { reply: '250 2.0.0 Ok: queued as 4B2F61C0A7' } },
    ...{ suppression: undefined, countsAsAttempt: true },
  };
}
