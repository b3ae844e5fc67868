/** Second factors of people, recovery codes, and tokens that are good once (store/people.ts). */
import { StoreError } from '../../errors.ts';
import { MOST_FACTORS, type Factor, type FactorUse, type UsedToken } from '../../factor-records.ts';
import type { PeopleReader, PeopleWriter } from '../../people.ts';
import { audit } from '../directory/audit.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { personKeyOf } from './person-rows.ts';

const EXPIRED_A_STEP = 200;

interface FactorRow {
  readonly public_id: string;
  readonly person_public_id: string;
  readonly kind: Factor['kind'];
  readonly name: string;
  readonly sealed_secret: Uint8Array | null;
  readonly last_step: number | null;
  readonly credential_id: Uint8Array | null;
  readonly public_key: Uint8Array | null;
  readonly counter: number | null;
  readonly used_at: number | null;
  readonly created_at: number;
}

const FACTOR = `SELECT f.public_id, p.public_id AS person_public_id, f.kind, f.name, f.sealed_secret, f.last_step,
    f.credential_id, f.public_key, f.counter, f.used_at, f.created_at
  FROM person_factor f JOIN person p ON p.id = f.person_id`;
const OF_PERSON = statement<{ person: number; limit: number }, FactorRow>(
  `${FACTOR} WHERE f.person_id = :person ORDER BY f.id LIMIT :limit`,
);
const BY_CREDENTIAL = statement<{ credential: Uint8Array }, FactorRow>(
  `${FACTOR} WHERE f.credential_id = :credential`,
);
const COUNT = statement<{ person: number }, { n: number }>(
  'SELECT count(*) AS n FROM person_factor WHERE person_id = :person',
);
const INSERT = statement<{
  id: string;
  person: number;
  kind: string;
  name: string;
  sealed: Uint8Array | undefined;
  step: number | undefined;
  credential: Uint8Array | undefined;
  publicKey: Uint8Array | undefined;
  counter: number | undefined;
  at: number;
}>(
  `INSERT INTO person_factor
     (public_id, person_id, kind, name, sealed_secret, last_step, credential_id, public_key, counter, created_at)
   VALUES (:id, :person, :kind, :name, :sealed, :step, :credential, :publicKey, :counter, :at)`,
);
const RENAME = statement<{ person: number; id: string; name: string }>(
  'UPDATE person_factor SET name = :name WHERE public_id = :id AND person_id = :person',
);
const REMOVE = statement<{ person: number; id: string }>(
  'DELETE FROM person_factor WHERE public_id = :id AND person_id = :person',
);
const REMOVE_ALL = statement<{ person: number }>('DELETE FROM person_factor WHERE person_id = :person');
const INSERT_CODE = statement<{ person: number; hash: Uint8Array }>(
  'INSERT INTO person_recovery_code (person_id, code_hash) VALUES (:person, :hash)',
);
const USE_CODE = statement<{ person: number; hash: Uint8Array }>(
  'DELETE FROM person_recovery_code WHERE person_id = :person AND code_hash = :hash',
);
const REMOVE_CODES = statement<{ person: number }>(
  'DELETE FROM person_recovery_code WHERE person_id = :person',
);
/** A step that is not newer was accepted before, or another one after it. */
const USE_STEP = statement<{ id: string; step: number; at: number }>(
  `UPDATE person_factor SET last_step = :step, used_at = :at
   WHERE public_id = :id AND kind = 'totp' AND last_step < :step`,
);
/** A counter that does not grow is of a copy, unless the authenticator counts nothing. WebAuthn §6.1.1. */
const USE_PASSKEY = statement<{ id: string; counter: number; at: number }>(
  `UPDATE person_factor SET counter = :counter, used_at = :at
   WHERE public_id = :id AND kind = 'passkey' AND (counter < :counter OR (counter = 0 AND :counter = 0))`,
);
const USE_TOKEN = statement<{ hash: Uint8Array; until: number }>(
  'INSERT INTO person_used_token (token_hash, expires_at) VALUES (:hash, :until) ON CONFLICT (token_hash) DO NOTHING',
);
const REMOVE_EXPIRED = statement<{ now: number; limit: number }>(
  `DELETE FROM person_used_token WHERE token_hash IN
   (SELECT token_hash FROM person_used_token WHERE expires_at <= :now LIMIT :limit)`,
);

export const factorReads: StepsOf<Pick<PeopleReader, 'factorsOf' | 'passkeyBy'>> = {
  *factorsOf(personId) {
    const person = yield* personKeyOf(personId);
    return (yield* all(OF_PERSON, { person, limit: MOST_FACTORS })).map(factorOf);
  },
  *passkeyBy(credentialId) {
    const row = yield* one(BY_CREDENTIAL, { credential: credentialId });
    const factor = row && factorOf(row);
    return factor?.kind === 'passkey' ? factor : undefined;
  },
};

