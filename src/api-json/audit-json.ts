/** A line of the audit log as the command line and HTTP answer it. */
import { actorName, parseActor } from '../policy/actor.ts';
import type { AuditLine } from '../store/audit.ts';
import { NO_HASH, subjectParts } from '../store/audit-chain.ts';
import { auditIdOf } from '../store/public-ids.ts';
import { timestamp } from './timestamp.ts';

/** In one line; what was erased is said to be. */
export function subjectWords(line: AuditLine): string {
  const words = subjectParts(line).map((part) =>
    typeof part === 'string' ? part : (part?.text ?? '(erased)'),
  );
  return words.reduce((all, word) => (all === '' || all.endsWith('=') ? all + word : `${all} ${word}`), '');
}

/** All of it, for operators: with what its hash is made of (docs/audit.md). */
export function auditJson(line: AuditLine) {
  const { id, sequence, atMs, actor, credential, account, origin, action, subject, hash, previous } = line;
  return {
    id: auditIdOf(id),
    sequence: sequence ?? null,
    at: timestamp(atMs),
    actor,
    credential: credential ?? null,
    account: account ?? null,
    origin: origin ?? null,
    action,
    subject: subjectWords(line),
    chained_subject: sequence === undefined ? null : subject,
    previous: sequence === 1 ? NO_HASH : (previous ?? null),
    hash: hash ?? null,
  };
}

/**
 * As the account itself may read it. Who acted for the operator, from where, and the reason that the operator noted of an
 * account's suspension are the operator's. A person at the dashboard is named by id; where they worked from is theirs.
 */
export function accountAuditJson(line: AuditLine) {
  const { id, atMs, actor, credential, origin, action } = line;
  const { kind } = parseActor(actor);
  const isOwn = kind === 'api';
  return {
    id: auditIdOf(id),
    at: timestamp(atMs),
    actor: isOwn ? actor : accountActor(kind, actor),
    credential: credential ?? null,
    origin: isOwn ? (origin ?? null) : null,
    action,
    subject: !isOwn && action.startsWith('account ') ? '' : subjectWords(line),
  };
}

function accountActor(kind: string, actor: string): string {
  if (kind === 'user') return actorName(actor);
  return kind === 'relayctl' ? 'operator' : 'relay';
}
