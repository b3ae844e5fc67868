/** What looks found of a domain's DKIM keys: when each was last seen, and since when it fails. */
import type { KeyLook } from '../../directory.ts';
import { statement } from '../statement.ts';
import { all, run, type Steps } from '../steps.ts';

interface KeyRow {
  readonly selector: string;
  readonly failing_since: number | null;
}

const OF_KEY = 'domain_id = (SELECT id FROM domain WHERE public_id = :domain)';
const FAILING = statement<{ domain: string }, KeyRow>(
  `SELECT selector, failing_since FROM dkim_key WHERE ${OF_KEY}`,
);
const SEEN = statement<{ domain: string; selector: string; at: number }>(
  `UPDATE dkim_key SET seen_at = :at, failing_since = NULL WHERE ${OF_KEY} AND selector = :selector`,
);
const FAILED = statement<{ domain: string; selector: string; at: number }>(
  `UPDATE dkim_key SET failing_since = COALESCE(failing_since, :at) WHERE ${OF_KEY} AND selector = :selector`,
);

/** Whether a key is seen that was not, or the other way round. */
export function* changesKeys(domain: string, looks: readonly KeyLook[]): Steps<boolean> {
  const failing = new Map(
    (yield* all(FAILING, { domain })).map((row) => [row.selector, row.failing_since !== null]),
  );
  return looks.some(({ selector, published }) => failing.get(selector) === published);
}

/** A selector that the domain does not have any more is no fault. */
export function* writeKeyLooks(domain: string, looks: readonly KeyLook[], atMs: number): Steps<void> {
  const at = Math.round(atMs);
  for (const { selector, published } of looks)
    yield* run(published ? SEEN : FAILED, { domain, selector, at });
}
