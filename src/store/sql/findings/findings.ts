/** Findings of checks and looks, and the server's events (store/findings.ts). */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { ServerEventType } from '../../../policy/delivery-state.ts';
import type { CheckState, FindingReader, FindingWriter, LookState, ServerEvent } from '../../findings.ts';
import type { EventData } from '../../message-records.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { statement } from '../statement.ts';
import { all, appendEvent, run, type StepsOf } from '../steps.ts';
import { appendServerEvent, newestServerEvent } from './server-events.ts';

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
  lastServerEvent: () => newestServerEvent(),
};

export const findingWrites: StepsOf<FindingWriter> = {
  *recordChecks(turned, nowMs) {
    for (const { name, ok, sinceMs, detail, remedy } of turned) {
      yield* run(PUT_STATE, { name, ok: ok ? 1 : 0, since: Math.round(sinceMs), detail, remedy });
      const data = { check: name, detail, ...(remedy !== undefined && { remedy }) };
      yield* appendServerEvent(ok ? 'check_recovered' : 'check_failed', nowMs, data);
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

export const findingTables: readonly CopiedTable[] = [
  copiedTable('check_state', 'name', 'ok since detail remedy'),
  copiedTable('look_state', 'subject', 'at found'),
  copiedTable('server_event', 'sequence', 'type at data'),
];
