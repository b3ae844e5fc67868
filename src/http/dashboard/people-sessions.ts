/**
 * The session of a request: by its cookie, as the store has it at that moment, so that whoever is suspended, or loses a role, has
 * lost it at the next request. A session ends after twelve hours, or two without a request.
 */
import { hashOfToken } from '../../admin/people/secret-token.ts';
import type { Clock } from '../../platform/clock.ts';
import { HOUR_MS, MINUTE_MS } from '../../platform/time-units.ts';
import type { Person, PersonSession } from '../../store/people-records.ts';
import type { PeopleReader, PeopleWriter } from '../../store/people.ts';

export const SESSION_MS = 12 * HOUR_MS;
const IDLE_MS = 2 * HOUR_MS;
/** A use is written down when the one before is so old. */
const NOTED_EVERY_MS = 5 * MINUTE_MS;

export interface SignedIn {
  readonly person: Person;
  readonly session: PersonSession;
}

export interface SessionOptions {
  readonly reader: Pick<PeopleReader, 'sessionByHash'>;
  readonly people: Pick<PeopleWriter, 'noteSessionUse'>;
  readonly clock: Clock;
}

/** `token`: of the cookie. `undefined`: there is no such session any more. Rejects with StoreError. */
export async function signedInBy(
  token: string | undefined,
  { reader, people, clock }: SessionOptions,
): Promise<SignedIn | undefined> {
  if (token === undefined) return undefined;
  const found = await reader.sessionByHash(hashOfToken(token));
  if (found === undefined || !isGood(found, clock.now())) return undefined;
  const { id, seenAtMs } = found.session;
  if (clock.now() - seenAtMs >= NOTED_EVERY_MS) await people.noteSessionUse(id, clock.now());
  return found;
}

function isGood({ person, session }: SignedIn, nowMs: number): boolean {
  const { expiresAtMs, seenAtMs } = session;
  return person.suspendedAtMs === undefined && nowMs < expiresAtMs && nowMs - seenAtMs < IDLE_MS;
}
