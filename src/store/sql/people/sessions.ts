/** Sessions of people in the dashboard. A cookie has a random value; its hash is kept. */
import { MOST_SESSIONS, type PersonSession } from '../../people-records.ts';
import type { PeopleReader, PeopleWriter } from '../../people.ts';
import { audit } from '../directory/audit.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { noPerson, personByKey, personKeyOf } from './person-rows.ts';

const EXPIRED_A_STEP = 200;

interface SessionRow {
  readonly public_id: string;
  readonly person_id: number;
  readonly person_public_id: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly expires_at: number;
  readonly address: string;
  readonly user_agent: string | null;
  readonly confirmed_at: number;
}

const SESSION = `SELECT s.public_id, s.person_id, p.public_id AS person_public_id, s.created_at, s.seen_at, s.expires_at,
    s.address, s.user_agent, s.confirmed_at
  FROM person_session s JOIN person p ON p.id = s.person_id`;
const BY_HASH = statement<{ hash: Uint8Array }, SessionRow>(`${SESSION} WHERE s.token_hash = :hash`);
const OF_PERSON = statement<{ person: number; limit: number }, SessionRow>(
  `${SESSION} WHERE s.person_id = :person ORDER BY s.seen_at DESC LIMIT :limit`,
);
const INSERT = statement<{
  id: string;
  person: number;
  hash: Uint8Array;
  at: number;
  until: number;
  address: string;
  userAgent: string | undefined;
}>(
  `INSERT INTO person_session (public_id, person_id, token_hash, created_at, seen_at, expires_at, address, user_agent, confirmed_at)
   VALUES (:id, :person, :hash, :at, :at, :until, :address, :userAgent, :at)`,
);
/** With the password that was looked at: whoever changes it ends the sessions that are there, and not one that is about to be. */
const SIGNED_IN = statement<{ person: number; at: number; password: string | undefined }>(
  `UPDATE person SET signed_in_at = :at
   WHERE id = :person AND suspended_at IS NULL AND coalesce(:password, password, '') = coalesce(password, '')`,
);
const REMOVE_EXPIRED = statement<{ now: number; limit: number }>(
  `DELETE FROM person_session WHERE id IN
   (SELECT id FROM person_session WHERE expires_at <= :now LIMIT :limit)`,
);
const TRIM = statement<{ person: number; kept: number }>(
  `DELETE FROM person_session WHERE id IN
   (SELECT id FROM person_session WHERE person_id = :person ORDER BY seen_at DESC, id DESC LIMIT 1000 OFFSET :kept)`,
);
const SEEN = statement<{ id: string; at: number }>(
  'UPDATE person_session SET seen_at = :at WHERE public_id = :id AND seen_at < :at',
);
const PERSON_OF = statement<{ id: string }, { person: string }>(
  `SELECT p.public_id AS person FROM person_session s JOIN person p ON p.id = s.person_id WHERE s.public_id = :id`,
);
const END = statement<{ id: string }>('DELETE FROM person_session WHERE public_id = :id');
const END_OTHERS = statement<{ person: number; except: string }>(
  'DELETE FROM person_session WHERE person_id = :person AND public_id <> :except',
);
const CONFIRM = statement<{ id: string; at: number }>(
  'UPDATE person_session SET confirmed_at = :at WHERE public_id = :id',
);
const SET_PASSWORD = statement<{ person: number; password: string }>(
  'UPDATE person SET password = :password WHERE id = :person',
);
const END_ALL = statement<{ person: number }>('DELETE FROM person_session WHERE person_id = :person');

export const sessionReads: StepsOf<Pick<PeopleReader, 'sessionByHash' | 'sessionsOf'>> = {
  *sessionByHash(hash) {
    const row = yield* one(BY_HASH, { hash });
    if (row === undefined) return undefined;
    const person = yield* personByKey(row.person_id);
    return person && { session: sessionOf(row), person };
  },
  *sessionsOf(personId) {
    const person = yield* personKeyOf(personId);
    return (yield* all(OF_PERSON, { person, limit: MOST_SESSIONS })).map(sessionOf);
  },
};

type SessionVerbs =
  'openSession' | 'noteSessionUse' | 'endSession' | 'endSessions' | 'confirmSession' | 'setPassword';

export const sessionWrites: StepsOf<Pick<PeopleWriter, SessionVerbs>> = {
  *openSession(session, actor) {
    const { id, personId, tokenHash: hash, createdAtMs, expiresAtMs, address, userAgent, password } = session;
    const at = Math.round(createdAtMs);
    const person = yield* personKeyOf(personId);
    if ((yield* run(SIGNED_IN, { person, at, password })) === 0) throw noPerson(personId);
    yield* run(REMOVE_EXPIRED, { now: at, limit: EXPIRED_A_STEP });
    yield* run(INSERT, { id, person, hash, at, until: Math.round(expiresAtMs), address, userAgent });
    yield* run(TRIM, { person, kept: MOST_SESSIONS });
    yield* audit(createdAtMs, actor, 'user sign in', personId);
  },
  *noteSessionUse(id, atMs) {
    yield* run(SEEN, { id, at: Math.round(atMs) });
  },
  *endSession(id, atMs, actor) {
    const row = yield* one(PERSON_OF, { id });
    if (row === undefined) return;
    yield* run(END, { id });
    yield* audit(atMs, actor, 'user sign out', row.person);
  },
  *endSessions(personId, except, atMs, actor) {
    const person = yield* personKeyOf(personId);
    if ((yield* run(END_OTHERS, { person, except: except ?? '' })) > 0)
      yield* audit(atMs, actor, 'user sign out', personId);
  },
  *confirmSession(id, atMs) {
    yield* run(CONFIRM, { id, at: Math.round(atMs) });
  },
  *setPassword(personId, password, session, atMs, actor) {
    const person = yield* personKeyOf(personId);
    yield* run(SET_PASSWORD, { person, password });
    yield* run(END_OTHERS, { person, except: session ?? '' });
    yield* audit(atMs, actor, 'user password', personId);
  },
};

export function* endSessionsOf(person: number): Steps<void> {
  yield* run(END_ALL, { person });
}

function sessionOf(row: SessionRow): PersonSession {
  return {
    id: row.public_id,
    personId: row.person_public_id,
    createdAtMs: row.created_at,
    seenAtMs: row.seen_at,
    expiresAtMs: row.expires_at,
    address: row.address,
    userAgent: row.user_agent ?? undefined,
    confirmedAtMs: row.confirmed_at,
  };
}
