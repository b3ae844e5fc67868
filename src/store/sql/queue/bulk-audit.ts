/** How the audit log names a bulk change: what was selected when it began, and how many deliveries it has changed. */
import type { SubjectPart } from '../../audit.ts';
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
  return audit(nowMs, actor, `queue ${change.name}`, subjectOf(change, selection), selection.accountId);
}

export function auditEnd(
  change: BulkChange,
  selection: DeliverySelection,
  { nowMs, actor, changed }: { readonly nowMs: number; readonly actor: string; readonly changed: number },
): Steps<void> {
  return audit(
    nowMs,
    actor,
    `queue ${change.name} done`,
    [`${changed} of`, ...subjectOf(change, selection)],
    selection.accountId,
  );
}

function subjectOf({ route }: BulkChange, selection: DeliverySelection): readonly SubjectPart[] {
  const { id, destination, accountId, stream, acceptedBeforeMs, acceptedAfterMs, state } = selection;
  const { sender, recipient, subject } = selection;
  const personal = Object.entries({ sender, recipient, subject }).flatMap(([name, text]) =>
    text === undefined ? [] : [`${name}=`, { text }],
  );
  const parts = [
    ...[id, destination, accountId, stream].filter((part) => part !== undefined),
    ...personal,
    ...(state === undefined ? [] : [`state=${state}`]),
    ...timeOf('accepted before', acceptedBeforeMs),
    ...timeOf('accepted after', acceptedAfterMs),
  ];
  return [...(parts.length === 0 ? ['all'] : parts), ...(route === undefined ? [] : [`by route ${route}`])];
}

function timeOf(name: string, atMs: number | undefined): readonly string[] {
  return atMs === undefined ? [] : [`${name} ${new Date(atMs).toISOString()}`];
}
