/** What the removal of a domain leaves behind, as the command line and HTTP both answer it. */
import type { DomainMail } from '../store/queue-admin.ts';

/** `waiting`: messages that cannot be signed any more; `waiting_at_least`: there may be more than those counted. */
export function domainRemovalJson(name: string, { messages, lookedAtAll }: DomainMail) {
  return { domain: name, removed: true as const, waiting: messages, waiting_at_least: !lookedAtAll };
}
