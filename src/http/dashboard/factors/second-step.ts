/** The second step of a sign-in, as a decision: who has to take it, and what is asked for. Its routes: factor-routes.ts. */
import { createHash } from 'node:crypto';
import type { Person } from '../../../store/people-records.ts';
import { issueToken, openToken, type OpenedToken, type StepTokenOptions } from './step-tokens.ts';

/** What is asked after the password. */
export interface SecondStep {
  readonly second_step: {
    /** No session: it is good for the second step alone, of this person, for minutes. */
    readonly token: string;
    readonly code: boolean;
    readonly passkey: boolean;
    readonly recovery_code: boolean;
  };
}

export function hasFactor({ factors }: Pick<Person, 'factors'>): boolean {
  return factors.totp || factors.passkeys > 0;
}

/** `password`: as the store has it. */
export function askSecondStep(
  { id, factors }: Pick<Person, 'id' | 'factors'>,
  password: string,
  options: StepTokenOptions,
): SecondStep {
  const token = issueToken('second-step', { personId: id, password: digest(password) }, options);
  const { totp, passkeys, recoveryCodes } = factors;
  return { second_step: { token, code: totp, passkey: passkeys > 0, recovery_code: recoveryCodes > 0 } };
}

/** `undefined`: too old, or none. */
export function openSecondStep(
  token: string,
  options: StepTokenOptions,
): OpenedToken<'second-step'> | undefined {
  return openToken('second-step', token, options);
}

/** Whether the password that the step was begun with is still the person's. `stored`: as the store has it. */
export function isOfPassword(
  { value }: OpenedToken<'second-step'>,
  stored: { readonly password: string },
): boolean {
  return value.password === digest(stored.password);
}

/** Of a salted hash: it tells nothing, and goes out sealed. */
function digest(stored: string): string {
  return createHash('sha256').update(stored).digest('base64url');
}
