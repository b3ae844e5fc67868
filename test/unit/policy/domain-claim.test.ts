import { describe, expect, it } from 'vitest';
import {
  GRACE_MS,
  graceOf,
  HOLD_MS,
  holdsName,
  judgeClaim,
  NO_CLAIM,
  type DkimVerdict,
  type DomainClaim,
} from '../../../src/policy/domain-claim.ts';

const NOW_MS = 1_000 * HOLD_MS;
const VERIFIED: DomainClaim = { verifiedAtMs: 5, failingSinceMs: undefined, failedLooks: undefined };

const SINCE_NOW: DomainClaim = { ...VERIFIED, verifiedAtMs: NOW_MS };

/** What the claim and the holder are afterwards. */
function judged(dkim: DkimVerdict, holder?: DomainClaim, ofHolder?: DkimVerdict, claim = NO_CLAIM) {
  const other = holder === undefined ? undefined : { claim: holder, dkim: ofHolder };
  return judgeClaim({ claim, dkim }, other, NOW_MS);
}

describe('a claim of a name that nobody holds', () => {
  it('is verified once its records are there, and stays what it was while DNS cannot be asked', () => {
    expect(judged(true).claim).toEqual(SINCE_NOW);
    expect(judged(undefined).claim).toEqual(NO_CLAIM);
    expect(judged(undefined, undefined, undefined, VERIFIED).claim).toEqual(VERIFIED);
  });

  it('that was never verified holds nothing, however long its records have been missing', () => {
    expect(judged(false).claim).toEqual(NO_CLAIM);
  });
});

describe('the holder', () => {
  /** Its own look-ups at these times, one after the other. */
  const looksAt = (claim: DomainClaim, ...atMs: readonly number[]) =>
    atMs.reduce((before, at) => judgeClaim({ claim: before, dkim: false }, undefined, at).claim, claim);

  it('whose records fail stays verified until three look-ups over a day have found it', () => {
    const once = looksAt(VERIFIED, NOW_MS);
    expect(once).toEqual({ verifiedAtMs: 5, failingSinceMs: NOW_MS, failedLooks: 1 });
    expect(graceOf(once)).toEqual({ failingSinceMs: NOW_MS, failedLooks: 1, lostAtMs: NOW_MS + GRACE_MS });
    expect(looksAt(once, NOW_MS + GRACE_MS)).toMatchObject({ verifiedAtMs: 5, failedLooks: 2 });
    expect(looksAt(once, ...Array.from({ length: 99 }, () => NOW_MS + GRACE_MS - 1))).toMatchObject({
      verifiedAtMs: 5,
    });
    const lost = looksAt(once, NOW_MS + 1, NOW_MS + GRACE_MS);
    expect(lost).toEqual({ verifiedAtMs: undefined, failingSinceMs: NOW_MS, failedLooks: 3 });
    expect(graceOf(lost)).toBeUndefined();
    expect(holdsName(lost)).toBe(true);
  });

  it('is well again after one good look-up, and a failed one changes nothing', () => {
    const twice = looksAt(VERIFIED, NOW_MS, NOW_MS + 1);
    const unknown = judgeClaim({ claim: twice, dkim: undefined }, undefined, NOW_MS + 2 * GRACE_MS).claim;
    expect(unknown).toEqual(twice);
    const well = judgeClaim({ claim: twice, dkim: true }, undefined, NOW_MS + 2).claim;
    expect(well).toEqual(VERIFIED);
    expect(looksAt(well, NOW_MS + 3 * GRACE_MS)).toMatchObject({ verifiedAtMs: 5, failedLooks: 1 });
  });

  it('that was found otherwise before the clock was set back begins its day anew', () => {
    const once = looksAt(VERIFIED, NOW_MS);
    expect(looksAt(once, 10, 20, NOW_MS - 1)).toMatchObject({ verifiedAtMs: undefined, failingSinceMs: 10 });
    expect(looksAt(once, 10, 20)).toMatchObject({ verifiedAtMs: 5, failingSinceMs: 10 });
  });

  it('that is lost is verified again once its records are back, from that time on', () => {
    const failing = { verifiedAtMs: undefined, failingSinceMs: 7, failedLooks: 9 };
    expect(judged(true, undefined, undefined, failing).claim).toEqual(SINCE_NOW);
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
      holder: { ...VERIFIED, failingSinceMs: NOW_MS },
    });
  });

  it.each([
    [HOLD_MS - 1, false],
    [HOLD_MS, true],
  ])('after %d ms of failing takes its place: %s', (failedMs, taken) => {
    const holder = { verifiedAtMs: 5, failingSinceMs: NOW_MS - failedMs };
    expect(judged(true, holder, false)).toEqual(
      taken ? { claim: SINCE_NOW, holder: NO_CLAIM } : { claim: NO_CLAIM, holder },
    );
  });

  it.each([false, undefined])('whose own records are %s changes nothing for the holder', (dkim) => {
    const holder = { verifiedAtMs: 5, failingSinceMs: 0 };
    expect(judged(dkim, holder, false)).toEqual({ claim: NO_CLAIM, holder: undefined });
  });
});
