/** Identities of people at an OpenID Connect provider: linked, looked up, and taken away. */
import { StoreError } from '../../errors.ts';
import type { PersonIdentity } from '../../people-records.ts';
import type { PeopleReader, PeopleWriter } from '../../people.ts';
import { audit } from '../directory/audit.ts';
import { statement } from '../statement.ts';
import { one, run, type StepsOf } from '../steps.ts';
import { personByKey, personKeyOf } from './person-rows.ts';
import { endSessionsOf } from './sessions.ts';

interface IdentityRow {
  readonly issuer: string;
  readonly subject: string;
  readonly linked_at: number;
}

const BY_IDENTITY = statement<{ issuer: string; subject: string }, { person_id: number }>(
  'SELECT person_id FROM person_identity WHERE issuer = :issuer AND subject = :subject',
);
const OF_PERSON = statement<{ id: string }, IdentityRow>(
  `SELECT i.issuer, i.subject, i.linked_at FROM person_identity i JOIN person p ON p.id = i.person_id
   WHERE p.public_id = :id`,
);
const LINK = statement<{ person: number; issuer: string; subject: string; at: number }>(
  `INSERT INTO person_identity (person_id, issuer, subject, linked_at)
   VALUES (:person, :issuer, :subject, :at)`,
);
const UNLINK = statement<{ person: number }>('DELETE FROM person_identity WHERE person_id = :person');

export const identityReads: StepsOf<Pick<PeopleReader, 'personByIdentity' | 'identityOf'>> = {
  *personByIdentity({ issuer, subject }) {
    const row = yield* one(BY_IDENTITY, { issuer, subject });
    return row && (yield* personByKey(row.person_id));
  },
  *identityOf(id) {
    const row = yield* one(OF_PERSON, { id });
    return row && identityFrom(row);
  },
};

export const identityWrites: StepsOf<Pick<PeopleWriter, 'linkIdentity' | 'unlinkIdentity'>> = {
  *linkIdentity(id, { issuer, subject }, atMs, actor) {
    const person = yield* personKeyOf(id);
    // The keys of the table refuse a second one for either side.
    yield* run(LINK, { person, issuer, subject, at: Math.round(atMs) });
    yield* audit(atMs, actor, 'user link', [id, { text: issuer }, { text: subject }]);
  },
  *unlinkIdentity(id, atMs, actor) {
    const person = yield* personKeyOf(id);
    if ((yield* run(UNLINK, { person })) === 0)
      throw new StoreError('conflict', `the user ${id} has no linked identity`);
    yield* endSessionsOf(person);
    yield* audit(atMs, actor, 'user unlink', id);
  },
};

function identityFrom({ issuer, subject, linked_at: linkedAtMs }: IdentityRow): PersonIdentity {
  return { issuer, subject, linkedAtMs };
}
