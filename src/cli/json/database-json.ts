/** What a database holds, as `db backup` and `db check` print it. */
import type { StoreCounts } from '../../store/copies.ts';

export function storeCountsJson(counts: StoreCounts): object {
  const { accounts, domains, credentials, messages, waiting, suppressions, webhooks, events } = counts;
  return { accounts, domains, credentials, messages, waiting, suppressions, webhooks, events };
}
