/** A stream as `--json` prints it; `null`: as its kind or the configuration says. The keys are part of the contract. */
import type { Stream } from '../store/directory-records.ts';
import { timestamp } from './timestamp.ts';

export function streamJson(stream: Stream, accountName: string) {
  return {
    name: stream.name,
    kind: stream.kind,
    account: accountName,
    created_at: timestamp(stream.createdAtMs),
    title: stream.title ?? null,
    subdomain: stream.subdomain ?? null,
    pool: stream.pool ?? null,
    retry_schedule_ms: stream.retryScheduleMs ?? null,
    max_age_ms: stream.maxAgeMs ?? null,
    priority: stream.priority ?? null,
    headers: stream.headers ?? {},
    track: stream.track ?? [],
  };
}
