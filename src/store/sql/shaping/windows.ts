/** Tokens of windows (store/shaping.ts). The row of the slot is locked before it is read: nodes come one by one. */
import { WINDOW_SLOTS, type WindowWriter } from '../../shaping.ts';
import { statement } from '../statement.ts';
import { all, run, type Steps, type StepsOf } from '../steps.ts';

const BEGIN = statement<{ bucket: string; slot: number; endsAt: number }>(
  `INSERT INTO shaping_count (bucket, slot, ends_at, taken) VALUES (:bucket, :slot, :endsAt, 0)
   ON CONFLICT (bucket, slot) DO UPDATE SET taken = shaping_count.taken`,
);
const READ = statement<{ bucket: string; after: number }, { slot: number; taken: number }>(
  'SELECT slot, taken FROM shaping_count WHERE bucket = :bucket AND slot > :after ORDER BY slot',
);
const TAKE = statement<{ bucket: string; slot: number; granted: number }>(
  'UPDATE shaping_count SET taken = taken + :granted WHERE bucket = :bucket AND slot = :slot',
);
const RETURN = statement<{ bucket: string; slot: number; count: number }>(
  ({ greater }) =>
    `UPDATE shaping_count SET taken = ${greater('0', 'taken - :count')} WHERE bucket = :bucket AND slot = :slot`,
);
/** Of a clock that was far ahead. */
const REMOVE_AHEAD = statement<{ bucket: string; after: number }>(
  'DELETE FROM shaping_count WHERE bucket = :bucket AND slot > :after',
);
const FORGET = statement<{ bucket: string; before: number }>(
  'DELETE FROM shaping_count WHERE bucket = :bucket AND slot < :before',
);
const REMOVE = statement<{ before: number }>('DELETE FROM shaping_count WHERE ends_at < :before');

export const windowWrites: StepsOf<WindowWriter> = {
  *leaseWindow({ bucket, windowMs, limit, wanted, nowMs }) {
    const slotMs = windowMs / WINDOW_SLOTS;
    const slot = Math.floor(nowMs / slotMs);
    const endsAtMs = (slot + 1) * slotMs;
    yield* run(BEGIN, { bucket, slot, endsAt: endsAtMs });
    yield* run(FORGET, { bucket, before: slot - 3 * WINDOW_SLOTS });
    // Any stretch of a window's length touches one slot more than it has. Slots of a clock that was set back count too.
    const rows = yield* all(READ, { bucket, after: slot - WINDOW_SLOTS - 1 });
    const free = limit - rows.reduce((sum, { taken }) => sum + taken, 0);
    const granted = Math.max(0, Math.min(wanted, free));
    // What it gave out further ahead than a window counts as given out now: nobody knows when it was.
    const after = slot + WINDOW_SLOTS;
    const ahead = rows.reduce((sum, row) => (row.slot > after ? sum + row.taken : sum), 0);
    if (ahead > 0) yield* run(REMOVE_AHEAD, { bucket, after });
    if (granted + ahead > 0) yield* run(TAKE, { bucket, slot, granted: granted + ahead });
    if (granted === wanted) return { granted, endsAtMs, moreAtMs: undefined };
    const first = rows.find(({ taken }) => taken > 0)?.slot ?? slot;
    const oldest = first > after ? slot : first;
    return { granted, endsAtMs, moreAtMs: (oldest + WINDOW_SLOTS + 1) * slotMs };
  },
  *returnTokens(unused) {
    for (const { bucket, windowMs, endsAtMs, count } of unused) {
      const slot = Math.round(endsAtMs / (windowMs / WINDOW_SLOTS)) - 1;
      yield* run(RETURN, { bucket, slot, count });
    }
  },
};

/** Slots that ended before that. */
export function* removeSlotsBefore(beforeMs: number): Steps<number> {
  return yield* run(REMOVE, { before: Math.round(beforeMs) });
}
