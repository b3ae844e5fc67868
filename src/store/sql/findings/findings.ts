/** Findings of checks and looks, and the server's events (store/findings.ts). */
import type { ServerEventType } from '../../../policy/delivery-state.ts';
import type { CheckState, FindingReader, FindingWriter, LookState, ServerEvent } from '../../findings.ts';
import type { EventData } from '../../message-records.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { statement } from '../statement.ts';
import { all, appendEvent, one, run, type Steps, type StepsOf } from '../steps.ts';

interface StateRow {
  readonly name: string;
  readonly ok: number;
  readonly since: number;
  readonly detail: string;
  readonly remedy: string | null;
}

interface LookRow {
  readonly subject: string;
  readonly at: number;
  readonly found: string;
}

interface EventRow {
  readonly sequence: number;
  readonly type: ServerEventType;
  readonly at: number;
  readonly data: string;
}

const STATES = statement<Record<string, never>, StateRow>(
  'SELECT name, ok, since, detail, remedy FROM check_state ORDER BY name',
);
const LOOKS = statement<Record<string, never>, LookRow>(
  'SELECT subject, at, found FROM look_state ORDER BY subject',
);
const EVENTS = statement<{ after: number; limit: number }, EventRow>(
  'SELECT sequence, type, at, data FROM server_event WHERE sequence > :after ORDER BY sequence LIMIT :limit',
);
const LAST = statement<Record<string, never>, { last: number | null }>(
  'SELECT max(sequence) AS last FROM server_event',
);

const PUT_STATE = statement<{
  name: string;
  ok: number;
  since: number;
  detail: string;
  remedy: string | undefined;
}>(
  `INSERT INTO check_state (name, ok, since, detail, remedy) VALUES (:name, :ok, :since, :detail, :remedy)
   ON CONFLICT (name) DO UPDATE SET ok = excluded.ok, since = excluded.since, detail = excluded.detail,
     remedy = excluded.remedy`,
);
const PUT_LOOK = statement<{ subject: string; at: number; found: string }>(
  `INSERT INTO look_state (subject, at, found) VALUES (:subject, :at, :found)
   ON CONFLICT (subject) DO UPDATE SET at = excluded.at, found = excluded.found`,
);
const FORGET_LOOK = statement<{ subject: string }>('DELETE FROM look_state WHERE subject = :subject');
const ADD_EVENT = statement<{ sequence: number; type: ServerEventType; at: number; data: string }>(
  'INSERT INTO server_event (sequence, type, at, data) VALUES (:sequence, :type, :at, :data)',
);
const REMOVE_EVENTS = statement<{ newest: number; before: number; limit: number }>(
  `DELETE FROM server_event WHERE sequence IN (SELECT sequence FROM server_event
   WHERE sequence < :newest AND at < :before ORDER BY sequence LIMIT :limit)`,
);

export const findingReads: StepsOf<FindingReader> = {
  *checkStates() {
    return (yield* all(STATES, {})).map(({ name, ok, since, detail, remedy }): CheckState => ({
      name,
      ok: ok === 1,
      sinceMs: since,
      detail,
      remedy: remedy ?? undefined,
    }));
  },
  *lookStates() {
    return (yield* all(LOOKS, {})).map(({ subject, at, found }): LookState => ({ subject, atMs: at, found }));
  },
  *serverEvents({ after, limit }) {
    return (yield* all(EVENTS, { after, limit })).map(({ sequence, type, at, data }): ServerEvent => ({
      sequence,
      type,
      atMs: at,
      data: JSON.parse(data) as EventData,
    }));
  },
  lastServerEvent: () => newest(),
};

export const findingWrites: StepsOf<FindingWriter> = {
  *recordChecks(turned, nowMs) {
    let sequence = yield* newest();
    for (const { name, ok, sinceMs, detail, remedy } of turned) {
      yield* run(PUT_STATE, { name, ok: ok ? 1 : 0, since: Math.round(sinceMs), detail, remedy });
      const data = JSON.stringify({ check: name, detail, ...(remedy !== undefined && { remedy }) });
      const type = ok ? 'check_recovered' : 'check_failed';
      yield* run(ADD_EVENT, { sequence: ++sequence, type, at: Math.round(nowMs), data });
    }
  },
  *recordLooks(looks, changes, gone) {
    for (const { subject, atMs, found } of looks)
      yield* run(PUT_LOOK, { subject, at: Math.round(atMs), found });
    for (const subject of gone) yield* run(FORGET_LOOK, { subject });
    for (const { accountId, atMs, data } of changes) {
      const about = { accountKey: yield* accountKeyOf(accountId), stream: undefined };
      yield* appendEvent({ type: 'domain_changed', atMs, about, data });
    }
  },
};

/** Removes expired events except the newest, whose number must not be used again. Resolves to the number removed. */
export function* removeServerEventsBefore(beforeMs: number, limit: number): Steps<number> {
  return yield* run(REMOVE_EVENTS, { newest: yield* newest(), before: Math.round(beforeMs), limit });
}

function* newest(): Steps<number> {
  return (yield* one(LAST, {}))?.last ?? 0;
}
