/**
 * Limits that the relay set itself (store/shaping.ts). How one grows and falls is policy/shaping/next-limit.ts; each change has
 * its event in the same transaction, once, whichever node makes it: the row is locked before it is read.
 */
import { actorName } from '../../../policy/actor.ts';
import type { AutomaticLimit } from '../../../policy/shaping/automatic-limit.ts';
import {
  changeOf,
  isChangeDue,
  latestChangeMs,
  limitAt,
  nextLimit,
  type LimitChange,
} from '../../../policy/shaping/next-limit.ts';
import type { EventData } from '../../message-records.ts';
import type { ShapingReader, ShapingWriter } from '../../shaping.ts';
import { audit } from '../directory/audit.ts';
import { appendServerEvent } from '../findings/server-events.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

interface LimitRow {
  readonly subject: string;
  /** Empty: the address that the system chooses. */
  readonly source: string;
  readonly action: AutomaticLimit['action'];
  readonly step: number;
  readonly per_minute: number | null;
  readonly connections: number | null;
  readonly at: number;
  readonly changed_at: number;
  readonly until: number;
  readonly times: number;
  readonly rule: string;
  readonly reply: string;
  readonly destination: string;
}

type Key = { readonly subject: string; readonly source: string };

const COLUMNS =
  'subject, source, action, step, per_minute, connections, at, changed_at, until, times, rule, reply, destination';
const ALL = statement<NoValues, LimitRow>(
  `SELECT ${COLUMNS} FROM destination_limit ORDER BY subject, source`,
);
const DUE = statement<{ now: number; latest: number }, LimitRow>(
  `SELECT ${COLUMNS} FROM destination_limit WHERE until <= :now OR changed_at > :latest ORDER BY subject, source`,
);
/** Locks it: of two nodes the second reads what the first has written. */
const LOCK = statement<Key>(
  'UPDATE destination_limit SET step = step WHERE subject = :subject AND source = :source',
);
const ONE = statement<Key, LimitRow>(
  `SELECT ${COLUMNS} FROM destination_limit WHERE subject = :subject AND source = :source`,
);
type Written = Omit<LimitRow, 'per_minute' | 'connections' | 'changed_at'> & {
  readonly perMinute: number | undefined;
  readonly connections: number | undefined;
  readonly changedAt: number;
};
/** Of two nodes that begin one at once, one does. */
const ADD = statement<Written & Record<string, string | number | undefined>>(
  `INSERT INTO destination_limit (${COLUMNS}) VALUES (:subject, :source, :action, :step, :perMinute, :connections, :at,
     :changedAt, :until, :times, :rule, :reply, :destination) ON CONFLICT (subject, source) DO NOTHING`,
);
const CHANGE = statement<Written & Record<string, string | number | undefined>>(
  `UPDATE destination_limit SET action = :action, step = :step, per_minute = :perMinute, connections = :connections,
     at = :at, changed_at = :changedAt, until = :until, times = :times, rule = :rule, reply = :reply,
     destination = :destination WHERE subject = :subject AND source = :source`,
);
const REMOVE = statement<Key>('DELETE FROM destination_limit WHERE subject = :subject AND source = :source');

export const destinationLimitReads: StepsOf<Pick<ShapingReader, 'destinationLimits'>> = {
  *destinationLimits() {
    return (yield* all(ALL, {})).map(limitOfRow);
  },
};

export const destinationLimitWrites: StepsOf<
  Pick<ShapingWriter, 'limitDestination' | 'raiseLimits' | 'liftLimits'>
> = {
  *limitDestination(said) {
    for (;;) {
      const before = yield* lockedLimit(keyOf(said));
      const after = nextLimit(before, said);
      const change = changeOf(before && limitAt(before, said.nowMs), after);
      if (change === undefined) return after;
      const written = yield* run(before === undefined ? ADD : CHANGE, rowOf(after));
      if (written === 0) continue;
      yield* tell(change, after, said.nowMs, 'relayd');
      return after;
    }
  },
  *raiseLimits(nowMs) {
    const due = yield* all(DUE, { now: Math.round(nowMs), latest: Math.round(latestChangeMs(nowMs)) });
    let changed = 0;
    for (const { subject, source } of due) {
      const before = yield* lockedLimit({ subject, source });
      if (before === undefined || !isChangeDue(before, nowMs)) continue;
      const after = limitAt(before, nowMs);
      if (after === undefined) yield* lift(before, nowMs, 'relayd');
      else {
        yield* run(CHANGE, rowOf(after));
        const change = changeOf(before, after);
        if (change !== undefined) yield* tell(change, after, nowMs, 'relayd');
      }
      changed++;
    }
    return changed;
  },
  *liftLimits(subjects, nowMs, actor) {
    const meant = (yield* all(ALL, {})).filter(({ subject }) => subjects.includes(subject));
    for (const { subject, source } of meant) {
      const before = yield* lockedLimit({ subject, source });
      if (before !== undefined) yield* lift(before, nowMs, actor);
    }
    if (meant.length > 0) yield* audit(nowMs, actor, 'destination lift', subjects.join(' '));
    return meant.length;
  },
};

function* lockedLimit(key: Key): Steps<AutomaticLimit | undefined> {
  yield* run(LOCK, key);
  const row = yield* one(ONE, key);
  return row && limitOfRow(row);
}

function* lift(limit: AutomaticLimit, nowMs: number, actor: string): Steps<void> {
  yield* run(REMOVE, keyOf(limit));
  yield* tell('lifted', limit, nowMs, actor);
}

function* tell(change: LimitChange, limit: AutomaticLimit, nowMs: number, actor: string): Steps<void> {
  yield* appendServerEvent('destination_limited', nowMs, dataOf(change, limit, actor));
}

/** What the event says. `undone_by`: the command that lifts it. */
function dataOf(change: LimitChange, limit: AutomaticLimit, actor: string): EventData {
  const { subject, source, untilMs, perMinute, connections, rule, reply, destination, times } = limit;
  const lifted = change === 'lifted';
  const slow = change === 'slowed' || change === 'raised';
  return {
    ...{ change, subject, source: source ?? null, destination, rule, reply, times, actor: actorName(actor) },
    ...(!lifted && { until: new Date(untilMs).toISOString() }),
    ...(slow && { per_minute: perMinute ?? null, connections: connections ?? null }),
    ...(!lifted && { undone_by: `relayctl destination resume ${destination}` }),
  };
}

function keyOf({ subject, source }: { readonly subject: string; readonly source: string | undefined }): Key {
  return { subject, source: source ?? '' };
}

function rowOf(limit: AutomaticLimit): Written & Record<string, string | number | undefined> {
  const {
    action,
    step,
    perMinute,
    connections,
    atMs,
    changedAtMs,
    untilMs,
    times,
    rule,
    reply,
    destination,
  } = limit;
  return {
    ...keyOf(limit),
    ...{ action, step, perMinute, connections, times, rule, reply, destination },
    at: Math.round(atMs),
    changedAt: Math.round(changedAtMs),
    until: Math.round(untilMs),
  };
}

function limitOfRow(row: LimitRow): AutomaticLimit {
  const { subject, source, action, step, times, rule, reply, destination } = row;
  return {
    ...{ subject, source: source === '' ? undefined : source, action, step },
    ...{ perMinute: row.per_minute ?? undefined, connections: row.connections ?? undefined },
    ...{ atMs: row.at, changedAtMs: row.changed_at, untilMs: row.until },
    ...{ times, rule, reply, destination },
  };
}
