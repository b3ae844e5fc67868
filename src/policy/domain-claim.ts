/**
 * Who may send from a domain that several accounts have added. Each has a claim of its own, with its own DKIM keys and
 * selectors: the records in DNS say which of them the domain's owner wants. Facts in, decision out.
 *
 * - A claim is verified when its DKIM records are there, unless another one holds the name.
 * - The first verified claim holds the name until it is removed, or until its records have failed for
 *   {@link HOLD_MS} when another claim's records are there. So a record that is missing for an hour gives nothing away.
 * - A holder whose own look-up finds a record missing is not verified from then on, but goes on holding the name.
 * - A claim that is not verified keeps nobody out.
 */

/** How long the records of a holder have to fail before another claim takes its place. */
export const HOLD_MS = 7 * 24 * 3_600_000;

export interface DomainClaim {
  /** `undefined`: mail of it is refused. */
  readonly verifiedAtMs: number | undefined;
  /** Since when the DKIM records of a claim that was verified are known to fail; `undefined`: they do not. */
  readonly failingSinceMs?: number | undefined;
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

export const NO_CLAIM: DomainClaim = { verifiedAtMs: undefined, failingSinceMs: undefined };

/** Whether it keeps other claims of the same name from being verified. */
export function holdsName({ verifiedAtMs, failingSinceMs }: DomainClaim): boolean {
  return verifiedAtMs !== undefined || failingSinceMs !== undefined;
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
    case false: {
      const failing = { verifiedAtMs: undefined, failingSinceMs: claim.failingSinceMs ?? nowMs };
      return { claim: holdsName(claim) ? failing : NO_CLAIM, holder: undefined };
    }
    case true: {
      const verified = { verifiedAtMs: claim.verifiedAtMs ?? nowMs, failingSinceMs: undefined };
      if (holder === undefined) return { claim: verified, holder: undefined };
      const kept = recheckHolder(holder, nowMs);
      return kept === undefined ? { claim: verified, holder: NO_CLAIM } : { claim: NO_CLAIM, holder: kept };
    }
  }
}

/** The holder after a rival made us look; `undefined`: it has failed for long. Its own look-ups alone end its verification. */
function recheckHolder({ claim, dkim }: CheckedClaim, nowMs: number): DomainClaim | undefined {
  switch (dkim) {
    case undefined:
      return claim;
    case true:
      return { ...claim, verifiedAtMs: claim.verifiedAtMs ?? nowMs, failingSinceMs: undefined };
    case false: {
      const failingSinceMs = claim.failingSinceMs ?? nowMs;
      return nowMs - failingSinceMs >= HOLD_MS ? undefined : { ...claim, failingSinceMs };
    }
  }
}
