/** A stream as `--json` prints it. */
import type { Stream } from '../store/directory-records.ts';
import { timestamp } from './timestamp.ts';

export function streamJson(stream: Stream, accountName: string) {
  return {
    name: stream.name,
    kind: stream.kind,
    account: accountName,
    created_at: timestamp(stream.createdAtMs),
  };
}
