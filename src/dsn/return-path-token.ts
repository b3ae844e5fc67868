/**
 * The envelope sender that brings reports back: `b1-<message>-<check>@bounces.<domain>`. One for each message and the
 * same at every attempt, so that greylisting knows it again; which recipient failed is for the report to say.
 *
 * - `message`: the body of the `msg_` id, which holds the time of acceptance, and so the token's age.
 * - `check`: 80 bits of a keyed hash over version, message and host, so that nobody can make one up, or take one that
 *   they saw to another domain. It does not say who sends a report: whoever saw the message knows its token.
 *
 * 46 octets of lower case: the local part of RFC 5321 §4.5.3.1.1 has 64, and some systems change the case. Pure.
 */
import { timingSafeEqual } from 'node:crypto';
import { base32, ID_BODY_LENGTH } from '../platform/ids.ts';

/** Keyed; 32 octets (platform/secret-box.ts). */
export type TokenHash = (text: string) => Uint8Array;

export type TokenReading =
  | { readonly kind: 'valid'; readonly messageId: string }
  /** Made here, but so long ago that no honest report comes any more. */
  | { readonly kind: 'outdated'; readonly messageId: string }
  /** It has the form of one, and the check is wrong. */
  | { readonly kind: 'forged' }
  /** Something else. */
  | { readonly kind: 'none' };

const PREFIX = 'msg_';
const CHECK_BYTES = 10;
const CHECK_LENGTH = 16;
const FORM = new RegExp(`^b1-([0-9a-z]{${ID_BODY_LENGTH}})-([0-9a-z]{${CHECK_LENGTH}})$`);
const TIME_CHARS = 10;
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Queues give up within days; complaints come when people read their mail. */
export const TOKEN_VALID_MS = 30 * 24 * 3_600_000;
/** Clocks of two nodes may differ a little; a token from the future is not one of ours. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

/** The reverse-path for a message. `messageId`: a `msg_` id; `host`: lower-cased return-path host. */
export function makeReturnPath(messageId: string, host: string, hash: TokenHash): string {
  const body = messageId.slice(PREFIX.length);
  return `b1-${body}-${checkOf(body, host, hash)}@${host}`;
}

/** `localPart` as a remote wrote it, in any case. */
export function readReturnPath(
  localPart: string,
  host: string,
  context: { readonly hash: TokenHash; readonly nowMs: number },
): TokenReading {
  const match = FORM.exec(localPart.toLowerCase());
  const body = match?.[1];
  const check = match?.[2];
  if (body === undefined || check === undefined) return { kind: 'none' };
  const expected = checkOf(body, host.toLowerCase(), context.hash);
  if (!timingSafeEqual(Buffer.from(check), Buffer.from(expected))) return { kind: 'forged' };
  const ageMs = context.nowMs - madeAtMs(body);
  const messageId = PREFIX + body;
  return ageMs > TOKEN_VALID_MS || ageMs < -CLOCK_SKEW_MS
    ? { kind: 'outdated', messageId }
    : { kind: 'valid', messageId };
}

function checkOf(body: string, host: string, hash: TokenHash): string {
  return base32(hash(`return-path 1 ${body}@${host}`).subarray(0, CHECK_BYTES));
}

function madeAtMs(body: string): number {
  let time = 0;
  for (const digit of body.slice(0, TIME_CHARS)) time = time * 32 + DIGITS.indexOf(digit);
  return time;
}
