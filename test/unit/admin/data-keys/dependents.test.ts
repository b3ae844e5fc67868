import { describe, expect, it } from 'vitest';
import { dependents, lostWithout, type DependentFacts } from '../../../../src/admin/data-keys/dependents.ts';
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
