/** What a person's own security page works with: who is signed in, and whether that was shown lately. */
import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import { MINUTE_MS } from '../../../platform/time-units.ts';
import { ApiError, forbidden } from '../../api-error.ts';
import { clientAddress } from '../../authenticate.ts';
import type { PersonDoorkeeper } from '../person-doorkeeper.ts';
import type { SignedIn } from '../people-sessions.ts';
import { refuseOtherOrigins } from '../same-origin.ts';
import {
  actorOf,
  countFailure,
  refuseBlocked,
  throttledUser,
  unlessFull,
  type SignInOptions,
} from '../sign-in.ts';

export interface SecurityOptions extends SignInOptions {
  readonly doorkeeper: PersonDoorkeeper;
}

/** So long after a sign-in, or after it was asked again, factors may be changed. */
export const RECENT_MS = 10 * MINUTE_MS;

export const FactorName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^\P{Cc}*$/u, 'has no control characters');

export interface Own extends SignedIn {
  /** For the audit log. */
  readonly actor: string;
}

/** Rejects with ApiError 401, 403, 503. */
export async function own(request: FastifyRequest, { doorkeeper, url }: SecurityOptions): Promise<Own> {
  refuseOtherOrigins(request, url());
  const signedIn = await doorkeeper.signedIn(request);
  return { ...signedIn, actor: actorOf(signedIn.person.id, request) };
}

/** As {@link own}; ApiError 403 `confirm-first` where the person has not shown lately who it is. */
export async function ownRecent(request: FastifyRequest, options: SecurityOptions): Promise<Own> {
  const found = await own(request, options);
  if (isRecent(found, options.clock.now())) return found;
  throw forbidden('confirm-first', 'show again who you are: by your password, or a second factor');
}

export function isRecent({ session }: SignedIn, nowMs: number): boolean {
  return nowMs - session.confirmedAtMs < RECENT_MS;
}

/** Throttled as a sign-in is. ApiError 400 at `field`, 429, 503. */
export async function checkPassword(
  { person }: SignedIn,
  password: string,
  field: string,
  request: FastifyRequest,
  options: SecurityOptions,
): Promise<void> {
  const { reader, passwords } = options;
  await throttled(person.email, field, request, options, async () => {
    const stored = await reader.passwordOf(person.email);
    return await unlessFull(() => passwords.verify(password, stored?.password));
  });
}

/** ApiError 400 at `field` where `isRight` resolves to false, which counts as a failure to sign in. */
export async function throttled(
  email: string,
  field: string,
  request: FastifyRequest,
  options: SecurityOptions,
  isRight: () => Promise<boolean>,
): Promise<void> {
  const user = throttledUser(email);
  const client = clientAddress(request);
  refuseBlocked(client, user, options);
  const right = await isRight();
  // Of many at once, those that waited while others failed.
  refuseBlocked(client, user, options);
  if (right) return;
  countFailure(request, user, options);
  const message = 'this is not right, or was used already';
  throw new ApiError(400, 'not-confirmed', message, { field, errors: [{ field, message }] });
}
