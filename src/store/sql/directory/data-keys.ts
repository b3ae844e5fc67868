/** Master keys by id, and the hashes that were made under each (store/data-keys.ts). */
import { KEY_ID_LENGTH } from '../../../platform/secret-box.ts';
import { AFTER_HASHES, HASH_PREFIX } from '../../hashed-addresses.ts';
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { DataKeyReader, DataKeyRecord, DataKeyWriter } from '../../data-keys.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { audit } from './audit.ts';
import { raiseDirectoryVersion } from './change.ts';

interface Row {
  readonly key_id: string;
  readonly adopted_at: number;
  readonly used_at: number;
}

const KEYS = statement<NoValues, Row>(
  'SELECT key_id, adopted_at, used_at FROM data_key ORDER BY adopted_at, id',
);
const FIRST = '(SELECT key_id FROM data_key ORDER BY id LIMIT 1)';
const FIRST_KEY = statement<NoValues, { key: string | null }>(`SELECT ${FIRST} AS key`);
const ADD = statement<{ key: string; adopted: number; at: number }>(
  `INSERT INTO data_key (key_id, adopted_at, used_at) VALUES (:key, :adopted, :at)
   ON CONFLICT (key_id) DO NOTHING`,
);
const ADOPT = statement<{ key: string; adopted: number }>(
  'UPDATE data_key SET adopted_at = :adopted WHERE key_id = :key',
);
const USE = statement<{ key: string; at: number }>(
  ({ greater }) => `UPDATE data_key SET used_at = ${greater('used_at', ':at')} WHERE key_id = :key`,
);
/** Secrets of credentials that may be used. An old secret counts by itself; the fingerprint of a certificate is under no key. */
const SECRETS = `SELECT c.id AS row, 0 AS old, c.public_id AS id, c.name, c.account_id, coalesce(c.secret_key, ${FIRST}) AS key
    FROM credential c
    WHERE c.secret_hash IS NOT NULL AND c.by_certificate = 0 AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > :now)
  UNION ALL
  SELECT c.id, 1, c.public_id, c.name, c.account_id, coalesce(c.old_secret_key, ${FIRST})
    FROM credential c
    WHERE c.old_secret_hash IS NOT NULL AND c.by_certificate = 0 AND c.old_secret_until > :now AND c.revoked_at IS NULL
      AND (c.expires_at IS NULL OR c.expires_at > :now)`;
const COUNTS = statement<{ key: string; now: number }, { key: string | null; secrets: number }>(
  `SELECT s.key, count(*) AS secrets FROM (${SECRETS}) s WHERE coalesce(s.key, '') <> :key GROUP BY s.key ORDER BY s.key`,
);
const FIRST_ONES = statement<
  { key: string; now: number; limit: number },
  { key: string | null; account: string; id: string; name: string }
>(
  `SELECT s.key, a.name AS account, s.id, s.name FROM (${SECRETS}) s JOIN account a ON a.id = s.account_id
   WHERE coalesce(s.key, '') <> :key ORDER BY s.row, s.old LIMIT :limit`,
);
const ERASED = statement<{ key: string }, { key: string; suppressions: number }>(
  `SELECT substr(s.address, ${HASH_PREFIX.length + 1}, ${KEY_ID_LENGTH}) AS key, count(*) AS suppressions
   FROM account a CROSS JOIN suppression s
   WHERE s.account_id = a.id AND s.address > '${HASH_PREFIX}' AND s.address < '${AFTER_HASHES}'
     AND substr(s.address, ${HASH_PREFIX.length + 1}, ${KEY_ID_LENGTH}) <> :key
   GROUP BY substr(s.address, ${HASH_PREFIX.length + 1}, ${KEY_ID_LENGTH})`,
);
const NEWEST_RECIPIENT = statement<NoValues, { day: number | null }>(
  'SELECT max(day) AS day FROM known_recipient',
);
const REHASH = statement<{ id: string; from: Uint8Array; to: Uint8Array; key: string }>(
  `UPDATE credential SET secret_hash = :to, secret_key = :key
   WHERE public_id = :id AND secret_hash = :from AND revoked_at IS NULL`,
);
const REHASH_OLD = statement<{ id: string; from: Uint8Array; to: Uint8Array; key: string }>(
  `UPDATE credential SET old_secret_hash = :to, old_secret_key = :key
   WHERE public_id = :id AND old_secret_hash = :from AND revoked_at IS NULL`,
);
const KNOWN = statement<{ holder: string; from: string }, { day: number }>(
  'SELECT day FROM known_recipient WHERE holder = :holder AND recipient = :from',
);
const KNOW = statement<{ holder: string; to: string; day: number }>(
  `INSERT INTO known_recipient (holder, recipient, day) VALUES (:holder, :to, :day)
   ON CONFLICT (holder, recipient) DO NOTHING`,
);
const FORGET = statement<{ holder: string; from: string }>(
  'DELETE FROM known_recipient WHERE holder = :holder AND recipient = :from',
);

