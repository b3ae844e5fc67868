/**
 * Whose claims they are: by the identity that is linked; else, once, by an e-mail address that the provider has verified, of a person who
 * has no identity yet. Where roles come from the provider, they are brought up to date, and people are added.
 */
import { emailOf } from '../../../admin/people/people.ts';
import type { OidcConfig } from '../../../config/config.ts';
import { makeId } from '../../../platform/ids.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Random } from '../../../platform/random.ts';
import { PERSON_ROLES, type PersonRole } from '../../../policy/person-roles.ts';
import { StoreError } from '../../../store/errors.ts';
import type { Grant, Identity, Person } from '../../../store/people-records.ts';
import type { PeopleReader, PeopleWriter } from '../../../store/people.ts';

/** Claims of an ID token that was checked, and of the userinfo that belongs to it. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export interface ClaimedPersonOptions {
  readonly reader: PeopleReader;
  readonly people: PeopleWriter;
  readonly clock: Clock;
  readonly random: Random;
  /** For the audit log, of a person's id. */
  readonly actorOf: (personId: string) => string;
}

/** `problem`: for the log alone; whoever tries is told the same, whatever it is. */
export type ClaimedPerson = Person | { readonly problem: string };

type Roles = Pick<OidcConfig, 'rolesClaim' | 'roles'>;

/** OpenID Connect Core §2: 255 octets at most. */
const MOST_SUBJECT_CHARS = 255;
const MOST_ISSUER_CHARS = 2_000;
/** Groups of a person. */
const MOST_VALUES = 1_000;

/** Durable when it resolves. Rejects with StoreError. */
export async function claimedPerson(
  claims: Claims,
  roles: Roles,
  options: ClaimedPersonOptions,
): Promise<ClaimedPerson> {
  const { iss: issuer, sub: subject } = claims;
  if (subject === '' || subject.length > MOST_SUBJECT_CHARS || issuer.length > MOST_ISSUER_CHARS)
    return { problem: 'the subject is empty or too long' };
  const role = claimedRole(claims, roles);
  const found =
    (await options.reader.personByIdentity({ issuer, subject })) ??
    (await linkedByEmail(claims, { issuer, subject }, role, options));
  if ('problem' in found) return found;
  if (found.suspendedAtMs !== undefined) return { problem: 'the user is suspended' };
  return roles.rolesClaim === undefined ? found : await withRole(found, role, options);
}

/** The one that may do most; `undefined`: none of the claim's values means one. Pure. */
export function claimedRole(claims: Claims, { rolesClaim, roles }: Roles): PersonRole | undefined {
  if (rolesClaim === undefined) return undefined;
  const values = [claims[rolesClaim]].flat().slice(0, MOST_VALUES);
  const meant = roles.filter(({ value }) => values.includes(value)).map(({ role }) => role);
  return PERSON_ROLES.find((role) => meant.includes(role));
}

/** As a provider writes `true`: a text is none. OpenID Connect Core §5.1. */
function verifiedEmail(claims: Claims): string | undefined {
  const email = claims['email'];
  return claims['email_verified'] === true && typeof email === 'string' ? emailOf(email) : undefined;
}

async function linkedByEmail(
  claims: Claims,
  identity: Identity,
  role: PersonRole | undefined,
  options: ClaimedPersonOptions,
): Promise<ClaimedPerson> {
  const { reader, people, clock, actorOf } = options;
  const email = verifiedEmail(claims);
  if (email === undefined)
    return { problem: 'the identity is not linked, and has no verified e-mail address' };
  try {
    const person = (await reader.findPerson(email)) ?? (await added(email, role, options));
    if (person === undefined) return { problem: 'there is no such user' };
    if (person.suspendedAtMs !== undefined) return { problem: 'the user is suspended' };
    await people.linkIdentity(person.id, identity, clock.now(), actorOf(person.id));
    return person;
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'conflict' || error.code === 'not-found'))
      return { problem: 'the user has another identity' };
    throw error;
  }
}

/** Where the provider decides about roles, and gives one. */
async function added(
  email: string,
  role: PersonRole | undefined,
  { reader, people, clock, random, actorOf }: ClaimedPersonOptions,
): Promise<Person | undefined> {
  if (role === undefined) return undefined;
  const id = makeId('usr_', clock.now(), random);
  const name = email.slice(0, email.lastIndexOf('@'));
  const grants = [{ accountId: undefined, role, readsContent: false }];
  await people.addPerson({ id, email, name, grants, createdAtMs: clock.now() }, actorOf(id));
  return await reader.findPerson(id);
}

/** The role in every account is the provider's to say, those in single accounts are the operator's. */
async function withRole(
  person: Person,
  role: PersonRole | undefined,
  { reader, people, clock, actorOf }: ClaimedPersonOptions,
): Promise<ClaimedPerson> {
  const before = person.grants.find(({ accountId }) => accountId === undefined);
  if (before?.role !== role) {
    const readsContent = before?.readsContent === true;
    const grants = [
      ...person.grants.filter(({ accountId }) => accountId !== undefined).map(withoutName),
      ...(role === undefined ? [] : [{ accountId: undefined, role, readsContent }]),
    ];
    await people.changePerson(person.id, { grants }, clock.now(), actorOf(person.id));
  }
  const now = await reader.findPerson(person.id);
  return now === undefined || now.grants.length === 0 ? { problem: 'no claimed value means a role' } : now;
}

function withoutName({ accountId, role, readsContent }: Grant) {
  return { accountId, role, readsContent };
}
