/** The audit log's role: lines read for people and for the check of the chain, notes, and the erasing of clear text. */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { AuditFilter, AuditHead, AuditLine, AuditReader, AuditText, AuditWriter } from '../../audit.ts';
import { NO_HASH } from '../../audit-chain.ts';
import { audit } from '../directory/audit.ts';
import { filtered, given } from '../filters.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';

interface LineRow {
  readonly id: number;
  readonly sequence: number | null;
  readonly at: number;
  readonly actor: string;
  readonly credential: string | null;
  readonly account: string | null;
  readonly origin: string | null;
  readonly action: string;
  readonly subject: string;
  readonly hash: Uint8Array | null;
  readonly previous: Uint8Array | null;
}

interface TextRow extends Omit<AuditText, 'part'> {
  readonly line: number;
  readonly part: number;
}

const LINE = `SELECT l.id, l.sequence, l.at, l.actor, l.credential, l.account, l.origin, l.action, l.subject, l.hash,
    p.hash AS previous
  FROM audit l LEFT JOIN audit p ON p.sequence = l.sequence - 1`;

const LINES = filtered<LineRow>(
  {
    since: 'l.at >= :since',
    until: 'l.at <= :until',
    actor: 'l.actor = :actor',
    credential: 'l.credential = :credential',
    account: 'l.account = :account',
    action: `(l.action = :action OR l.action LIKE :actionOf ESCAPE '!')`,
    text: ({ folded }) => `(${folded('l.subject')} LIKE :text ESCAPE '!'
      OR l.sequence IN (SELECT t.line FROM audit_text t WHERE ${folded('t.text')} LIKE :text ESCAPE '!'))`,
    before: 'l.id < :before',
    after: 'l.id > :after',
  },
  (where) => `${LINE} WHERE ${where} ORDER BY l.id DESC LIMIT :limit`,
);
const STRETCH = statement<{ after: number; limit: number }, LineRow>(
  `${LINE} WHERE l.id > :after ORDER BY l.id LIMIT :limit`,
);
const TEXTS = statement<{ lines: string }, TextRow>(
  ({ integersOf }) => `SELECT line, part, salt, text FROM audit_text
     WHERE line IN (SELECT value FROM ${integersOf(':lines', 'l')}) ORDER BY line, part`,
);
const HEAD = statement<NoValues, { last: number; hash: Uint8Array }>(
  'SELECT last, hash FROM audit_head WHERE id = 1',
);
const ERASE = statement<{ texts: string }>(
  ({ folded, isIn }) => `DELETE FROM audit_text WHERE ${isIn(folded('text'), ':texts')}`,
);
const ERASE_OLD = statement<{ before: number; limit: number }>(
  `DELETE FROM audit_text WHERE (line, part) IN
   (SELECT line, part FROM audit_text WHERE at < :before ORDER BY at LIMIT :limit)`,
);

/** Beyond the largest id. */
const END = Number.MAX_SAFE_INTEGER;

export const auditReads: StepsOf<Pick<AuditReader, 'auditLines' | 'auditHead'>> = {
  *auditLines(filter, limit) {
    const values = valuesOf(filter);
    return yield* withTexts(yield* all(LINES(given(namesOf(values))), { ...values, limit }));
  },
  auditHead: headOf,
};

/** Its rows and the head are of one moment. */
export const auditStretchRead: StepsOf<Pick<AuditReader, 'auditStretch'>> = {
  *auditStretch(after, limit) {
    const lines = yield* withTexts(yield* all(STRETCH, { after, limit }));
    return { lines, head: yield* headOf() };
  },
};

export const auditWrites: StepsOf<AuditWriter> = {
  noteAudit: ({ atMs, actor, action, subject, account }) => audit(atMs, actor, action, subject, account),
  *eraseAuditText(texts, atMs, actor) {
    const folded = texts.map((text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
    const erased = yield* run(ERASE, { texts: JSON.stringify(folded) });
    yield* audit(atMs, actor, 'audit erase', `${erased} texts`);
    return erased;
  },
};

/** Removes some of the oldest clear text that is older than `beforeMs`; the lines stay. */
export function eraseTextBefore(beforeMs: number, limit: number): Steps<number> {
  return run(ERASE_OLD, { before: Math.round(beforeMs), limit });
}

function* headOf(): Steps<AuditHead> {
  const row = yield* one(HEAD, {});
  return { sequence: row?.last ?? 0, hash: row === undefined ? NO_HASH : hashOf(row.hash) };
}

function* withTexts(rows: readonly LineRow[]): Steps<readonly AuditLine[]> {
  const numbers = rows.flatMap(({ sequence }) => sequence ?? []);
  const texts = Map.groupBy(
    numbers.length === 0 ? [] : yield* all(TEXTS, { lines: JSON.stringify(numbers) }),
    ({ line }) => line,
  );
  return rows.map((row) => lineOf(row, texts.get(row.sequence ?? -1) ?? []));
}

function lineOf(row: LineRow, texts: readonly TextRow[]): AuditLine {
  const { id, sequence, at, actor, credential, account, origin, action, subject, hash, previous } = row;
  return {
    id,
    sequence: sequence ?? undefined,
    atMs: at,
    actor,
    credential: credential ?? undefined,
    account: account ?? undefined,
    origin: origin ?? undefined,
    action,
    subject,
    hash: hash === null ? undefined : hashOf(hash),
    previous: sequence === 1 ? NO_HASH : previous === null ? undefined : hashOf(previous),
    texts: texts.map(({ part, salt, text }) => ({ part, salt, text })),
  };
}

function hashOf(octets: Uint8Array): string {
  return octets.length === 0 ? NO_HASH : Buffer.from(octets).toString('hex');
}

function valuesOf({
  sinceMs,
  untilMs,
  actor,
  credential,
  account,
  action,
  text,
  before,
  after,
}: AuditFilter) {
  return {
    since: sinceMs,
    until: untilMs,
    actor,
    credential,
    account,
    action,
    actionOf: action === undefined ? undefined : `${pattern(action)} %`,
    text: text === undefined ? undefined : `%${pattern(text.toLowerCase())}%`,
    before: before ?? END,
    after,
  };
}

/** Of conditions, not of each value that they bind. */
function namesOf({ actionOf: _, ...values }: ReturnType<typeof valuesOf>) {
  return values;
}

function pattern(text: string): string {
  return text.replace(/[!%_]/g, '!$&');
}

export const auditTables: readonly CopiedTable[] = [
  copiedTable('audit', 'id', 'sequence at actor action subject account credential origin hash', {
    filledByUse: true,
  }),
  copiedTable('audit_text', 'line part', 'salt text at'),
  copiedTable('audit_head', 'id', 'last hash'),
];
