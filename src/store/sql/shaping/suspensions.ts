/** What an operator has suspended (store/shaping.ts). Of a destination the engine's queue writer sets the mark that claims read. */
import { actorName } from '../../../policy/actor.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import {
  SUSPENSION_KINDS,
  type ShapingReader,
  type ShapingWriter,
  type Suspension,
  type SuspensionKind,
} from '../../shaping.ts';
import { HELD_APART } from '../queue/bulk-change.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { audit } from '../directory/audit.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

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

/** One that was suspended anew meanwhile has another end. */
const REMOVE_ENDED = statement<{ kind: string; subject: string; now: number }>(
  'DELETE FROM suspension WHERE kind = :kind AND subject = :subject AND until <= :now',
);

const ONE = statement<{ kind: string; subject: string }, { at: number }>(
  'SELECT at FROM suspension WHERE kind = :kind AND subject = :subject',
);
/** Rows of accounts that are being resumed: what was held goes on, and new mail is not held any more. */
const RESUMING = 'resuming';
const RESUME = statement<{ subject: string }>(
  `UPDATE suspension SET kind = '${RESUMING}' WHERE kind = 'account' AND subject = :subject`,
);
const RESUME_ENDED = statement<{ subject: string; now: number }>(
  `UPDATE suspension SET kind = '${RESUMING}' WHERE kind = 'account' AND subject = :subject AND until <= :now`,
);
const ALL_RESUMING = statement<NoValues, { subject: string }>(
  `SELECT subject FROM suspension WHERE kind = '${RESUMING}' ORDER BY subject`,
);

/** What is held for another reason is marked, so that it stays so when the account is resumed. */
const MARK = HELD_APART;
const MARK_HELD = statement<{ account: number; mark: string }>(
  `UPDATE delivery SET waits_for = :mark WHERE account_id = :account AND state = 'held'`,
);
const MARK_HELD_OF_STREAM = statement<{ account: number; stream: string; mark: string }>(
  `UPDATE delivery SET waits_for = :mark WHERE account_id = :account AND state = 'held'
   AND id / ${DELIVERIES_PER_MESSAGE} IN (SELECT id FROM message
     WHERE settled_at IS NULL AND account_id = :account AND stream = :stream)`,
);
const UNMARK = statement<{ account: number; mark: string }>(
  `UPDATE delivery SET waits_for = NULL WHERE account_id = :account AND state = 'held' AND waits_for = :mark`,
);
const HELD_BY_HEALTH = statement<{ account: number }, { stream: string }>(
  "SELECT stream FROM health_state WHERE level = 'hold' AND account_id = :account",
);

export const suspensionReads: StepsOf<Pick<ShapingReader, 'suspensions' | 'accountsResuming'>> = {
  *suspensions() {
    const rows = (yield* all(ALL, {})).filter(({ kind }) => SUSPENSION_KINDS.includes(kind));
    return rows.map(({ at, until, reason, ...row }) => ({
      ...row,
      atMs: at,
      untilMs: until ?? undefined,
      reason: reason ?? undefined,
    }));
  },
  *accountsResuming() {
    return (yield* all(ALL_RESUMING, {})).map(({ subject }) => subject);
  },
};

export const suspensionWrites: StepsOf<
  Pick<ShapingWriter, 'suspend' | 'resume' | 'endSuspension' | 'resumed'>
> = {
  *suspend(suspension) {
    const { kind, subject } = suspension;
    if (kind === 'account' && (yield* one(ONE, { kind, subject })) === undefined) {
      yield* run(REMOVE, { kind: RESUMING, subject });
      yield* run(MARK_HELD, { account: yield* accountKeyOf(subject), mark: MARK });
    }
    yield* putSuspension(suspension);
  },
  *resume({ kind, subject }, nowMs, actor) {
    if (kind !== 'account') return yield* removeSuspension(kind, subject, nowMs, actor);
    if ((yield* run(RESUME, { subject })) === 0) return false;
    yield* resumesAccount(subject, nowMs, actor);
    return true;
  },
  *endSuspension({ kind, subject }, nowMs, actor) {
    const now = Math.round(nowMs);
    if (kind !== 'account') {
      const ended = (yield* run(REMOVE_ENDED, { kind, subject, now })) > 0;
      if (ended) yield* audit(nowMs, actor, `${kind} resume`, subject);
      return ended;
    }
    if ((yield* run(RESUME_ENDED, { subject, now })) === 0) return false;
    yield* resumesAccount(subject, nowMs, actor);
    return true;
  },
  *resumed(subject) {
    if ((yield* run(REMOVE, { kind: RESUMING, subject })) > 0)
      yield* run(UNMARK, { account: yield* accountKeyOf(subject), mark: MARK });
  },
};

function* resumesAccount(subject: string, nowMs: number, actor: string): Steps<void> {
  const account = yield* accountKeyOf(subject);
  for (const { stream } of yield* all(HELD_BY_HEALTH, { account }))
    yield* stream === ''
      ? run(MARK_HELD, { account, mark: MARK })
      : run(MARK_HELD_OF_STREAM, { account, stream, mark: MARK });
  yield* audit(nowMs, actor, 'account resume', subject, subject);
}

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
  yield* run(PUT, { kind, subject, at: Math.round(atMs), until, reason, actor: actorName(actor) });
  const words = [
    subject,
    until === undefined ? undefined : `until ${new Date(until).toISOString()}`,
    reason === undefined ? undefined : `(${reason})`,
  ];
  yield* audit(
    atMs,
    actor,
    `${kind} suspend`,
    words.filter((word) => word !== undefined).join(' '),
    kind === 'account' ? subject : undefined,
  );
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
