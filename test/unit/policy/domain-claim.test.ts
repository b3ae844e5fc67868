import { describe, expect, it } from 'vitest';
import {
  HOLD_MS,
  judgeClaim,
  NO_CLAIM,
  type DkimVerdict,
  type DomainClaim,
} from '../../../src/policy/domain-claim.ts';

const NOW_MS = 1_000 * HOLD_MS;
const VERIFIED: DomainClaim = { verifiedAtMs: 5, failingSinceMs: undefined };

/** What the claim and the holder are afterwards. */
function judged(dkim: DkimVerdict, holder?: DomainClaim, ofHolder?: DkimVerdict, claim = NO_CLAIM) {
  const other = holder === undefined ? undefined : { claim: holder, dkim: ofHolder };
  return judgeClaim({ claim, dkim }, other, NOW_MS);
}

describe('a claim of a name that nobody holds', () => {
  it('is verified once its records are there, and stays what it was while DNS cannot be asked', () => {
    expect(judged(true).claim).toEqual({ verifiedAtMs: NOW_MS, failingSinceMs: undefined });
    expect(judged(undefined).claim).toEqual(NO_CLAIM);
    expect(judged(undefined, undefined, undefined, VERIFIED).claim).toEqual(VERIFIED);
  });

  it('that was never verified holds nothing, however long its records have been missing', () => {
    expect(judged(false).claim).toEqual(NO_CLAIM);
  });
});

describe('the holder', () => {
  it('whose records fail is not verified any more, and holds the name from the first failure on', () => {
    const failing = judged(false, undefined, undefined, VERIFIED).claim;
    expect(failing).toEqual({ verifiedAtMs: undefined, failingSinceMs: NOW_MS });
    const earlier = { ...failing, failingSinceMs: 7 };
    expect(judged(false, undefined, undefined, earlier).claim).toEqual(earlier);
  });

  it('is verified again once they are back, from that time on', () => {
    const failing = { verifiedAtMs: undefined, failingSinceMs: 7 };
    expect(judged(true, undefined, undefined, failing).claim).toEqual({
      verifiedAtMs: NOW_MS,
      failingSinceMs: undefined,
    });
  });

  it('that is verified stays verified since when it was', () => {
    expect(judged(true, undefined, undefined, VERIFIED).claim).toEqual(VERIFIED);
  });
});

describe('a claim of a name that another one holds', () => {
  it('is not verified while the records of the holder are there, or cannot be asked for', () => {
    expect(judged(true, VERIFIED, true)).toEqual({ claim: NO_CLAIM, holder: VERIFIED });
    const failing = { verifiedAtMs: 5, failingSinceMs: 7 };
    expect(judged(true, failing, undefined)).toEqual({ claim: NO_CLAIM, holder: failing });
    expect(judged(true, failing, true)).toEqual({ claim: NO_CLAIM, holder: VERIFIED });
  });

  it('starts the time of a holder whose records fail, which goes on sending until then', () => {
    expect(judged(true, VERIFIED, false)).toEqual({
      claim: NO_CLAIM,
      holder: { verifiedAtMs: 5, failingSinceMs: NOW_MS },
    });
  });

  it.each([
    [HOLD_MS - 1, false],
    [HOLD_MS, true],
  ])('after %d ms of failing takes its place: %s', (failedMs, taken) => {
    const holder = { verifiedAtMs: 5, failingSinceMs: NOW_MS - failedMs };
    expect(judged(true, holder, false)).toEqual(
      taken
        ? { claim: { verifiedAtMs: NOW_MS, failingSinceMs: undefined }, holder: NO_CLAIM }
        : { claim: NO_CLAIM, holder },
    );
  });

  it.each([false, undefined])('whose own records are %s changes nothing for the holder', (dkim) => {
    const holder = { verifiedAtMs: 5, failingSinceMs: 0 };
    expect(judged(dkim, holder, false)).toEqual({ claim: NO_CLAIM, holder: undefined });
  });
});
