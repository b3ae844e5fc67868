/** Days of sources in warm-up (store/egress.ts). The row of a day is locked before it is read: nodes come one by one. */
import type { EgressReader, EgressWriter, SourceDayKey, StoredSourceDay } from '../../egress.ts';
import type { WarmUpReason } from '../../../policy/egress/warm-up.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

interface DayRow {
  readonly source: string;
  readonly provider: string;
  readonly day: number;
  readonly step: number;
  readonly ceiling: number;
  readonly reason: WarmUpReason;
  readonly reserved: number;
  readonly handed_over: number;
  readonly turned_away: number;
  readonly complained: number;
}

type Key = SourceDayKey & Record<string, string | number>;

const COLUMNS =
  'source, provider, day, step, ceiling, reason, reserved, handed_over, turned_away, complained';
const ONE_DAY = 'source = :source AND provider = :provider AND day = :day';

const OF_ALL = statement<{ since: number }, DayRow>(
  `SELECT ${COLUMNS} FROM source_day WHERE day >= :since ORDER BY source, provider, day`,
);
const OF_SOURCE = statement<{ source: string; since: number }, DayRow>(
  `SELECT ${COLUMNS} FROM source_day WHERE source = :source AND day >= :since ORDER BY source, provider, day`,
);
const BEGIN = statement<Key & { step: number; ceiling: number; reason: string }>(
  `INSERT INTO source_day (source, provider, day, step, ceiling, reason, reserved, handed_over, turned_away, complained)
   VALUES (:source, :provider, :day, :step, :ceiling, :reason, 0, 0, 0, 0) ON CONFLICT (source, provider, day) DO NOTHING`,
);
const LOWER = statement<Key & { ceiling: number; reason: string }>(
  ({ greater }) => `UPDATE source_day SET
   reason = CASE WHEN :ceiling < ceiling THEN :reason ELSE reason END,
   ceiling = CASE WHEN :ceiling < ceiling THEN ${greater('reserved', ':ceiling')} ELSE ceiling END
   WHERE ${ONE_DAY}`,
);
const READ = statement<Key, { ceiling: number; reserved: number }>(
  `SELECT ceiling, reserved FROM source_day WHERE ${ONE_DAY}`,
);
const RESERVE = statement<Key & { granted: number }>(
  `UPDATE source_day SET reserved = reserved + :granted WHERE ${ONE_DAY} AND reserved + :granted <= ceiling`,
);
const COUNT = statement<Key & { handedOver: number; turnedAway: number; returned: number }>(
  ({ greater }) => `UPDATE source_day SET handed_over = handed_over + :handedOver,
   turned_away = turned_away + :turnedAway, reserved = ${greater('0', 'reserved - :returned')} WHERE ${ONE_DAY}`,
);
const COMPLAINT = statement<Key>(
  `UPDATE source_day SET complained = complained + 1 WHERE source = :source AND provider = :provider AND day =
   (SELECT max(day) FROM source_day WHERE source = :source AND provider = :provider AND day <= :day)`,
);
const REMOVE = statement<{ before: number }>(
  `DELETE FROM source_day WHERE day < :before AND EXISTS (SELECT 1 FROM source_day later
   WHERE later.source = source_day.source AND later.provider = source_day.provider AND later.day > source_day.day)`,
);

export const sourceDayReads: StepsOf<Pick<EgressReader, 'sourceDays'>> = {
  *sourceDays({ source, sinceDay }) {
    const rows =
      source === undefined
        ? yield* all(OF_ALL, { since: sinceDay })
        : yield* all(OF_SOURCE, { source, since: sinceDay });
    return rows.map(dayOfRow);
  },
};

export const sourceDayWrites: StepsOf<Pick<EgressWriter, 'leaseSource' | 'countSources' | 'countComplaint'>> =
  {
    *leaseSource({ source, provider, day, step, ceiling, reason, wanted }) {
      const key = { source, provider, day };
      yield* run(BEGIN, { ...key, step, ceiling, reason });
      yield* run(LOWER, { ...key, ceiling, reason });
      const row = yield* one(READ, key);
      if (row === undefined) return { granted: 0, ceiling: 0, reserved: 0 };
      const granted = Math.max(0, Math.min(wanted, row.ceiling - row.reserved));
      if (granted > 0) yield* run(RESERVE, { ...key, granted });
      return { granted, ceiling: row.ceiling, reserved: row.reserved + granted };
    },
    *countSources(counts) {
      for (const { source, provider, day, handedOver, turnedAway, returned } of counts)
        yield* run(COUNT, { source, provider, day, handedOver, turnedAway, returned });
    },
    *countComplaint({ source, provider, day }) {
      yield* run(COMPLAINT, { source, provider, day });
    },
  };

/** The newest of each source and provider stays: it says how far the warm-up has come. */
export function* removeSourceDaysBefore(day: number): Steps<number> {
  return yield* run(REMOVE, { before: day });
}

function dayOfRow({ handed_over, turned_away, ...row }: DayRow): StoredSourceDay {
  return { ...row, handedOver: handed_over, turnedAway: turned_away };
}
