/**
 * Who may send from a domain that several accounts have added. Each has a claim of its own, with its own DKIM keys and
 * selectors: the records in DNS say which of them the domain's owner wants. Facts in, decision out.
 *
 * - A claim is verified when its DKIM records are there, unless another one holds the name.
 * - The first verified claim holds the name until it is removed, or until its records have failed for
 *   {@link HOLD_MS} when another claim's records are there. So a record that is missing for an hour gives nothing away.
 * - A holder stays verified until its own look-ups have found a record missing or different {@link LOOKS_UNTIL_LOST} times, over
 *   {@link GRACE_MS} at least: one look-up that goes wrong refuses no mail. It goes on holding the name. One good look-up ends it all.
 * - A look-up that fails finds nothing, and changes nothing.
 * - A claim that is not verified keeps nobody out.
 */

/** How long the records of a holder have to fail before another claim takes its place. */
export const HOLD_MS = 7 * 24 * 3_600_000;

/** Findings in a row, from the first to the last {@link GRACE_MS}, that end a verification. */
export const LOOKS_UNTIL_LOST = 3;
export const GRACE_MS = 24 * 3_600_000;

export interface DomainClaim {
  /** `undefined`: mail of it is refused. */
  readonly verifiedAtMs: number | undefined;
  /** Since when the DKIM records of a claim that was verified are known to fail; `undefined`: they do not. */
  readonly failingSinceMs?: number | undefined;
  /** How often its own look-ups have found that since then. Absent: 0. */
  readonly failedLooks?: number | undefined;
}

/** Whether all DKIM records of a claim are as they should be; `undefined`: DNS could not be asked. */
export type DkimVerdict = boolean | undefined;

export interface CheckedClaim {
  readonly claim: DomainClaim;
  readonly dkim: DkimVerdict;
}

/** What the two claims are after a look-up; `holder`: `undefined` where it stays as it was. */
export interface ClaimDecision {
  readonly claim: DomainClaim;
  readonly holder: DomainClaim | undefined;
}

export const NO_CLAIM: DomainClaim = {
  verifiedAtMs: undefined,
  failingSinceMs: undefined,
  failedLooks: undefined,
};

/** Whether it keeps other claims of the same name from being verified. */
export function holdsName({ verifiedAtMs, failingSinceMs }: DomainClaim): boolean {
  return verifiedAtMs !== undefined || failingSinceMs !== undefined;
}

/** It is verified, and its records are known to fail: mail is accepted until `lostAtMs` at least, if nothing changes. */
export interface Grace {
  readonly failingSinceMs: number;
  readonly failedLooks: number;
  readonly lostAtMs: number;
}

/** `undefined`: its records do not fail, or it is lost. */
export function graceOf({ verifiedAtMs, failingSinceMs, failedLooks = 0 }: DomainClaim): Grace | undefined {
  if (verifiedAtMs === undefined || failingSinceMs === undefined) return undefined;
  return { failingSinceMs, failedLooks, lostAtMs: failingSinceMs + GRACE_MS };
}

/** It was verified, and mail of it is refused since its records failed for long. */
export function isLost({ verifiedAtMs, failingSinceMs }: DomainClaim): boolean {
  return verifiedAtMs === undefined && failingSinceMs !== undefined;
}

/** `holder`: the claim of another account that holds the name, if one does. */
export function judgeClaim(
  { claim, dkim }: CheckedClaim,
  holder: CheckedClaim | undefined,
  nowMs: number,
): ClaimDecision {
  switch (dkim) {
    case undefined:
      return { claim, holder: undefined };
    case false:
      return { claim: holdsName(claim) ? failAgain(claim, nowMs) : NO_CLAIM, holder: undefined };
    case true: {
      const verified = wellSince(claim.verifiedAtMs ?? nowMs);
      if (holder === undefined) return { claim: verified, holder: undefined };
      const kept = recheckHolder(holder, nowMs);
      return kept === undefined ? { claim: verified, holder: NO_CLAIM } : { claim: NO_CLAIM, holder: kept };
    }
  }
}

function wellSince(verifiedAtMs: number): DomainClaim {
  return { verifiedAtMs, failingSinceMs: undefined, failedLooks: undefined };
}

/** A clock that was set back begins anew. What is lost stays as it is. */
function failAgain(claim: DomainClaim, nowMs: number): DomainClaim {
  if (isLost(claim)) return claim;
  const failingSinceMs = Math.min(claim.failingSinceMs ?? nowMs, nowMs);
  const failedLooks = (claim.failedLooks ?? 0) + 1;
  const lost = failedLooks >= LOOKS_UNTIL_LOST && nowMs - failingSinceMs >= GRACE_MS;
  return { verifiedAtMs: lost ? undefined : claim.verifiedAtMs, failingSinceMs, failedLooks };
}

/** The holder after a rival made us look; `undefined`: it has failed for long. Its own look-ups alone end its verification. */
function recheckHolder({ claim, dkim }: CheckedClaim, nowMs: number): DomainClaim | undefined {
  switch (dkim) {
    case undefined:
      return claim;
    case true:
      return wellSince(claim.verifiedAtMs ?? nowMs);
    case false: {
      const failingSinceMs = claim.failingSinceMs ?? nowMs;
      return nowMs - failingSinceMs >= HOLD_MS ? undefined : { ...claim, failingSinceMs };
    }
  }
}
