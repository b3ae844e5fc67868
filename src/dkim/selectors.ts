/**
 * Selectors (RFC 6376 §3.1). Each has the token of its domain's claim, so no two accounts make the same one, and none is made
 * twice (store: dkim_selector). They tell the month, and those of a rotation have random characters of their own: a backup that is
 * restored has forgotten which were made since. Where a domain's names are delegated they are numbered by generation instead, so
 * that the names of rotations to come are known.
 */
import { DKIM_ALGORITHMS, type DkimAlgorithm, type DkimKeySet } from './dkim-key.ts';

const SUFFIX: Readonly<Record<DkimAlgorithm, string>> = { 'rsa-sha256': 'rsa', 'ed25519-sha256': 'ed' };

export interface SelectorRequest {
  /** Random letters and digits of the claim. */
  readonly token: string;
  readonly nowMs: number;
  /** Random letters and digits of a rotation; `undefined`: they are the claim's first keys. */
  readonly tail?: string | undefined;
}

/** Such as `postern-202601-TOKEN-rsa` or `postern-202601-TOKEN-TAIL-rsa`: a DNS label, at most 63 octets (RFC 1035 §2.3.4). */
export function selectorOfMonth(algorithm: DkimAlgorithm, { token, nowMs, tail }: SelectorRequest): string {
  const month = new Date(nowMs).toISOString().slice(0, 7).replace('-', '');
  return ['postern', month, token, ...(tail === undefined ? [] : [tail]), SUFFIX[algorithm]].join('-');
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
