/** How much mail still waits to be signed with a domain's keys: asked before a domain goes. Read-only. */
import type { Database } from 'better-sqlite3';
import type { DomainMail, DomainMailReader } from '../../queue-admin.ts';
import { prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

interface Row {
  readonly looked_at: number;
  readonly waiting: number;
}

/** Open messages have an index of their own; how many are looked at bounds the read, some 3 µs each. */
export function createDomainMailReader(db: Database): Direct<DomainMailReader> {
  const select = prepare<[string, string, number], Row>(
    db,
    `SELECT count(*) AS looked_at,
       count(*) FILTER (WHERE signing_domain = ? AND account_id = (SELECT id FROM account WHERE public_id = ?)) AS waiting
     FROM (SELECT account_id, signing_domain FROM message INDEXED BY message_unsettled
       WHERE settled_at IS NULL ORDER BY public_id DESC LIMIT ?)`,
  );
  return {
    mailOfDomain({ name, accountId }, limit): DomainMail {
      const row = select.get(name, accountId, limit);
      return { messages: row?.waiting ?? 0, lookedAtAll: (row?.looked_at ?? 0) < limit };
    },
  };
}
