/** Rows of people, and the statements that find them. */
import type { Grant, Person } from '../../people-records.ts';
import { StoreError } from '../../errors.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, type Steps } from '../steps.ts';

interface PersonRow {
  readonly id: number;
  readonly public_id: string;
  readonly email: string;
  readonly name: string;
  readonly has_password: number;
  readonly invited_until: number | null;
  readonly suspended_at: number | null;
  readonly signed_in_at: number | null;
  readonly totps: number;
  readonly passkeys: number;
  readonly recovery_codes: number;
  readonly created_at: number;
}

interface GrantRow {
  readonly person_id: number;
  readonly account_public_id: string | null;
  readonly account_name: string | null;
  readonly role: Grant['role'];
  readonly reads_content: number;
}

const PERSON = `SELECT id, public_id, email, name, CASE WHEN password IS NULL THEN 0 ELSE 1 END AS has_password,
    invited_until, suspended_at, signed_in_at, created_at,
    (SELECT count(*) FROM person_factor f WHERE f.person_id = person.id AND f.kind = 'totp') AS totps,
    (SELECT count(*) FROM person_factor f WHERE f.person_id = person.id AND f.kind = 'passkey') AS passkeys,
    (SELECT count(*) FROM person_recovery_code c WHERE c.person_id = person.id) AS recovery_codes
  FROM person`;
const GRANT = `SELECT g.person_id, a.public_id AS account_public_id, a.name AS account_name, g.role, g.reads_content
  FROM person_grant g LEFT JOIN account a ON a.id = g.account_id AND a.removing_since IS NULL`;
/** Those of accounts that are being removed are left out. */
const STANDS = '(g.account_id = 0 OR a.id IS NOT NULL)';

const ALL = statement<NoValues, PersonRow>(`${PERSON} ORDER BY email`);
const BY_NAME = statement<{ name: string }, PersonRow>(`${PERSON} WHERE public_id = :name OR email = :name`);
const BY_KEY = statement<{ person: number }, PersonRow>(`${PERSON} WHERE id = :person`);
const ALL_GRANTS = statement<NoValues, GrantRow>(
  `${GRANT} WHERE ${STANDS} ORDER BY g.person_id, g.account_id`,
);
const GRANTS_OF = statement<{ person: number }, GrantRow>(
  `${GRANT} WHERE g.person_id = :person AND ${STANDS} ORDER BY g.account_id`,
);
const KEY = statement<{ id: string }, { id: number }>('SELECT id FROM person WHERE public_id = :id');

export function* allPeople(): Steps<readonly Person[]> {
  const grants = Map.groupBy(yield* all(ALL_GRANTS, {}), (grant) => grant.person_id);
  return (yield* all(ALL, {})).map((row) => personOf(row, grants.get(row.id) ?? []));
}

/** `name`: public id or e-mail address. */
export function* personNamed(name: string): Steps<Person | undefined> {
  const row = yield* one(BY_NAME, { name });
  return row && personOf(row, yield* all(GRANTS_OF, { person: row.id }));
}

export function* personByKey(person: number): Steps<Person | undefined> {
  const row = yield* one(BY_KEY, { person });
  return row && personOf(row, yield* all(GRANTS_OF, { person }));
}

/** StoreError `not-found`. */
export function* personKeyOf(id: string): Steps<number> {
  const row = yield* one(KEY, { id });
  if (row === undefined) throw noPerson(id);
  return row.id;
}

export function noPerson(id: string): StoreError {
  return new StoreError('not-found', `there is no user ${id}`);
}

function personOf(row: PersonRow, grants: readonly GrantRow[]): Person {
  return {
    id: row.public_id,
    email: row.email,
    name: row.name,
    grants: grants.map(grantOf),
    hasPassword: row.has_password === 1,
    invitedUntilMs: row.invited_until ?? undefined,
    suspendedAtMs: row.suspended_at ?? undefined,
    lastSignInMs: row.signed_in_at ?? undefined,
    factors: { totp: row.totps > 0, passkeys: row.passkeys, recoveryCodes: row.recovery_codes },
    createdAtMs: row.created_at,
  };
}

function grantOf(row: GrantRow): Grant {
  return {
    accountId: row.account_public_id ?? undefined,
    accountName: row.account_name ?? undefined,
    role: row.role,
    readsContent: row.reads_content === 1,
  };
}
