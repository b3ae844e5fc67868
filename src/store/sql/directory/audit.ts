/**
 * A line of the audit log: who changed what. It is part of the transaction of the change; the engine adds it to the chain as
 * the last thing before the commit.
 */
import { credentialOf, parseActor } from '../../../policy/actor.ts';
import type { AuditEntry } from '../../audit.ts';
import { statement } from '../statement.ts';
import { auditLine, one, type Steps } from '../steps.ts';

const ACCOUNT = statement<{ key: number }, { id: string }>(
  'SELECT public_id AS id FROM account WHERE id = :key',
);
/** The account of a row with a public id. */
const ACCOUNT_OF = {
  credential: accountOf('credential'),
  webhook: accountOf('webhook'),
  report: accountOf('unverified_report'),
};

/** The account that a line concerns: its public id or its key, or that of something by its public id. */
export type Concerned =
  string | number | { readonly of: keyof typeof ACCOUNT_OF; readonly id: string } | undefined;

/**
 * `action` is a command's name such as `domain add`, `subject` what it was done to: words, and personal texts as `{text}`.
 * Without `account` it is the account of the API key that acts, if there is one.
 */
export function* audit(
  atMs: number,
  actor: string,
  action: string,
  subject: AuditEntry['subject'],
  account?: Concerned,
): Steps<void> {
  yield* auditLine({ atMs, actor, action, subject, account: yield* accountConcerned(account, actor) });
}

/** Its public id. */
export function* accountConcerned(account: Concerned, actor: string): Steps<string | undefined> {
  if (typeof account === 'string') return account;
  if (typeof account === 'number') return (yield* one(ACCOUNT, { key: account }))?.id;
  const key = credentialOf(parseActor(actor));
  const { of, id } = account ?? { of: 'credential', id: key };
  return id === undefined ? undefined : (yield* one(ACCOUNT_OF[of], { id }))?.id;
}

function accountOf(table: string) {
  return statement<{ id: string }, { id: string }>(
    `SELECT a.public_id AS id FROM ${table} t JOIN account a ON a.id = t.account_id WHERE t.public_id = :id`,
  );
}
