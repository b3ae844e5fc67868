/**
 * Adds a line to the chain. The head's row is locked first and stays locked until the commit, so that the chain is one line
 * after the other on every engine, whoever writes. An engine does this last in a transaction: nobody who has the head waits
 * for anything else, and nobody has it for long.
 */
import { credentialOf, parseActor } from '../../../policy/actor.ts';
import { oneLine } from '../../../platform/visible-text.ts';
import type { AuditEntry, SubjectPart } from '../../audit.ts';
import { chainedSubject, hashOfLine, hashOfText, NO_HASH } from '../../audit-chain.ts';
import { StoreError } from '../../errors.ts';
import { statement, type NoValues } from '../statement.ts';
import { one, run, type Steps } from '../steps.ts';

const TAKE_HEAD = statement<NoValues, { last: number; hash: Uint8Array }>(
  'UPDATE audit_head SET last = last + 1 WHERE id = 1 RETURNING last, hash',
);
const SET_HEAD = statement<{ hash: Uint8Array }>('UPDATE audit_head SET hash = :hash WHERE id = 1');
const INSERT = statement<{
  sequence: number;
  at: number;
  actor: string;
  credential: string | undefined;
  account: string | undefined;
  origin: string | undefined;
  action: string;
  subject: string;
  hash: Uint8Array;
}>(
  `INSERT INTO audit (sequence, at, actor, credential, account, origin, action, subject, hash)
   VALUES (:sequence, :at, :actor, :credential, :account, :origin, :action, :subject, :hash)`,
);
const SALT = statement<NoValues, { salt: Uint8Array }>(({ salt }) => `SELECT ${salt} AS salt`);
const INSERT_TEXT = statement<{ line: number; part: number; salt: Uint8Array; text: string; at: number }>(
  'INSERT INTO audit_text (line, part, salt, text, at) VALUES (:line, :part, :salt, :text, :at)',
);

/** Of a tenant's words there is no more in a line; what is left out is said. */
const MAX_PARTS = 50;
const MAX_CHARS = 1_000;

export function* appendLine({ atMs, actor, action, subject, account }: AuditEntry): Steps<void> {
  const head = yield* one(TAKE_HEAD, {});
  if (head === undefined)
    throw new StoreError('conflict', 'the audit log has lost its head: nothing is changed');
  const at = Math.round(atMs);
  const { kind, name, origin } = parseActor(actor);
  const parts = yield* hashedParts(subject, head.last, at);
  const line = {
    sequence: head.last,
    atMs: at,
    actor: plain(name === undefined ? kind : `${kind}:${name}`),
    credential: given(credentialOf({ kind, name })),
    account: given(account),
    origin: given(origin),
    action: plain(action),
    subject: chainedSubject(parts),
  };
  const previous = head.hash.length === 0 ? NO_HASH : Buffer.from(head.hash).toString('hex');
  const hash = Buffer.from(hashOfLine(line, previous), 'hex');
  const { atMs: _at, ...columns } = line;
  yield* run(INSERT, { ...columns, at, hash });
  yield* run(SET_HEAD, { hash });
}

/** Personal texts go beside the chain, each with a salt of its own. */
function* hashedParts(
  subject: AuditEntry['subject'],
  line: number,
  at: number,
): Steps<readonly (string | { readonly hash: string })[]> {
  const parts: (string | { readonly hash: string })[] = [];
  let hashed = 0;
  const given: readonly SubjectPart[] = typeof subject === 'string' ? [subject] : subject;
  for (const part of given.slice(0, MAX_PARTS)) {
    if (typeof part === 'string') {
      parts.push(plain(part));
      continue;
    }
    const text = plain(part.text);
    const salt = (yield* one(SALT, {}))?.salt ?? new Uint8Array();
    yield* run(INSERT_TEXT, { line, part: hashed++, salt, text, at });
    parts.push({ hash: hashOfText(salt, text) });
  }
  const left = given.length - MAX_PARTS;
  return left > 0 ? [...parts, `(${left} more)`] : parts;
}

function given(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : plain(text);
}

/** In the form that every engine stores as it is, and that breaks no line. */
function plain(text: string): string {
  const left = text.length - MAX_CHARS;
  const kept = oneLine(text.slice(0, MAX_CHARS).toWellFormed());
  return left > 0 ? `${kept} (${left} more characters)` : kept;
}
