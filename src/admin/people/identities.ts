/** Identities of people at an OpenID Connect provider, as an operator sees to them. Links are made at a sign-in. */
import { StoreError } from '../../store/errors.ts';
import type { Person } from '../../store/people-records.ts';
import type { With } from '../admin-context.ts';
import { conflict, isRefusal, type AdminRefusal } from '../refusal.ts';
import { findPerson } from './people.ts';

type Context = With<'people' | 'reader' | 'clock'>;

/** Ends the person's sessions. Durable when it resolves to the person. */
export async function unlinkIdentity(
  who: string,
  { people, reader, clock, actor }: Context,
): Promise<Person | AdminRefusal> {
  const person = await findPerson(who, reader);
  if (isRefusal(person)) return person;
  try {
    await people.unlinkIdentity(person.id, clock.now(), actor);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
    return conflict(`${person.email} has no linked identity`);
  }
  return await findPerson(person.id, reader);
}
