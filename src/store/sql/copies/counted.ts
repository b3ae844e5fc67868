/** The counts of a database check, and their tables. */
import type { StoreCounts } from '../../copies.ts';

export const COUNTED: Readonly<Record<keyof StoreCounts, readonly [table: string, condition: string]>> = {
  accounts: ['account', 'true'],
  domains: ['domain', 'true'],
  credentials: ['credential', 'revoked_at IS NULL'],
  messages: ['message', 'true'],
  waiting: ['delivery', `state IN ('scheduled', 'queued', 'deferred', 'held')`],
  suppressions: ['suppression', 'true'],
  webhooks: ['webhook', 'true'],
  events: ['event', 'true'],
};
