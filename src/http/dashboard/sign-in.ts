/**
 * A person signs in: password or invitation, throttled by address and by person, together with the logins of programs. Whether
 * there is such a person, neither the answer nor its time tells. Who has a second factor gets no session yet (factors/second-step.ts).
 */
import type { FastifyRequest } from 'fastify';
import { emailOf } from '../../admin/people/people.ts';
import { hashOfToken, newToken } from '../../admin/people/secret-token.ts';
import { makeId } from '../../platform/ids.ts';
import { PasswordQueueFull, type Passwords } from '../../platform/password.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { formatActor } from '../../policy/actor.ts';
import type { LoginThrottle } from '../../policy/login-throttle.ts';
import type { StrangerLog } from '../../smtp/server/stranger-log.ts';
import { StoreError } from '../../store/errors.ts';
import type { Person } from '../../store/people-records.ts';
import type { PeopleReader, PeopleWriter } from '../../store/people.ts';
import { ApiError, tooManyRequests, unavailable } from '../api-error.ts';
import { clientAddress } from '../authenticate.ts';
import type { ProofOptions } from './factors/proof.ts';
import { askSecondStep, hasFactor, type SecondStep } from './factors/second-step.ts';
import { SESSION_MS } from './people-sessions.ts';

export interface SignInOptions extends Pick<ProofOptions, 'box' | 'url'> {
  readonly reader: PeopleReader;
  readonly people: PeopleWriter;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly strangers: StrangerLog;
  readonly clock: Clock;
  readonly random: Random;
}

/** The token of a session, or what is asked first. */
export type Entry = { readonly token: string } | SecondStep;

const MOST_AGENT_CHARS = 200;

/** Rejects with ApiError 401, 429, 503. */
export async function signIn(
  { email, password }: { readonly email: string; readonly password: string },
  request: FastifyRequest,
  options: SignInOptions,
): Promise<Entry> {
  const { reader, passwords } = options;
  const address = emailOf(email) ?? email.toLowerCase();
  const user = throttledUser(address);
  const client = clientAddress(request);
  refuseBlocked(client, user, options);
  const known = await reader.passwordOf(address);
  const isRight = await unlessFull(() => passwords.verify(password, known?.password));
  // Of many at once, those that waited while others failed.
  refuseBlocked(client, user, options);
  if (known === undefined || !isRight) throw failed(request, user, options);
  const person = await reader.findPerson(known.personId);
  // Suspended: whoever knows the password is told no more than a stranger.
  if (person === undefined || person.suspendedAtMs !== undefined) throw failed(request, user, options);
  if (hasFactor(person)) return askSecondStep(person, known.password, options);
  return await enter(person, request, options, known.password);
}

/**
 * The last step of every way in: a session. `password`: what signed in, as the store has it. Rejects with ApiError 401 where the person
 * is suspended, or has another password by now.
 */
export async function enter(
  { id, email }: Pick<Person, 'id' | 'email'>,
  request: FastifyRequest,
  options: SignInOptions,
  password?: string,
): Promise<{ readonly token: string }> {
  const user = throttledUser(email);
  const token = await openSession(id, request, options, password).catch((error: unknown) => {
    if (error instanceof StoreError && error.code === 'not-found') throw failed(request, user, options);
    throw error;
  });
  options.throttle.succeeded(clientAddress(request), user, options.clock.now());
  return { token };
}

/** Sets the password. A second factor stays, and is asked for after it. Rejects with ApiError 410, 429, 503. */
export async function takeInvitation(
  { token, password }: { readonly token: string; readonly password: string },
  request: FastifyRequest,
  options: SignInOptions,
): Promise<Entry> {
  const { reader, people, passwords, clock, throttle } = options;
  const client = clientAddress(request);
  // Nobody guesses 256 bits, so failures count for the address alone.
  const user = `invitation:${client}`;
  refuseBlocked(client, user, options);
  const hash = hashOfToken(token);
  const invitation = await reader.invitationByHash(hash);
  if (invitation === undefined || invitation.untilMs <= clock.now()) {
    throttle.failed(client, user, clock.now());
    throw invitationGone();
  }
  const { personId } = invitation;
  const stored = await unlessFull(() => passwords.hash(password));
  try {
    await people.takeInvitation(hash, stored, clock.now(), actorOf(personId, request));
    const person = await reader.findPerson(personId);
    if (person === undefined) throw invitationGone();
    if (hasFactor(person)) return askSecondStep(person, stored, options);
    return { token: await openSession(personId, request, options, stored) };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') throw invitationGone();
    throw error;
  }
}

/** Whom failures of a person count for. `email`: in lower case. */
export function throttledUser(email: string): string {
  return `person:${email}`;
}

/** Who does something in the dashboard, for the audit log. */
export function actorOf(personId: string, request: FastifyRequest): string {
  return formatActor({ kind: 'user', name: personId, origin: clientAddress(request) });
}

/** Resolves to the token of a new session. StoreError `not-found`: the person is gone or suspended, or has another password. */
export async function openSession(
  personId: string,
  request: FastifyRequest,
  { people, clock, random }: SignInOptions,
  password?: string,
): Promise<string> {
  const { token, hash: tokenHash } = newToken(random);
  const createdAtMs = clock.now();
  await people.openSession(
    {
      ...{ id: makeId('ses_', createdAtMs, random), personId, tokenHash },
      ...{ createdAtMs, expiresAtMs: createdAtMs + SESSION_MS, address: clientAddress(request) },
      userAgent: request.headers['user-agent']?.slice(0, MOST_AGENT_CHARS),
      password,
    },
    actorOf(personId, request),
  );
  return token;
}

/** Throws ApiError 429. */
export function refuseBlocked(
  client: string,
  user: string,
  { throttle, clock }: Pick<SignInOptions, 'throttle' | 'clock'>,
): void {
  const block = throttle.blockOf(client, user, clock.now());
  if (block === undefined) return;
  const { retryAfterSeconds } = block;
  throw tooManyRequests(
    `too many failures to sign in; try again in ${retryAfterSeconds} seconds`,
    retryAfterSeconds,
  );
}

/** Counts the failure. */
export function countFailure(
  request: FastifyRequest,
  user: string,
  { throttle, strangers, clock }: SignInOptions,
): void {
  const client = clientAddress(request);
  throttle.failed(client, user, clock.now());
  strangers.warn('sign-in failed', client, { session: request.id });
}

function failed(request: FastifyRequest, user: string, options: SignInOptions): ApiError {
  countFailure(request, user, options);
  return new ApiError(401, 'unauthorized', 'the e-mail address or the password is not right');
}

function invitationGone(): ApiError {
  return new ApiError(
    410,
    'invite-gone',
    'this invitation was used, or is older than an hour; another one is made with relayctl user invite',
  );
}

/** ApiError 503 where too many passwords are being checked. */
export async function unlessFull<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PasswordQueueFull) throw unavailable(error.message);
    throw error;
  }
}