export const dataKeyReads: StepsOf<DataKeyReader> = {
  dataKeys: keys,
  *firstDataKey() {
    return (yield* one(FIRST_KEY, {}))?.key ?? undefined;
  },
  *hashesUnderOthers(key, nowMs, limit) {
    const now = Math.round(nowMs);
    const counts = yield* all(COUNTS, { key, now });
    const first = yield* all(FIRST_ONES, { key, now, limit });
    const erased = yield* all(ERASED, { key });
    return {
      erased: erased.map(({ key: keyId, suppressions }) => ({ keyId, suppressions })),
      counts: counts.map(({ key: of, secrets }) => ({ keyId: of ?? undefined, secrets })),
      first: first.map(({ key: of, account, id, name }) => ({
        keyId: of ?? undefined,
        account,
        credentialId: id,
        name,
      })),
    };
  },
  *newestKnownRecipient() {
    return (yield* one(NEWEST_RECIPIENT, {}))?.day ?? undefined;
  },
};

export const dataKeyWrites: StepsOf<DataKeyWriter> = {
  *noteDataKey({ keyId, before, takesOver, atMs }, actor) {
    // Its row stays locked: nodes that start at once come one after the other.
    yield* raiseDirectoryVersion();
    const at = Math.round(atMs);
    let known = yield* keys();
    if (known.length === 0 && before !== undefined && before !== keyId) {
      yield* run(ADD, { key: before, adopted: at, at });
      known = yield* keys();
    }
    const isNew = known.every((one) => one.keyId !== keyId);
    const adopts = isNew || (takesOver && known.at(-1)?.keyId !== keyId);
    // Clocks of nodes differ: the order is what counts.
    const adopted = Math.max(at, (known.at(-1)?.adoptedAtMs ?? -1) + 1);
    if (isNew) yield* run(ADD, { key: keyId, adopted, at });
    else if (adopts) yield* run(ADOPT, { key: keyId, adopted });
    yield* run(USE, { key: keyId, at });
    if (adopts) yield* audit(atMs, actor, 'data-key use', keyId);
    return yield* keys();
  },
  *rehashSecrets(key, rehashes) {
    yield* raiseDirectoryVersion();
    if (!(yield* isPresent(key))) return 0;
    let replaced = 0;
    for (const { credentialId: id, from, to } of rehashes) {
      replaced += yield* run(REHASH, { id, from, to, key });
      replaced += yield* run(REHASH_OLD, { id, from, to, key });
    }
    return replaced;
  },
  *rehashRecipients(key, rehashes) {
    if (!(yield* isPresent(key))) return;
    const sorted = [...rehashes].sort((a, b) => order(a.holder, b.holder) || order(a.from, b.from));
    for (const { holder, from, to } of sorted) {
      const known = yield* one(KNOWN, { holder, from });
      if (known === undefined) continue;
      yield* run(KNOW, { holder, to, day: known.day });
      yield* run(FORGET, { holder, from });
    }
  },
};

export const dataKeyTables: readonly CopiedTable[] = [
  copiedTable('data_key', 'id', 'key_id adopted_at used_at'),
];

function* keys(): Steps<readonly DataKeyRecord[]> {
  const rows = yield* all(KEYS, {});
  return rows.map((row) => ({ keyId: row.key_id, adoptedAtMs: row.adopted_at, usedAtMs: row.used_at }));
}

/** Of a store that knows of no key yet, every key is. */
function* isPresent(key: string): Steps<boolean> {
  return ((yield* keys()).at(-1)?.keyId ?? key) === key;
}

function order(one: string, other: string): number {
  return Number(one > other) - Number(one < other);
}
