/** Blocks of destinations that failed as a whole, with the tries that led to them. The last thousand tries of each are kept. */
import { isWait, type AttemptRecord, type DestinationBlock } from '../../delivery-records.ts';
import { ATTEMPT_COLUMNS } from '../../sql/spool/attempt-columns.ts';
import { bigints, RowInsert } from '../engine/row-insert.ts';
import type { Session } from '../engine/session.ts';
import type { Destinations } from './destinations.ts';

const KEPT = 1_000;

interface Try {
  readonly destination: number;
  readonly number: number;
  readonly part: number;
  readonly attempt: AttemptRecord;
}

const TRIES = new RowInsert<Try>(
  'destination_try',
  {
    destination_id: ({ destination }) => destination,
    number: ({ number }) => number,
    part: ({ part }) => part,
    ...ATTEMPT_COLUMNS,
  },
  bigints('destination_id', 'number', 'part', 'at', 'reply_code', 'duration_ms'),
);
const BLOCK = `UPDATE destination SET blocked_until = $2, failures = $3, last_error = coalesce($4, last_error),
  tries = tries + $5, waits_for = $6 WHERE id = $1 RETURNING tries, next_due_at`;
const WAIT = `UPDATE destination SET blocked_until = $2, waits_for = $3
  WHERE id = $1 AND coalesce(blocked_until, 0) < $2 RETURNING next_due_at`;
const END_WAIT = `UPDATE destination SET blocked_until = NULL, waits_for = NULL
  WHERE id = $1 AND waits_for IS NOT NULL RETURNING next_due_at`;
const END_WAITS = `UPDATE destination d SET blocked_until = NULL, waits_for = NULL FROM (
    SELECT id FROM destination WHERE waits_for = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE) v WHERE d.id = v.id`;
const FORGET = 'DELETE FROM destination_try WHERE destination_id = $1 AND number <= $2';
const LIFT = `UPDATE destination SET blocked_until = NULL WHERE id IN (
    SELECT id FROM destination WHERE blocked_until > $1 ORDER BY id FOR NO KEY UPDATE)`;

/** The next due time of a destination that was blocked or unblocked, and the end of its block. */
export interface Blocked {
  readonly name: string;
  readonly dueAtMs: number | undefined;
}

/** In a transaction; rows change in the order of keys, and those of one destination in the given order. */
export async function blockDestinations(
  session: Session,
  destinations: Destinations,
  blocks: readonly DestinationBlock[],
): Promise<readonly Blocked[]> {
  const names = [...new Set(blocks.map(({ destination }) => destination))].sort();
  const found = await destinations.readOrAdd(session, names);
  const blocked: Blocked[] = [];
  const keyOf = ({ destination }: DestinationBlock) => found.get(destination)?.id ?? 0;
  for (const block of [...blocks].sort((one, other) => keyOf(one) - keyOf(other))) {
    const id = keyOf(block);
    if (isWait(block)) {
      blocked.push(...(await wait(session, id, block)));
      continue;
    }
    const clears = block.failures === 0;
    const tries = block.tries ?? [];
    const { rows } = await session.query<{ tries: number; next_due_at: number | null }>(BLOCK, [
      id,
      clears ? null : Math.round(block.untilMs),
      block.failures,
      clears ? null : block.lastError,
      tries.length,
      clears ? null : (block.waitsFor ?? null),
    ]);
    const last = rows[0]?.tries ?? 0;
    blocked.push({ name: block.destination, dueAtMs: rows[0]?.next_due_at ?? undefined });
    if (tries.length === 0) continue;
    const first = last - tries.length + 1;
    const parts = tries.flatMap((attempts, index) =>
      attempts.map((attempt, part): Try => ({ destination: id, number: first + index, part, attempt })),
    );
    const { text, values } = TRIES.of(parts);
    await session.query(text, values);
    await session.query(FORGET, [id, last - KEPT]);
  }
  return blocked;
}

/** A block for a limit, unless a longer one exists; or its end. */
async function wait(session: Session, id: number, block: DestinationBlock): Promise<readonly Blocked[]> {
  const { destination: name, untilMs, waitsFor } = block;
  const { rows } =
    waitsFor === ''
      ? await session.query<{ next_due_at: number | null }>(END_WAIT, [id])
      : await session.query<{ next_due_at: number | null }>(WAIT, [id, Math.round(untilMs), waitsFor]);
  return rows.map(({ next_due_at: due }) => ({ name, dueAtMs: due ?? undefined }));
}

/** Lifts the blocks for these limits. Resolves to their number. */
export async function endWaitsOf(session: Session, words: readonly string[]): Promise<number> {
  return (await session.query(END_WAITS, [words])).rowCount;
}

/** Lifts every block that ends after `latestMs`; such blocks remain after the clock was set back. Resolves to their number. */
export async function liftBlocksAfter(session: Session, latestMs: number): Promise<number> {
  return (await session.query(LIFT, [Math.round(latestMs)])).rowCount;
}
