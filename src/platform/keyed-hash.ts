/**
 * Keyed hashes that outlive a change of the master key (platform/secret-box.ts): made under the present key, compared with those
 * under each key that is accepted. For what is handed out and comes back: tokens, secrets, seals. Pure.
 */
import { timingSafeEqual } from 'node:crypto';

/** HMAC-SHA-256 of the UTF-8 form of a text, 32 octets. Compare with {@link isOneOf} or `timingSafeEqual`. */
export interface KeyedHash {
  /** Under the present key: to make. */
  readonly hmac: MakeHash;
  /** Under each accepted key, the present one first: to compare. Without previous keys there is one. */
  readonly hmacs: AcceptedHashes;
}

/** {@link KeyedHash.hmac} alone. */
export type MakeHash = (text: string) => Uint8Array;
/** {@link KeyedHash.hmacs} alone. */
export type AcceptedHashes = (text: string) => readonly Uint8Array[];

/** Each is compared in constant time, and all of them are. */
export function isOneOf(given: Uint8Array, accepted: readonly Uint8Array[]): boolean {
  let found = false;
  for (const one of accepted) found = (one.length === given.length && timingSafeEqual(one, given)) || found;
  return found;
}
