/** The role of people as steps (store/people.ts): who there is, and what they may do. */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { NewGrant, NewPerson, PersonChange } from '../../people-records.ts';
import type { PeopleReader, PeopleWriter } from '../../people.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { audit } from '../directory/audit.ts';
import { statement } from '../statement.ts';
import { one, run, type Steps, type StepsOf } from '../steps.ts';
import { factorReads, factorWrites, removeFactorsOf } from './factors.ts';
import { identityReads, identityWrites } from './identities.ts';
import { invitationReads, invitationWrites } from './invitations.ts';
import { allPeople, personKeyOf, personNamed } from './person-rows.ts';
import { endSessionsOf, sessionReads, sessionWrites } from './sessions.ts';

/** As `account_id` of a grant. */
const EVERY_ACCOUNT = 0;

const INSERT = statement<{ id: string; email: string; name: string; at: number }>(
  'INSERT INTO person (public_id, email, name, created_at) VALUES (:id, :email, :name, :at)',
);
const INSERT_GRANT = statement<{ person: number; account: number; role: string; content: number }>(
  `INSERT INTO person_grant (person_id, account_id, role, reads_content)
   VALUES (:person, :account, :role, :content)`,
);
const REMOVE_GRANTS = statement<{ person: number }>('DELETE FROM person_grant WHERE person_id = :person');
const RENAME = statement<{ person: number; name: string }>(
  'UPDATE person SET name = :name WHERE id = :person',
);
const SUSPEND = statement<{ person: number; at: number }>(
  `UPDATE person SET suspended_at = coalesce(suspended_at, :at), invite_hash = NULL, invited_until = NULL
   WHERE id = :person`,
);
const RESUME = statement<{ person: number }>('UPDATE person SET suspended_at = NULL WHERE id = :person');
const REMOVE = statement<{ person: number }>('DELETE FROM person WHERE id = :person');
const PASSWORD = statement<{ email: string }, { id: string; password: string }>(
  'SELECT public_id AS id, password FROM person WHERE email = :email AND password IS NOT NULL',
);

export const peopleReads: StepsOf<PeopleReader> = {
  listPeople: allPeople,
  findPerson: personNamed,
  *passwordOf(email) {
    const row = yield* one(PASSWORD, { email });
    return row && { personId: row.id, password: row.password };
  },
  ...invitationReads,
  ...sessionReads,
  ...identityReads,
  ...factorReads,
};

export const peopleWrites: StepsOf<PeopleWriter> = {
  *addPerson({ id, email, name, grants, createdAtMs }, actor) {
    yield* run(INSERT, { id, email, name, at: Math.round(createdAtMs) });
    yield* insertGrants(yield* personKeyOf(id), grants);
    yield* audit(createdAtMs, actor, 'user add', [id, { text: email }, ...wordsOf(grants)]);
  },
  *changePerson(id, change, atMs, actor) {
    const person = yield* personKeyOf(id);
    yield* applyChange(person, change, Math.round(atMs));
    yield* audit(atMs, actor, 'user change', [id, ...changeWords(change)]);
  },
  *removePerson(id, atMs, actor) {
    const person = yield* personKeyOf(id);
    yield* endSessionsOf(person);
    yield* run(REMOVE, { person });
    yield* audit(atMs, actor, 'user remove', id);
  },
  ...invitationWrites,
  ...sessionWrites,
  ...identityWrites,
  ...factorWrites,
};

export const peopleTables: readonly CopiedTable[] = [
  copiedTable(
    'person',
    'id',
    'public_id email name password invite_hash invited_until suspended_at signed_in_at created_at',
    { filledByUse: true },
  ),
  copiedTable('person_grant', 'person_id account_id', 'role reads_content'),
  copiedTable(
    'person_session',
    'id',
    'public_id person_id token_hash created_at seen_at expires_at address user_agent confirmed_at',
  ),
  copiedTable('person_identity', 'person_id', 'issuer subject linked_at'),
  copiedTable(
    'person_factor',
    'id',
    'public_id person_id kind name sealed_secret last_step credential_id public_key counter used_at created_at',
  ),
  copiedTable('person_recovery_code', 'person_id code_hash'),
  copiedTable('person_used_token', 'token_hash', 'expires_at'),
];

function* applyChange(
  person: number,
  { name, grants, isSuspended, resetsFactors }: PersonChange,
  at: number,
): Steps<void> {
  if (name !== undefined) yield* run(RENAME, { person, name });
  if (grants !== undefined) {
    yield* run(REMOVE_GRANTS, { person });
    yield* insertGrants(person, grants);
  }
  if (isSuspended === true) {
    yield* run(SUSPEND, { person, at });
    yield* endSessionsOf(person);
  }
  if (isSuspended === false) yield* run(RESUME, { person });
  if (resetsFactors === true) yield* removeFactorsOf(person);
}

function* insertGrants(person: number, grants: readonly NewGrant[]): Steps<void> {
  for (const { accountId, role, readsContent } of grants) {
    const account = accountId === undefined ? EVERY_ACCOUNT : yield* accountKeyOf(accountId);
    yield* run(INSERT_GRANT, { person, account, role, content: readsContent ? 1 : 0 });
  }
}

function wordsOf(grants: NewPerson['grants']): string[] {
  return grants.map(
    ({ accountId, role, readsContent }) =>
      `${role} in ${accountId ?? 'every account'}${readsContent ? ' with content' : ''}`,
  );
}

function changeWords({ name, grants, isSuspended, resetsFactors }: PersonChange) {
  return [
    ...(name === undefined ? [] : ['name', { text: name }]),
    ...(grants === undefined ? [] : grants.length === 0 ? ['no grants'] : wordsOf(grants)),
    ...(isSuspended === undefined ? [] : [isSuspended ? 'suspended' : 'not suspended']),
    ...(resetsFactors === true ? ['second factors reset'] : []),
  ];
}
