/** Rejected messages (store/refusals.ts), stored with their event; the oldest of an account are removed. */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import {
  MAX_REFUSED_MESSAGES,
  type NewRefusedMessage,
  type RefusalReader,
  type RefusedMessage,
} from '../../refusals.ts';
import { accountKeyOf } from '../directory/account-key.ts';
import { statement } from '../statement.ts';
import { all, appendEvent, one, run, type Steps, type StepsOf } from '../steps.ts';

const ROWS_A_STEP = 200;

interface Row {
  readonly public_id: string;
  readonly account: string;
  readonly account_public_id: string;
  readonly credential: string;
  readonly credential_name: string | null;
  readonly via: RefusedMessage['via'];
  readonly client: string;
  readonly refused_at: number;
  readonly reverse_path: string;
  readonly recipients: string;
  readonly recipient_count: number;
  readonly reply: string;
  readonly fix: string | null;
  readonly header_from: string | null;
  readonly subject: string | null;
  readonly left_out: number;
}

const COLUMNS = `r.public_id, a.name AS account, a.public_id AS account_public_id, r.credential,
  (SELECT name FROM credential WHERE public_id = r.credential) AS credential_name, r.via, r.client, r.refused_at,
  r.reverse_path, r.recipients, r.recipient_count, r.reply, r.fix, r.header_from, r.subject, r.left_out`;
const FROM = 'FROM refused_message r JOIN account a ON a.id = r.account_id';
const BEFORE =
  'r.id < coalesce((SELECT id FROM refused_message WHERE public_id = :before), 9223372036854775807)';

const ALL = statement<{ before: string; limit: number }, Row>(
  `SELECT ${COLUMNS} ${FROM} WHERE ${BEFORE} ORDER BY r.id DESC LIMIT :limit`,
);
const OF_ACCOUNT = statement<{ account: string; before: string; limit: number }, Row>(
  `SELECT ${COLUMNS} ${FROM} WHERE a.public_id = :account AND ${BEFORE} ORDER BY r.id DESC LIMIT :limit`,
);
const BY_ID = statement<{ id: string }, Row & { readonly headers: Uint8Array }>(
  `SELECT ${COLUMNS}, r.headers ${FROM} WHERE r.public_id = :id`,
);
const INSERT = statement<{
  id: string;
  account: number;
  credential: string;
  via: string;
  client: string;
  at: number;
  reversePath: string;
  recipients: string;
  count: number;
  reply: string;
  fix: string | undefined;
  from: string | undefined;
  subject: string | undefined;
  leftOut: number;
  headers: Uint8Array;
}>(
  `INSERT INTO refused_message (public_id, account_id, credential, via, client, refused_at, reverse_path, recipients,
     recipient_count, reply, fix, header_from, subject, left_out, headers)
   VALUES (:id, :account, :credential, :via, :client, :at, :reversePath, :recipients,
     :count, :reply, :fix, :from, :subject, :leftOut, :headers)`,
);
const TRIM = statement<{ account: number; kept: number }>(
  `DELETE FROM refused_message WHERE account_id = :account AND id <=
   (SELECT id FROM refused_message WHERE account_id = :account ORDER BY id DESC LIMIT 1 OFFSET :kept)`,
);
const REMOVE = statement<{ before: number; limit: number }>(
  `DELETE FROM refused_message WHERE id IN
   (SELECT id FROM refused_message WHERE refused_at < :before LIMIT :limit)`,
);

export const refusalReads: StepsOf<RefusalReader> = {
  *refusedMessages(account, before = '', limit) {
    const rows =
      account === undefined
        ? yield* all(ALL, { before, limit })
        : yield* all(OF_ACCOUNT, { account, before, limit });
    return rows.map(refusedOf);
  },
  *refusedMessage(id) {
    const row = yield* one(BY_ID, { id });
    return row && { ...refusedOf(row), headers: row.headers };
  },
};

export function* keepRefusedMessage(message: NewRefusedMessage): Steps<void> {
  const {
    id,
    credentialId: credential,
    via,
    client,
    reversePath,
    recipients,
    reply,
    subject,
    leftOut,
  } = message;
  const at = Math.round(message.refusedAtMs);
  const account = yield* accountKeyOf(message.accountId);
  yield* run(INSERT, {
    id,
    account,
    credential,
    via,
    client,
    at,
    reversePath,
    recipients: JSON.stringify(recipients),
    count: message.recipientCount,
    reply,
    fix: message.fix,
    from: message.headerFrom,
    subject,
    leftOut,
    headers: message.headers,
  });
  yield* run(TRIM, { account, kept: MAX_REFUSED_MESSAGES });
  yield* appendEvent({
    type: 'refused',
    atMs: at,
    about: { accountKey: account, stream: undefined, messageId: id },
    data: {
      reply,
      reverse_path: reversePath,
      recipients,
      recipient_count: message.recipientCount,
      header_from: message.headerFrom ?? null,
      subject: subject ?? null,
      credential_id: credential,
      client,
      via,
      left_out: leftOut,
    },
  });
}

/** Removes some that were rejected before `beforeMs`; resolves to the number removed. */
export function* removeRefusedBefore(beforeMs: number): Steps<number> {
  return yield* run(REMOVE, { before: Math.round(beforeMs), limit: ROWS_A_STEP });
}

function refusedOf(row: Row): RefusedMessage {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    accountName: row.account,
    credentialId: row.credential,
    credentialName: row.credential_name ?? undefined,
    via: row.via,
    client: row.client,
    refusedAtMs: row.refused_at,
    reversePath: row.reverse_path,
    recipients: JSON.parse(row.recipients) as string[],
    recipientCount: row.recipient_count,
    reply: row.reply,
    fix: row.fix ?? undefined,
    headerFrom: row.header_from ?? undefined,
    subject: row.subject ?? undefined,
    leftOut: row.left_out,
  };
}

export const refusalTables: readonly CopiedTable[] = [
  copiedTable(
    'refused_message',
    'id',
    `public_id account_id credential via client refused_at reverse_path recipients recipient_count reply header_from
     subject fix left_out headers`,
  ),
];
