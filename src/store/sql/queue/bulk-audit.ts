/** How the audit log names a bulk change: what was selected when it began, and how many deliveries it has changed. */
import type { DeliverySelection } from '../../queue-admin.ts';
import { audit } from '../directory/audit.ts';
import type { Steps } from '../steps.ts';
import type { BulkChange } from './bulk-change.ts';

/** Before the first delivery is changed. */
export function auditBegin(
  change: BulkChange,
  selection: DeliverySelection,
  { nowMs, actor }: { readonly nowMs: number; readonly actor: string },
): Steps<void> {
  return audit(nowMs, actor, `queue ${change.name}`, wordsOf(change, selection));
}

export function auditEnd(
  change: BulkChange,
  selection: DeliverySelection,
  { nowMs, actor, changed }: { readonly nowMs: number; readonly actor: string; readonly changed: number },
): Steps<void> {
  return audit(nowMs, actor, `queue ${change.name} done`, `${changed} of ${wordsOf(change, selection)}`);
}

function wordsOf({ route }: BulkChange, selection: DeliverySelection): string {
  const { id, destination, accountId, stream, acceptedBeforeMs, acceptedAfterMs } = selection;
  const { sender, recipient, subject, state } = selection;
  const named = Object.entries({ sender, recipient, subject, state }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const parts = [
    ...[id, destination, accountId, stream].filter((part) => part !== undefined),
    ...named,
    ...timeOf('accepted before', acceptedBeforeMs),
    ...timeOf('accepted after', acceptedAfterMs),
  ];
  return `${parts.join(' ') || 'all'}${route === undefined ? '' : ` by route ${route}`}`;
}

function timeOf(name: string, atMs: number | undefined): readonly string[] {
  return atMs === undefined ? [] : [`${name} ${new Date(atMs).toISOString()}`];
}
