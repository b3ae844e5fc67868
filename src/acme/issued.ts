/** The state of each of `acme.names`: its certificate, the time of its renewal, and the result of the last order. */
import { X509Certificate } from 'node:crypto';
import { orderAtMs, type NameFacts } from '../policy/certificate-renewal.ts';
import type { IssuedFacts } from '../policy/certificate.ts';
import type { CertificatePair } from '../smtp/server/tls-context.ts';
import { NO_STATE, type NameState } from './acme-state.ts';

export interface IssuedSources {
  readonly names: readonly string[];
  readonly byName: ReadonlyMap<string, CertificatePair>;
  readonly states: ReadonlyMap<string, NameState>;
}

/** For the check `certificate`. */
export function issuedFacts(sources: IssuedSources, nowMs: number): readonly IssuedFacts[] {
  return nameFacts(sources, new Set()).map((facts) => ({
    name: facts.name,
    certificate: facts.certificate,
    failure: sources.states.get(facts.name)?.failure,
    nextOrderMs: orderAtMs(facts, nowMs),
  }));
}

/** For the next order. `asked`: names that the operator wants now. */
export function nameFacts(
  { names, byName, states }: IssuedSources,
  asked: ReadonlySet<string>,
): readonly NameFacts[] {
  return names.map((name) => {
    const { failures, failure, retryAtMs, orderedAtMs } = states.get(name) ?? NO_STATE;
    const pair = byName.get(name);
    return {
      name,
      certificate: validity(pair),
      jitter: pair === undefined ? 0 : jitterOf(pair),
      failures,
      failedAtMs: failure?.atMs,
      retryAtMs,
      orderedAtMs,
      asked: asked.has(name),
    };
  });
}

function validity(pair: CertificatePair | undefined): IssuedFacts['certificate'] {
  if (pair === undefined) return undefined;
  const { validFromDate, validToDate } = new X509Certificate(pair.cert);
  return { notBeforeMs: validFromDate.getTime(), notAfterMs: validToDate.getTime() };
}

/** 0 .. 1, of the certificate itself: a restart does not draw again. */
function jitterOf({ cert }: CertificatePair): number {
  const digits = new X509Certificate(cert).fingerprint256.replaceAll(':', '').slice(0, 8);
  return Number.parseInt(digits, 16) / 2 ** 32;
}
