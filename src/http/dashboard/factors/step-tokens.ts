/**
 * What has to survive between two requests of a sign-in or an enrolment, sealed under the master key and given to the browser: any node
 * of a fleet opens it, and strangers who begin a sign-in fill no store. Short-lived; the store notes which ones were used.
 */
import { createHash } from 'node:crypto';
import { MINUTE_MS } from '../../../platform/time-units.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { SecretBox } from '../../../platform/secret-box.ts';
import type { UsedToken } from '../../../store/factor-records.ts';

/** By purpose: a token of one is nothing for another. */
interface TokenValues {
  /** The password was right; `password`: a hash of what the store has, so that a new one ends it. */
  readonly 'second-step': { readonly personId: string; readonly password: string };
  /** A challenge for any passkey of anybody. */
  readonly 'passkey-sign-in': { readonly challenge: string };
  /** A challenge for a passkey of this person. */
  readonly 'passkey-proof': { readonly personId: string; readonly challenge: string };
  readonly 'passkey-enrolment': { readonly personId: string; readonly challenge: string };
  readonly 'totp-enrolment': { readonly personId: string; readonly secret: string };
}
export type TokenPurpose = keyof TokenValues;

const TOKEN_MS = 5 * MINUTE_MS;
/** Longer text is none of ours. */
export const MOST_TOKEN_CHARS = 1_000;

export interface OpenedToken<P extends TokenPurpose> {
  readonly value: TokenValues[P];
  readonly used: UsedToken;
}

export interface StepTokenOptions {
  readonly box: Pick<SecretBox, 'seal' | 'open'>;
  readonly clock: Clock;
}

export function issueToken<P extends TokenPurpose>(
  purpose: P,
  value: TokenValues[P],
  { box, clock }: StepTokenOptions,
): string {
  const plain = Buffer.from(JSON.stringify({ value, untilMs: clock.now() + TOKEN_MS }));
  return Buffer.from(box.seal(plain, contextOf(purpose))).toString('base64url');
}

/** `undefined`: not made for `purpose`, or too old. */
export function openToken<P extends TokenPurpose>(
  purpose: P,
  token: string,
  { box, clock }: StepTokenOptions,
): OpenedToken<P> | undefined {
  const sealed = Buffer.from(token, 'base64url');
  let plain: Uint8Array;
  try {
    plain = box.open(sealed, contextOf(purpose));
  } catch {
    return undefined;
  }
  // Nobody else can have sealed it.
  const { value, untilMs } = JSON.parse(Buffer.from(plain).toString()) as {
    readonly value: TokenValues[P];
    readonly untilMs: number;
  };
  if (untilMs <= clock.now()) return undefined;
  // Of the octets: the same ones have more than one text.
  return { value, used: { hash: createHash('sha256').update(sealed).digest(), untilMs } };
}

function contextOf(purpose: TokenPurpose): string {
  return `dashboard ${purpose}`;
}
