/** People who use the dashboard: added, changed, invited and removed by an operator. */
import { makeId } from '../../platform/ids.ts';
import { HOUR_MS } from '../../platform/time-units.ts';
import { isMailbox, parseMailbox } from '../../smtp/address.ts';
import { StoreError } from '../../store/errors.ts';
import type { NewGrant, Person, PersonChange } from '../../store/people-records.ts';
import type { With } from '../admin-context.ts';
import { conflict, invalid, isRefusal, nothingToChange, type AdminRefusal } from '../refusal.ts';
import { newToken } from './secret-token.ts';

/** An invitation is good for so long. */
export const INVITATION_MS = HOUR_MS;
export const MOST_NAME_CHARS = 100;

type Context = With<'people' | 'reader' | 'clock' | 'random'>;

export interface NewPersonInput {
  readonly email: string;
  /** `undefined`: the local part of the address. */
  readonly name: string | undefined;
  readonly grants: readonly NewGrant[];
}

/** Durable when it resolves to the person, who is invited next. */
export async function addPerson(
  { email: typed, name, grants }: NewPersonInput,
  { people, reader, clock, random, actor }: Context,
): Promise<Person | AdminRefusal> {
  const email = emailOf(typed);
  if (email === undefined)
    return invalid('email', `${typed} is no e-mail address`, 'an address such as carol@example.org');
  const shown = name ?? email.slice(0, email.lastIndexOf('@'));
  const refusal = badName(shown) ?? twoGrants(grants);
  if (refusal !== undefined) return refusal;
  const id = makeId('usr_', clock.now(), random);
  try {
    await people.addPerson({ id, email, name: shown, grants, createdAtMs: clock.now() }, actor);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
    const there = await reader.findPerson(email);
    return there === undefined
      ? conflict(error.message)
      : conflict(`there is a user ${email} already`, 'email', there.id);
  }
  return await present(id, reader);
}

/** Counts at the person's next request. Durable when it resolves to the person as it is from then on. */
export async function changePerson(
  who: string,
  change: PersonChange,
  { people, reader, clock, actor }: Context,
): Promise<Person | AdminRefusal> {
  if (Object.values(change).every((value) => value === undefined)) return nothingToChange();
  const refusal =
    (change.name === undefined ? undefined : badName(change.name)) ?? twoGrants(change.grants ?? []);
  if (refusal !== undefined) return refusal;
  const person = await findPerson(who, reader);
  if (isRefusal(person)) return person;
  try {
    await people.changePerson(person.id, change, clock.now(), actor);
  } catch (error) {
    return refusalOf(error, who);
  }
  return await present(person.id, reader);
}

/** With every session. Durable when it resolves. */
export async function removePerson(
  who: string,
  { people, reader, clock, actor }: Context,
): Promise<Person | AdminRefusal> {
  const person = await findPerson(who, reader);
  if (isRefusal(person)) return person;
  try {
    await people.removePerson(person.id, clock.now(), actor);
    return person;
  } catch (error) {
    return refusalOf(error, who);
  }
}

export interface Invitation {
  readonly person: Person;
  /** In the link alone. */
  readonly token: string;
  readonly untilMs: number;
}

/** The link sets a password, once. The one before is void. Durable when it resolves. */
export async function invitePerson(
  who: string,
  { people, reader, clock, random, actor }: Context,
): Promise<Invitation | AdminRefusal> {
  const person = await findPerson(who, reader);
  if (isRefusal(person)) return person;
  const { token, hash } = newToken(random);
  const untilMs = clock.now() + INVITATION_MS;
  try {
    await people.invitePerson(person.id, { tokenHash: hash, untilMs }, clock.now(), actor);
  } catch (error) {
    return refusalOf(error, who);
  }
  return { person, token, untilMs };
}

/** By id or e-mail address. */
export async function findPerson(who: string, reader: Context['reader']): Promise<Person | AdminRefusal> {
  return (await reader.findPerson(who.startsWith('usr_') ? who : (emailOf(who) ?? who))) ?? noPerson(who);
}

/** Beyond ASCII, with a lower case that has ASCII in it, as KELVIN SIGN has. Unicode Standard §3.13. */
const FOLDS_TO_ASCII = /[\u0130\u212a]/;

/** In lower case, as the store has it; `undefined`: it is none, or its lower case might be the address of somebody else. */
export function emailOf(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  return !FOLDS_TO_ASCII.test(text) && isMailbox(parseMailbox(address)) ? address : undefined;
}

async function present(id: string, reader: Context['reader']): Promise<Person | AdminRefusal> {
  return (await reader.findPerson(id)) ?? noPerson(id);
}

/** Of what changed meanwhile. Throws what is something else. */
function refusalOf(error: unknown, who: string): AdminRefusal {
  if (error instanceof StoreError && error.code === 'conflict') return conflict(error.message);
  if (error instanceof StoreError && error.code === 'not-found') return noPerson(who);
  throw error;
}

function noPerson(who: string): AdminRefusal {
  return { refused: 'not-found', field: undefined, problem: `there is no user ${who}` };
}

function badName(name: string): AdminRefusal | undefined {
  if (name.trim() !== '' && name.length <= MOST_NAME_CHARS && !/\p{Cc}/u.test(name)) return undefined;
  return invalid('name', `the name has 1 to ${MOST_NAME_CHARS} characters, in one line`);
}

function twoGrants(grants: readonly NewGrant[]): AdminRefusal | undefined {
  const accounts = grants.map(({ accountId }) => accountId);
  if (new Set(accounts).size === accounts.length) return undefined;
  return invalid('role', 'a person has one role in an account');
}
