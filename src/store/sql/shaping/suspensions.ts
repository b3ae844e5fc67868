/** What an operator has suspended (store/shaping.ts). Of a destination the engine's queue writer sets the mark that claims read. */
import type { ShapingReader, ShapingWriter, Suspension, SuspensionKind } from '../../shaping.ts';
import { audit } from '../directory/audit.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, run, type Steps, type StepsOf } from '../steps.ts';

interface SuspensionRow {
  readonly kind: SuspensionKind;
  readonly subject: string;
  readonly at: number;
  readonly until: number | null;
  readonly reason: string | null;
  readonly actor: string;
}

const COLUMNS = 'kind, subject, at, until, reason, actor';
const ALL = statement<NoValues, SuspensionRow>(`SELECT ${COLUMNS} FROM suspension ORDER BY kind, subject`);
const PUT = statement<{
  kind: string;
  subject: string;
  at: number;
  until: number | undefined;
  reason: string | undefined;
  actor: string;
}>(
  `INSERT INTO suspension (${COLUMNS}) VALUES (:kind, :subject, :at, :until, :reason, :actor)
   ON CONFLICT (kind, subject) DO UPDATE SET at = excluded.at, until = excluded.until, reason = excluded.reason,
     actor = excluded.actor`,
);
const REMOVE = statement<{ kind: string; subject: string }>(
  'DELETE FROM suspension WHERE kind = :kind AND subject = :subject',
);

export const suspensionReads: StepsOf<Pick<ShapingReader, 'suspensions'>> = {
  *suspensions() {
    return (yield* all(ALL, {})).map(({ at, until, reason, ...row }) => ({
      ...row,
      atMs: at,
      untilMs: until ?? undefined,
      reason: reason ?? undefined,
    }));
  },
};

export const suspensionWrites: StepsOf<Pick<ShapingWriter, 'suspend' | 'resume'>> = {
  *suspend(suspension) {
    yield* putSuspension(suspension);
  },
  *resume({ kind, subject }, nowMs, actor) {
    return yield* removeSuspension(kind, subject, nowMs, actor);
  },
};

/** Of a destination, beside the mark that claims read. */
export function* suspendedDestination(
  name: string,
  suspended: boolean,
  nowMs: number,
  actor: string,
  { untilMs, reason }: Pick<Suspension, 'untilMs' | 'reason'> = { untilMs: undefined, reason: undefined },
): Steps<void> {
  const kind = 'destination';
  if (suspended) yield* putSuspension({ kind, subject: name, atMs: nowMs, untilMs, reason, actor });
  else yield* removeSuspension(kind, name, nowMs, actor);
}

/** In place of an earlier one, with its line in the audit log. */
function* putSuspension({ kind, subject, atMs, untilMs, reason, actor }: Suspension): Steps<void> {
  const until = untilMs === undefined ? undefined : Math.round(untilMs);
  yield* run(PUT, { kind, subject, at: Math.round(atMs), until, reason, actor });
  const words = [
    subject,
    until === undefined ? undefined : `until ${new Date(until).toISOString()}`,
    reason === undefined ? undefined : `(${reason})`,
  ];
  yield* audit(atMs, actor, `${kind} suspend`, words.filter((word) => word !== undefined).join(' '));
}

/** False: it was not suspended. */
function* removeSuspension(
  kind: SuspensionKind,
  subject: string,
  nowMs: number,
  actor: string,
): Steps<boolean> {
  const removed = yield* run(REMOVE, { kind, subject });
  if (removed > 0 || kind === 'destination') yield* audit(nowMs, actor, `${kind} resume`, subject);
  return removed > 0;
}
