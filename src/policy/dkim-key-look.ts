/**
 * Whether a DKIM key of a domain still signs, by what look-ups find of its record. Facts in, decision out.
 *
 * - A record that is missing drops its key after {@link LOOKS_UNTIL_LOST} findings in a row, over {@link GRACE_MS} at least, as a
 *   domain's own (domain-claim.ts): few receivers verify Ed25519, so one look-up that goes wrong must not cost the RSA signature.
 * - A record that is there with another key, or that revokes it (`p=` empty, RFC 6376 §3.6.1), drops it at once: that is an answer
 *   and not the lack of one, and every receiver that gets it finds the signature wrong.
 * - One good look-up brings it back. A look-up that fails finds nothing.
 *
 * A key that is dropped is left out while the domain has another one to sign with (dkim/keys-to-sign.ts).
 */
import { GRACE_MS, LOOKS_UNTIL_LOST } from './domain-claim.ts';

/** `other`: DNS has DKIM keys at its name, and not this one. What is wrong in another way counts as `missing`. */
export type KeyFinding = 'published' | 'missing' | 'other';

/** What look-ups found of a key. */
export interface KeyStanding {
  /** When its record was last seen as it should be; `undefined`: never. */
  readonly seenAtMs: number | undefined;
  /** Since when it is known not to be; `undefined`: it is not. */
  readonly failingSinceMs: number | undefined;
  /** Findings since then. */
  readonly failedLooks: number;
  /** Since when it is dropped. */
  readonly droppedAtMs: number | undefined;
}

export function judgeKey(before: KeyStanding, finding: KeyFinding, nowMs: number): KeyStanding {
  if (finding === 'published')
    return { seenAtMs: nowMs, failingSinceMs: undefined, failedLooks: 0, droppedAtMs: undefined };
  // A clock that was set back begins anew.
  const failingSinceMs = Math.min(before.failingSinceMs ?? nowMs, nowMs);
  const failedLooks = before.failedLooks + 1;
  const isDropped =
    finding === 'other' || (failedLooks >= LOOKS_UNTIL_LOST && nowMs - failingSinceMs >= GRACE_MS);
  const droppedAtMs = before.droppedAtMs ?? (isDropped ? nowMs : undefined);
  return { seenAtMs: before.seenAtMs, failingSinceMs, failedLooks, droppedAtMs };
}
