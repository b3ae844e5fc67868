/** Whether clients that verify the certificate can go on, and whether a renewal of it could be read (policy/certificate.ts). */
import { certificateProblems, type CertificateFacts, type IssuedFacts } from '../certificate.ts';
import type { Check, Finding } from './check.ts';
import { DAY_MS } from '../../platform/time-units.ts';

export const certificate: Check<CertificateFacts> = {
  reason: 'the certificate is not valid',
  stopsMail: false,
  look(facts, nowMs) {
    const problems = certificateProblems(facts, nowMs);
    if (problems.length > 0)
      return {
        ok: false,
        detail: problems.map(({ detail }) => detail).join('; '),
        remedy: problems.map(({ remedy }) => remedy).join('; '),
      };
    if (facts.issued !== undefined) return issuedWords(facts.issued, nowMs);
    const name = facts.cert ?? 'the self-signed certificate';
    if (facts.certificate === undefined) return { ok: true, detail: `${name} is not read yet` };
    const days = Math.floor((facts.certificate.notAfterMs - nowMs) / DAY_MS);
    return { ok: true, detail: `${name} is valid for another ${days} days` };
  },
};

/** None is wrong: one that is missing is being ordered. */
function issuedWords(issued: readonly IssuedFacts[], nowMs: number): Finding {
  const words = issued.map(({ name, certificate, failure }) => {
    if (certificate === undefined) return `the certificate for ${name} is being ordered`;
    const days = Math.floor((certificate.notAfterMs - nowMs) / DAY_MS);
    const trouble =
      failure === undefined ? '' : ` (its renewal failed, and is tried again: ${failure.detail})`;
    return `the certificate for ${name} is valid for another ${days} days${trouble}`;
  });
  return { ok: true, detail: words.join('; ') };
}
