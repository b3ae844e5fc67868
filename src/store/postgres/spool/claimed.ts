/** Turns claimed rows into claims for the delivery worker, with the facts of their messages, and records them in memory. */
import type { Claim } from '../../delivery-records.ts';
import type { AddressHashes } from '../../hashed-addresses.ts';
import { messageKeyOf } from '../../flow/keys.ts';
import type { MessageFacts } from '../../message-records.ts';
import { takeClaimed } from '../../sql/spool/take-claimed.ts';
import { factsOf, selectMessage, type MessageRow } from '../../sql/queue/message-rows.ts';
import { binaryArray } from '../engine/binary-array.ts';
import type { Session } from '../engine/session.ts';
import { reasonFor, soughtFor } from './accept.ts';
import type { Batch } from './batch.ts';
import type { Destination } from './destinations.ts';
import type { ClaimedRow } from './due-rows.ts';
import { inOrder, type SuppressionRow } from './questions.ts';

const MESSAGES = `${selectMessage()} WHERE m.id = ANY($1::bigint[])`;
const SUPPRESSIONS = `SELECT s.account_id, s.address, s.scope, s.reason, s.expires_at
  FROM unnest($1::bigint[], $2::text[]) AS v (account, address)
  JOIN suppression s ON s.account_id = v.account AND s.address = v.address`;
const TRIES = `SELECT v.message, v.destination, d.tries - t.number + 1 AS tries
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS v (message, destination, since)
  JOIN destination d ON d.id = v.destination CROSS JOIN LATERAL (SELECT number FROM destination_try
    WHERE destination_id = v.destination AND at >= v.since ORDER BY at LIMIT 1) t`;

/** Dependencies besides the rows. */
export interface ClaimFacts {
  readonly destinations: ReadonlyMap<number, Destination>;
  readonly facts: ReadonlyMap<number, MessageFacts>;
  readonly suppressions: readonly SuppressionRow[];
  /** By message and destination: tries that failed for the destination as a whole since then. */
  readonly tries: ReadonlyMap<string, number>;
}

export async function readClaims(
  session: Session,
  rows: readonly ClaimedRow[],
  destinations: ReadonlyMap<number, Destination>,
  addressHashes: AddressHashes | undefined,
): Promise<ClaimFacts> {
  if (rows.length === 0) return { destinations, facts: new Map(), suppressions: [], tries: new Map() };
  const keys = [...new Set(rows.map(({ id }) => messageKeyOf(id)))];
  const sought = rows.flatMap(({ account_id: account, recipient }) =>
    soughtFor(recipient, addressHashes).map((address) => [account, address] as const),
  );
  const [messages, suppressions] = await inOrder([
    session.query<MessageRow>(MESSAGES, [binaryArray('bigint', keys)]),
    session.query<SuppressionRow>(SUPPRESSIONS, [
      binaryArray(
        'bigint',
        sought.map(([account]) => account),
      ),
      binaryArray(
        'text',
        sought.map(([, address]) => address),
      ),
    ]),
  ]);
  const facts = new Map(messages.rows.map((row) => [row.id, factsOf(row)] as const));
  const tries = await readTries(session, rows, destinations, facts);
  return { destinations, facts, suppressions: suppressions.rows, tries };
}

async function readTries(
  session: Session,
  rows: readonly ClaimedRow[],
  destinations: ReadonlyMap<number, Destination>,
  facts: ReadonlyMap<number, MessageFacts>,
): Promise<ReadonlyMap<string, number>> {
  const asked = new Map<string, readonly [number, number, number]>();
  for (const { id, destination_id: destination } of rows) {
    if ((destinations.get(destination)?.tries ?? 0) === 0) continue;
    const message = messageKeyOf(id);
    const { acceptedAtMs = 0, sendAtMs } = facts.get(message) ?? {};
    asked.set(`${message} ${destination}`, [message, destination, Math.max(acceptedAtMs, sendAtMs ?? 0)]);
  }
  if (asked.size === 0) return new Map();
  const columns = [0, 1, 2].map((at) =>
    binaryArray(
      'bigint',
      [...asked.values()].map((row) => row[at]),
    ),
  );
  const found = await session.query<{ message: number; destination: number; tries: number }>(TRIES, columns);
  return new Map(found.rows.map((row) => [`${row.message} ${row.destination}`, row.tries] as const));
}

/** Deliveries of a message to a destination are together, in the order in which they were claimed. */
export function claimsOf(
  batch: Batch,
  rows: readonly ClaimedRow[],
  read: ClaimFacts,
  nowMs: number,
): Claim[] {
  const groups = new Map<string, ClaimedRow[]>();
  for (const row of rows) {
    const key = `${messageKeyOf(row.id)} ${row.destination_id}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups].map(([key, group]) => claimOf(batch, group, read, read.tries.get(key) ?? 0, nowMs));
}

function claimOf(
  batch: Batch,
  group: readonly ClaimedRow[],
  read: ClaimFacts,
  tries: number,
  nowMs: number,
): Claim {
  const [first] = group;
  const messageId = messageKeyOf(first?.id ?? 0);
  const facts = read.facts.get(messageId);
  const destination = read.destinations.get(first?.destination_id ?? 0);
  if (facts === undefined || destination === undefined)
    throw new Error(`a delivery without its message ${messageId}, or without its destination`);
  const deliveries = group.map((row) => {
    const { account_id: accountKey, recipient } = row;
    const asked = { accountKey, stream: facts.stream, recipient, nowMs };
    const suppressedBy = reasonFor(read.suppressions, batch.memory.addressHashes, asked);
    return {
      ...takeClaimed(batch.memory.feed, destination, facts, row, suppressedBy),
      ...(tries > 0 && { destinationTries: tries }),
    };
  });
  return {
    messageId,
    contentId: messageId,
    facts,
    destination: destination.name,
    deliveries,
    life: batch.memory.life.lifeKey,
    content: undefined,
  };
}
