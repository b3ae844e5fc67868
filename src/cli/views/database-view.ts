/** What a database holds, for the eyes. */
import { timestamp } from '../../api-json/timestamp.ts';
import type { DatabaseView } from '../../store/copies.ts';
import { counted } from '../output/time-words.ts';

/** Two lines without a line end at the end. */
export function renderHoldings({ counts, newestEventMs }: DatabaseView): string {
  const parts = [
    counted(counts.accounts, 'account'),
    counted(counts.domains, 'domain'),
    counted(counts.credentials, 'credential'),
    counted(counts.messages, 'message'),
    `${counted(counts.waiting, 'delivery', 'deliveries')} waiting`,
    counted(counts.suppressions, 'suppression'),
    counted(counts.webhooks, 'webhook'),
    counted(counts.events, 'event'),
  ];
  return `  holds ${parts.join(', ')}\n  newest event: ${timestamp(newestEventMs) ?? 'none'}`;
}
