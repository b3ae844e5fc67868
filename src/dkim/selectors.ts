/**
 * Selectors (RFC 6376 §3.1). Each has the token of its domain's claim, so no two accounts make the same one, and none is made
 * twice (store: dkim_selector). Where a domain's names are delegated they are numbered by generation, so that the names of
 * rotations to come are known; elsewhere they tell the month.
 */
import { DKIM_ALGORITHMS, type DkimAlgorithm, type DkimKeySet } from './dkim-key.ts';

const SUFFIX: Readonly<Record<DkimAlgorithm, string>> = { 'rsa-sha256': 'rsa', 'ed25519-sha256': 'ed' };

export interface SelectorRequest {
  /** Random letters and digits of the claim. */
  readonly token: string;
  readonly nowMs: number;
  /** Made before for the domain. */
  readonly takenSelectors?: readonly string[];
}

/** Such as `postern-202601-TOKEN-rsa`: a DNS label, at most 63 octets (RFC 1035 §2.3.4). */
export function selectorOfMonth(
  algorithm: DkimAlgorithm,
  { token, nowMs, takenSelectors: taken = [] }: SelectorRequest,
): string {
  const month = new Date(nowMs).toISOString().slice(0, 7).replace('-', '');
  const base = `postern-${month}-${token}-${SUFFIX[algorithm]}`;
  const made = new Set(taken);
  let selector = base;
  for (let count = 2; made.has(selector); count++) selector = `${base}${count}`;
  return selector;
}

/** Such as `postern-TOKEN-3-rsa`. */
export function delegatedSelector(algorithm: DkimAlgorithm, token: string, generation: number): string {
  return `postern-${token}-${generation}-${SUFFIX[algorithm]}`;
}

export function delegatedSelectors(token: string, generation: number, keySet: DkimKeySet) {
  return DKIM_ALGORITHMS[keySet].map((algorithm) => ({
    algorithm,
    selector: delegatedSelector(algorithm, token, generation),
  }));
}

/** The latest generation among selectors; 0: none. */
export function generationOf(token: string, selectors: readonly string[]): number {
  const numbers = selectors.map((selector) => {
    const rest = selector.startsWith(`postern-${token}-`) ? selector.slice(`postern-${token}-`.length) : '';
    return Number(/^(\d+)-/.exec(rest)?.[1] ?? 0);
  });
  return Math.max(0, ...numbers);
}
