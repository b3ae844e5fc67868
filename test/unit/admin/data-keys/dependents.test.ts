import { describe, expect, it } from 'vitest';
import {
  dependents,
  isForErasedAlone,
  lostWithout,
  othersInUse,
  type DependentFacts,
} from '../../../../src/admin/data-keys/dependents.ts';
import { TOKEN_VALID_MS } from '../../../../src/dsn/return-path-token.ts';
import { NOTED_EVERY_MS } from '../../../../src/store/data-keys.ts';

const AT = 1_800_000_000_000;
const TOKENS_UNTIL = AT + NOTED_EVERY_MS + TOKEN_VALID_MS;

function of(parts: Partial<DependentFacts>) {
  return dependents({
    presentId: 'two',
    acceptedIds: ['two', 'one'],
    records: [
      { keyId: 'one', adoptedAtMs: 1, usedAtMs: AT },
      { keyId: 'two', adoptedAtMs: 2, usedAtMs: AT },
    ],
    hashes: { counts: [], erased: [] },
    sealed: { byKey: new Map([['two', 5]]) },
    ...parts,
  });
}

describe('what depends on a key', () => {
  it('are its tokens, for as long as a report may come', () => {
    expect(of({})).toEqual([
      {
        keyId: 'one',
        accepted: true,
        usedUntilMs: AT + NOTED_EVERY_MS,
        tokensUntilMs: TOKENS_UNTIL,
        sealed: 0,
        secrets: 0,
        erased: 0,
        removableAtMs: TOKENS_UNTIL,
      },
    ]);
  });

  it('are secrets and sealed values, which have no end by themselves', () => {
    expect(of({ hashes: { counts: [{ keyId: 'one', secrets: 3 }], erased: [] } })[0]).toMatchObject({
      secrets: 3,
      removableAtMs: undefined,
    });
    expect(of({ sealed: { byKey: new Map([['one', 1]]) } })[0]).toMatchObject({
      sealed: 1,
      removableAtMs: undefined,
    });
  });

  it('is an erased address that is suppressed, for good', () => {
    const erased = [{ keyId: 'one', suppressions: 2 }];
    const [kept] = of({ hashes: { counts: [], erased } });
    expect(kept).toMatchObject({ keyId: 'one', erased: 2, removableAtMs: undefined });
    expect(kept === undefined ? [] : lostWithout(kept, TOKENS_UNTIL)).toEqual([
      '2 erased addresses that were suppressed under the key one would be mailed again',
    ]);
  });

  it('leaves a key out of those in use once it is for erased addresses alone', () => {
    const erased = [{ keyId: 'one', suppressions: 2 }];
    const idsOf = (parts: Partial<DependentFacts>, nowMs: number) =>
      othersInUse(of(parts), nowMs).map(({ keyId }) => keyId);
    const alone = { hashes: { counts: [], erased } };
    expect(idsOf(alone, TOKENS_UNTIL - 1)).toEqual(['one']);
    expect(idsOf(alone, TOKENS_UNTIL)).toEqual([]);
    expect(of(alone).map((one) => isForErasedAlone(one, TOKENS_UNTIL))).toEqual([true]);
    const counts = [{ keyId: 'one', secrets: 1 }];
    expect(idsOf({ hashes: { counts, erased } }, TOKENS_UNTIL)).toEqual(['one']);
    expect(idsOf({ ...alone, sealed: { byKey: new Map([['one', 1]]) } }, TOKENS_UNTIL)).toEqual(['one']);
    // One that can go is for its operator to take away.
    expect(idsOf({}, TOKENS_UNTIL)).toEqual(['one']);
    expect(idsOf({ acceptedIds: ['two'] }, AT)).toEqual([]);
  });

  it('is nothing where it was accepted and never used', () => {
    expect(of({ acceptedIds: ['two', 'one', 'next'] })[1]).toMatchObject({
      keyId: 'next',
      tokensUntilMs: undefined,
      removableAtMs: 0,
    });
  });

  it('is said of a key that is gone', () => {
    const [gone] = of({
      acceptedIds: ['two'],
      hashes: { counts: [{ keyId: 'one', secrets: 3 }], erased: [] },
    });
    expect(gone).toMatchObject({ keyId: 'one', accepted: false, secrets: 3 });
    const lost = gone === undefined ? [] : lostWithout(gone, AT);
    expect(lost[0]).toMatch(/3 credentials .* cannot log in/);
    expect(lost[1]).toMatch(/bounces and complaints/);
    expect(gone === undefined ? [] : lostWithout({ ...gone, secrets: 0 }, TOKENS_UNTIL)).toEqual([]);
  });
});
