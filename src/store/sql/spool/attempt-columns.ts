/** The columns of an attempt, in the tables of deliveries and of destinations. */
import type { AttemptRecord } from '../../delivery-records.ts';
import type { Columns } from '../columns.ts';

export const ATTEMPT_COLUMNS: Columns<{ readonly attempt: AttemptRecord }> = {
  at: ({ attempt }) => Math.round(attempt.atMs),
  host: ({ attempt }) => attempt.host,
  address: ({ attempt }) => attempt.address,
  tls: ({ attempt }) => attempt.tls,
  reply_code: ({ attempt }) => attempt.replyCode,
  status: ({ attempt }) => attempt.status,
  text: ({ attempt }) => attempt.text,
  stage: ({ attempt }) => attempt.stage,
  duration_ms: ({ attempt }) => Math.round(attempt.durationMs),
  local_class: ({ attempt }) => attempt.localClass,
  tls_failure: ({ attempt }) => attempt.tlsFailure,
  route: ({ attempt }) => attempt.route,
  source: ({ attempt }) => attempt.source,
};