type FactorVerbs = 'addFactor' | 'renameFactor' | 'removeFactor' | 'replaceRecoveryCodes' | 'useFactor';

export const factorWrites: StepsOf<Pick<PeopleWriter, FactorVerbs>> = {
  *addFactor(factor, recoveryHashes, token, actor) {
    const person = yield* personKeyOf(factor.personId);
    const at = Math.round(factor.createdAtMs);
    if (((yield* one(COUNT, { person }))?.n ?? 0) >= MOST_FACTORS)
      throw new StoreError('conflict', `there are ${MOST_FACTORS} second factors already`);
    if (!(yield* takeToken(token, at))) throw new StoreError('not-found', 'it was used already');
    yield* run(INSERT, { ...columnsOf(factor), person, at });
    if (recoveryHashes.length > 0) yield* putCodes(person, recoveryHashes);
    const { personId, id, kind, name } = factor;
    yield* audit(factor.createdAtMs, actor, 'user factor add', [personId, id, kind, { text: name }]);
  },
  *renameFactor(personId, id, name, atMs, actor) {
    const person = yield* personKeyOf(personId);
    if ((yield* run(RENAME, { person, id, name })) === 0) throw noFactor(id);
    yield* audit(atMs, actor, 'user factor rename', [personId, id, { text: name }]);
  },
  *removeFactor(personId, id, atMs, actor) {
    const person = yield* personKeyOf(personId);
    if ((yield* run(REMOVE, { person, id })) === 0) throw noFactor(id);
    // Without a factor nothing asks for them.
    if ((yield* one(COUNT, { person }))?.n === 0) yield* run(REMOVE_CODES, { person });
    yield* audit(atMs, actor, 'user factor remove', [personId, id]);
  },
  *replaceRecoveryCodes(personId, hashes, atMs, actor) {
    yield* putCodes(yield* personKeyOf(personId), hashes);
    yield* audit(atMs, actor, 'user recovery codes', personId);
  },
  *useFactor(use, token, atMs) {
    const at = Math.round(atMs);
    if (!(yield* markUsed(use, at))) return false;
    // The code is not used up either.
    if (!(yield* takeToken(token, at))) throw new StoreError('not-found', 'it was used already');
    return true;
  },
};

/** With the recovery codes. */
export function* removeFactorsOf(person: number): Steps<void> {
  yield* run(REMOVE_ALL, { person });
  yield* run(REMOVE_CODES, { person });
}

function* markUsed(use: FactorUse, at: number): Steps<boolean> {
  switch (use.kind) {
    case 'totp':
      return (yield* run(USE_STEP, { id: use.factorId, step: use.step, at })) > 0;
    case 'passkey':
      return (yield* run(USE_PASSKEY, { id: use.factorId, counter: use.counter, at })) > 0;
    case 'recovery-code': {
      const person = yield* personKeyOf(use.personId);
      return (yield* run(USE_CODE, { person, hash: use.codeHash })) > 0;
    }
  }
}

/** False: it was used, or is over. */
function* takeToken(token: UsedToken | undefined, at: number): Steps<boolean> {
  if (token === undefined) return true;
  if (token.untilMs <= at) return false;
  yield* run(REMOVE_EXPIRED, { now: at, limit: EXPIRED_A_STEP });
  return (yield* run(USE_TOKEN, { hash: token.hash, until: Math.round(token.untilMs) })) > 0;
}

function* putCodes(person: number, hashes: readonly Uint8Array[]): Steps<void> {
  yield* run(REMOVE_CODES, { person });
  for (const hash of hashes) yield* run(INSERT_CODE, { person, hash });
}

function columnsOf(factor: Factor) {
  const { id, kind, name } = factor;
  const none = {
    ...{ sealed: undefined, step: undefined },
    ...{ credential: undefined, publicKey: undefined, counter: undefined },
  };
  return factor.kind === 'totp'
    ? { ...none, id, kind, name, sealed: factor.sealedSecret, step: factor.lastStep }
    : {
        ...{ ...none, id, kind, name, credential: factor.credentialId },
        ...{ publicKey: factor.publicKey, counter: factor.counter },
      };
}

function factorOf(row: FactorRow): Factor {
  const of = {
    ...{ id: row.public_id, personId: row.person_public_id, name: row.name },
    ...{ createdAtMs: row.created_at, usedAtMs: row.used_at ?? undefined },
  };
  return row.kind === 'totp'
    ? { ...of, kind: 'totp', sealedSecret: octets(row.sealed_secret), lastStep: row.last_step ?? 0 }
    : {
        ...{ ...of, kind: 'passkey', credentialId: octets(row.credential_id) },
        ...{ publicKey: octets(row.public_key), counter: row.counter ?? 0 },
      };
}

function octets(value: Uint8Array | null): Uint8Array {
  return new Uint8Array(value ?? []);
}

function noFactor(id: string): StoreError {
  return new StoreError('not-found', `there is no second factor ${id}`);
}
