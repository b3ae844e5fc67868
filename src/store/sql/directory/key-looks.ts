/** What looks found of a domain's DKIM keys, and since when a key is dropped: policy's decision (policy/dkim-key-look.ts). */
import { judgeKey, type KeyStanding } from '../../../policy/dkim-key-look.ts';
import type { KeyLook } from '../../directory.ts';
import { statement } from '../statement.ts';
import { all, run, type Steps } from '../steps.ts';

interface KeyRow {
  readonly selector: string;
  readonly seen_at: number | null;
  readonly failing_since: number | null;
  readonly failed_looks: number;
  readonly dropped_at: number | null;
}

const OF_KEY = 'domain_id = (SELECT id FROM domain WHERE public_id = :domain)';
const STANDING = statement<{ domain: string }, KeyRow>(
  `SELECT selector, seen_at, failing_since, failed_looks, dropped_at FROM dkim_key WHERE ${OF_KEY}`,
);
const UPDATE = statement<{
  domain: string;
  selector: string;
  seen: number | undefined;
  failing: number | undefined;
  looks: number;
  dropped: number | undefined;
}>(
  `UPDATE dkim_key SET seen_at = :seen, failing_since = :failing, failed_looks = :looks, dropped_at = :dropped
   WHERE ${OF_KEY} AND selector = :selector`,
);

interface Judged {
  readonly selector: string;
  readonly before: KeyStanding;
  readonly after: KeyStanding;
}

/** Whether a key is seen that was not, is dropped that signed, or the other way round. */
export function* changesKeys(domain: string, looks: readonly KeyLook[], atMs: number): Steps<boolean> {
  return (yield* judged(domain, looks, atMs)).some(
    ({ before, after }) =>
      isSet(before.failingSinceMs) !== isSet(after.failingSinceMs) ||
      isSet(before.droppedAtMs) !== isSet(after.droppedAtMs),
  );
}

/** A selector that the domain does not have any more is no fault. */
export function* writeKeyLooks(domain: string, looks: readonly KeyLook[], atMs: number): Steps<void> {
  for (const { selector, after } of yield* judged(domain, looks, atMs)) {
    const { seenAtMs: seen, failingSinceMs: failing, failedLooks: looksFailed, droppedAtMs: dropped } = after;
    yield* run(UPDATE, { domain, selector, seen, failing, looks: looksFailed, dropped });
  }
}

function* judged(domain: string, looks: readonly KeyLook[], atMs: number): Steps<readonly Judged[]> {
  const rows = new Map((yield* all(STANDING, { domain })).map((row) => [row.selector, row]));
  return looks.flatMap(({ selector, finding }) => {
    const row = rows.get(selector);
    if (row === undefined) return [];
    const before = standingOf(row);
    return [{ selector, before, after: judgeKey(before, finding, Math.round(atMs)) }];
  });
}

function standingOf(row: KeyRow): KeyStanding {
  return {
    seenAtMs: row.seen_at ?? undefined,
    failingSinceMs: row.failing_since ?? undefined,
    failedLooks: row.failed_looks,
    droppedAtMs: row.dropped_at ?? undefined,
  };
}

function isSet(value: number | undefined): boolean {
  return value !== undefined;
}
