/** Rows of the restrictions of accounts and streams: read for accepting, changed by health and by people. */
import { actorName } from '../../../policy/actor.ts';
import type { HealthLevel } from '../../../policy/health.ts';
import type { HealthChange, HealthWriter } from '../../health.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { audit } from '../directory/audit.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, appendEvent, one, run, type Steps, type StepsOf } from '../steps.ts';
import { hourOf } from './hours.ts';
import type { RestrictionRow } from './restriction-states.ts';

/** A restriction that a person lifted; `stream` is empty for the whole account. */
interface LiftedRow {
  readonly account_id: number;
  readonly stream: string;
  readonly level: HealthLevel;
}

/** Account and stream to match; 0 and `*`: any. */
type Lifting = { readonly account: number; readonly stream: string };

const ANY_ACCOUNT = 0;
/** No stream has this name. */
const ANY_STREAM = '*';

/** Of an account that an operator has suspended, as if its health held it. */
export const RESTRICTING_ROWS = `SELECT account_id, stream, level, per_minute FROM health_state
   WHERE level IN ('throttle', 'hold')
   UNION ALL SELECT a.id, '', 'hold', NULL FROM suspension s JOIN account a ON a.public_id = s.subject
   WHERE s.kind = 'account'`;
const RESTRICTING = statement<NoValues, RestrictionRow>(RESTRICTING_ROWS);
const LEVEL = statement<{ account: number; stream: string }, { level: HealthLevel }>(
  'SELECT level FROM health_state WHERE account_id = :account AND stream = :stream',
);
const PUT = statement<{
  account: number;
  stream: string;
  level: HealthLevel;
  reason: string;
  pace: number | undefined;
  since: number;
}>(
  `INSERT INTO health_state (account_id, stream, level, reason, per_minute, since, counts_from)
   VALUES (:account, :stream, :level, :reason, :pace, :since, 0)
   ON CONFLICT (account_id, stream) DO UPDATE SET level = excluded.level, reason = excluded.reason,
     per_minute = excluded.per_minute, since = excluded.since`,
);
const MEANT = `level != 'good' AND (account_id = :account OR :account = ${ANY_ACCOUNT})
  AND (stream = :stream OR :stream = '${ANY_STREAM}')`;
const LIFTED = statement<Lifting, LiftedRow>(
  `SELECT account_id, stream, level FROM health_state WHERE ${MEANT}`,
);
const RELEASE = statement<Lifting & { since: number; from: number }>(
  `UPDATE health_state SET level = 'good', reason = '', per_minute = NULL, since = :since, counts_from = :from
   WHERE ${MEANT}`,
);

/** Levels that throttle or hold. */
export function restrictingRows(): Steps<readonly RestrictionRow[]> {
  return all(RESTRICTING, {});
}

/** Each with its line in the audit log and, when the level changed, its event. */
export const healthWrites: StepsOf<HealthWriter> = {
  *setHealth(change: HealthChange, actor: string) {
    const { accountId, stream, level, reason, perMinute, atMs } = change;
    const account = yield* accountKeyOf(accountId);
    const before = (yield* one(LEVEL, { account, stream }))?.level ?? 'good';
    yield* run(PUT, { account, stream, level, reason, pace: perMinute, since: Math.round(atMs) });
    if (before !== level) {
      const data = { level, before, reason, ...(perMinute !== undefined && { per_minute: perMinute }) };
      yield* healthChanged(account, stream, atMs, data);
    }
    const subject = [accountId, stream, reason].filter((part) => part !== '').join(' ');
    yield* audit(atMs, actor, `health ${level}`, subject, accountId);
  },
  *releaseHealth({ accountId, stream }, nowMs: number, actor: string) {
    const account = accountId === undefined ? ANY_ACCOUNT : yield* accountKeyOf(accountId);
    const lifting = { account, stream: stream ?? ANY_STREAM };
    const lifted = yield* all(LIFTED, lifting);
    yield* run(RELEASE, { ...lifting, since: Math.round(nowMs), from: hourOf(nowMs) + 1 });
    for (const { account_id: of, stream: name, level: before } of lifted)
      yield* healthChanged(of, name, nowMs, {
        level: 'good',
        before,
        reason: `released by ${actorName(actor)}`,
      });
    const subject = [accountId, stream].filter((part) => part !== undefined).join(' ') || 'all';
    if (lifted.length > 0) yield* audit(nowMs, actor, 'health release', subject, accountId);
    return lifted.length;
  },
};

function healthChanged(
  accountKey: number,
  stream: string,
  atMs: number,
  data: Readonly<Record<string, string | number>>,
): Steps<void> {
  const about = { accountKey, stream: stream === '' ? undefined : stream };
  return appendEvent({ type: 'health_changed', atMs, about, data });
}
