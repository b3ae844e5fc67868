/**
 * The envelope sender that brings reports back: `b2-<message>-<destination>-<check>@bounces.<domain>`. One for each
 * message and destination, and the same at every attempt, so that greylisting knows it again; which recipient failed is
 * for the report to say.
 *
 * - `message`: the body of the `msg_` id, which holds the time of acceptance, and so the token's age.
 * - `destination`: 40 bits of a keyed hash of where it was sent to. Transactions go to one recipient domain each, so who
 *   shares a message with recipients elsewhere does not see their token and cannot report in their name.
 * - `check`: 80 bits of a keyed hash over all of it and the host, so that nobody can make one up, or take one that they
 *   saw to another domain. It does not say who sends a report: whoever received the message there knows its token.
 *
 * 55 octets of lower case: the local part of RFC 5321 §4.5.3.1.1 has 64, and some systems change the case. Pure.
 *
 * `b1-<message>-<check>`, as it was made until the destination was added, is still read for as long as a token is valid.
 */
import { base32, ID_BODY_LENGTH } from '../platform/ids.ts';
import { isOneOf, type AcceptedHashes, type MakeHash } from '../platform/keyed-hash.ts';

export type TokenReading =
  /** `destination`: for {@link isOfDestination}; `undefined`: an early token, which names none. */
  | { readonly kind: 'valid'; readonly messageId: string; readonly destination: string | undefined }
  /** Made here, but so long ago that no honest report comes any more. */
  | { readonly kind: 'outdated'; readonly messageId: string }
  /** It has the form of one, and the check is wrong. */
  | { readonly kind: 'forged' }
  /** Something else. */
  | { readonly kind: 'none' };

const PREFIX = 'msg_';
const TAG_BYTES = 5;
const TAG_LENGTH = 8;
const CHECK_BYTES = 10;
const CHECK_LENGTH = 16;
const FORM = new RegExp(
  `^(b1-([0-9a-z]{${ID_BODY_LENGTH}})|b2-([0-9a-z]{${ID_BODY_LENGTH}})-([0-9a-z]{${TAG_LENGTH}}))-([0-9a-z]{${CHECK_LENGTH}})$`,
);
const TIME_CHARS = 10;
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Queues give up within days; complaints come when people read their mail. */
export const TOKEN_VALID_MS = 30 * 24 * 3_600_000;
/** Clocks of two nodes may differ a little; a token from the future is not one of ours. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

/**
 * The reverse-path for a message on its way to a destination. `messageId`: a `msg_` id; `destination`: as the delivery
 * queues (policy/destination.ts); `host`: lower-cased return-path host.
 */
export function makeReturnPath(messageId: string, destination: string, host: string, hash: MakeHash): string {
  const token = `b2-${messageId.slice(PREFIX.length)}-${destinationTag(messageId, destination, hash)}`;
  return `${token}-${checkOf(hash(checked(token, host)))}@${host}`;
}

function destinationTag(messageId: string, destination: string, hash: MakeHash): string {
  return tagOf(hash(tagged(messageId, destination)));
}

/** Whether the token of a message says that it is of that destination; made under any accepted key. */
export function isOfDestination(
  tag: string,
  messageId: string,
  destination: string,
  hashes: AcceptedHashes,
): boolean {
  return hashes(tagged(messageId, destination)).some((hash) => tagOf(hash) === tag);
}

/** `localPart` as a remote wrote it, in any case; made under any accepted key. */
export function readReturnPath(
  localPart: string,
  host: string,
  context: { readonly hashes: AcceptedHashes; readonly nowMs: number },
): TokenReading {
  const [, token, early, body = early, destination, check] = FORM.exec(localPart.toLowerCase()) ?? [];
  if (token === undefined || body === undefined || check === undefined) return { kind: 'none' };
  const expected = context
    .hashes(checked(token, host.toLowerCase()))
    .map((hash) => Buffer.from(checkOf(hash)));
  if (!isOneOf(Buffer.from(check), expected)) return { kind: 'forged' };
  const messageId = PREFIX + body;
  return isOfAge(messageId, context.nowMs)
    ? { kind: 'valid', messageId, destination }
    : { kind: 'outdated', messageId };
}

/** A report about the message may still come. */
export function isOfAge(messageId: string, nowMs: number): boolean {
  const ageMs = nowMs - madeAtMs(messageId.slice(PREFIX.length));
  return ageMs <= TOKEN_VALID_MS && ageMs >= -CLOCK_SKEW_MS;
}

function tagged(messageId: string, destination: string): string {
  return `return-path 2 ${messageId} to ${destination}`;
}

function tagOf(hash: Uint8Array): string {
  return base32(hash.subarray(0, TAG_BYTES));
}

function checked(token: string, host: string): string {
  const version = token.slice(1, 2);
  // The early form was hashed without its prefix.
  const hashed = version === '1' ? token.slice('b1-'.length) : token;
  return `return-path ${version} ${hashed}@${host}`;
}

function checkOf(hash: Uint8Array): string {
  return base32(hash.subarray(0, CHECK_BYTES));
}

function madeAtMs(body: string): number {
  let time = 0;
  for (const digit of body.slice(0, TIME_CHARS)) time = time * 32 + DIGITS.indexOf(digit);
  return time;
}
