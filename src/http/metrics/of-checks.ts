/** The checks of relayctl status, and the certificate. Every problem has a line, so that alerts can be written before it occurs. */
import {
  CERTIFICATE_PROBLEMS,
  certificateProblems,
  type CertificateFacts,
} from '../../policy/certificate.ts';
import { stopsMail, type CheckResult } from '../../policy/checks/registry.ts';
import { metric, type Sample } from './exposition.ts';

export function checkMetrics(checks: readonly CheckResult[]): readonly string[] {
  return [
    metric('postern_ready', 'gauge', '1 while /readyz answers 200', [[{}, checks.some(stopsMail) ? 0 : 1]]),
    metric(
      'postern_check_failed',
      'gauge',
      '1 for a check of relayctl status that fails',
      checks.map(({ name, ok }): Sample => [{ check: name }, ok ? 0 : 1]),
    ),
  ];
}

export function certificateMetrics(facts: CertificateFacts | undefined, nowMs: number): readonly string[] {
  if (facts === undefined) return [];
  const { certificate } = facts;
  const found = new Set(certificateProblems(facts, nowMs).map(({ problem }) => problem));
  return [
    metric(
      'postern_certificate_expiry_timestamp_seconds',
      'gauge',
      'When the certificate in use expires',
      certificate === undefined ? [] : [[{}, Math.floor(certificate.notAfterMs / 1000)]],
    ),
    metric(
      'postern_certificate_problem',
      'gauge',
      '1 for what is wrong with the certificate, or with its files',
      CERTIFICATE_PROBLEMS.map((problem): Sample => [{ problem }, found.has(problem) ? 1 : 0]),
    ),
  ];
}
