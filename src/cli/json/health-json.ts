/** One line of `health` as `--json` prints it. */
import { bounceShare, complaintShare, endedCount } from '../../policy/health.ts';
import type { HealthLevel } from '../../policy/health.ts';
import type { HealthState, HealthTotal } from '../../store/health.ts';
import { timestamp } from '../output/time-words.ts';

export function healthJson(
  row: HealthTotal & { readonly level: HealthLevel; readonly state: HealthState | undefined },
): object {
  const { counts, state } = row;
  return {
    by: row.kind,
    name: row.name,
    account: row.accountName ?? null,
    ended: endedCount(counts),
    delivered: Math.max(0, counts.delivered),
    hard_bounces: counts.hardBounced,
    other_failures: counts.failed,
    complaints: counts.complained,
    bounce_rate: rounded(bounceShare(counts)),
    complaint_rate: rounded(complaintShare(counts)),
    level: row.level,
    reason: state?.reason ?? null,
    since: timestamp(state?.sinceMs),
  };
}

function rounded(share: number): number {
  return Number(share.toFixed(6));
}
