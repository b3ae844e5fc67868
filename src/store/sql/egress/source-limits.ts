/** Providers that a source is not used for (store/egress.ts). */
import type { BounceClass } from '../../../policy/bounce-classes.ts';
import { nextLimit, type SourceLimit } from '../../../policy/egress/source-limit.ts';
import type { EgressReader, EgressWriter } from '../../egress.ts';
import { appendServerEvent } from '../findings/server-events.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

interface LimitRow {
  readonly source: string;
  readonly provider: string;
  readonly at: number;
  readonly until: number;
  readonly times: number;
  readonly class: BounceClass;
  readonly reply: string;
}

const COLUMNS = 'source, provider, at, until, times, class, reply';
const ALL = statement<Record<string, never>, LimitRow>(
  `SELECT ${COLUMNS} FROM source_limit ORDER BY source, provider`,
);
const ONE = statement<{ source: string; provider: string }, LimitRow>(
  `SELECT ${COLUMNS} FROM source_limit WHERE source = :source AND provider = :provider`,
);
/** Of two nodes that were refused at once, one takes it out. */
const PUT = statement<{
  source: string;
  provider: string;
  at: number;
  until: number;
  times: number;
  class: string;
  reply: string;
}>(
  `INSERT INTO source_limit (${COLUMNS}) VALUES (:source, :provider, :at, :until, :times, :class, :reply)
   ON CONFLICT (source, provider) DO UPDATE SET at = excluded.at, until = excluded.until, times = excluded.times,
     class = excluded.class, reply = excluded.reply WHERE source_limit.until <= excluded.at`,
);
const FORGET = statement<{ source: string; provider: string; now: number }>(
  'DELETE FROM source_limit WHERE source = :source AND provider = :provider AND until <= :now',
);
const REMOVE = statement<{ before: number }>('DELETE FROM source_limit WHERE until < :before');

export const sourceLimitReads: StepsOf<Pick<EgressReader, 'sourceLimits'>> = {
  *sourceLimits() {
    return (yield* all(ALL, {})).map(limitOfRow);
  },
};

export const sourceLimitWrites: StepsOf<Pick<EgressWriter, 'limitSource' | 'forgetSourceLimit'>> = {
  *limitSource({ source, provider, atMs, class: bounceClass, reply }) {
    const at = Math.round(atMs);
    const before = yield* one(ONE, { source, provider });
    const previous = before && limitOfRow(before);
    if (previous !== undefined && previous.untilMs > at) return { limit: previous, isNew: false };
    const next = nextLimit(previous, at);
    const limit: SourceLimit = { source, provider, atMs: at, ...next, class: bounceClass, reply };
    const { untilMs: until, times } = next;
    const changed = yield* run(PUT, { source, provider, at, until, times, class: bounceClass, reply });
    if (changed === 0) {
      const others = yield* one(ONE, { source, provider });
      return { limit: others === undefined ? limit : limitOfRow(others), isNew: false };
    }
    const data = { source, provider, reply, until: new Date(until).toISOString(), class: bounceClass, times };
    yield* appendServerEvent('source_limited', at, data);
    return { limit, isNew: true };
  },
  *forgetSourceLimit(source, provider, nowMs) {
    yield* run(FORGET, { source, provider, now: Math.round(nowMs) });
  },
};

export function* removeSourceLimitsBefore(beforeMs: number): Steps<number> {
  return yield* run(REMOVE, { before: Math.round(beforeMs) });
}

function limitOfRow({ at, until, ...row }: LimitRow): SourceLimit {
  return { ...row, atMs: at, untilMs: until };
}
