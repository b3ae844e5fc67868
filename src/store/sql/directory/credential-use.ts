/** The last use of each credential (store/last-use.ts), one row each. */
import { afterUse, type SeenNetwork, type UseRecord } from '../../../policy/credential-use.ts';
import type { LastUseReader, LastUseWriter, NewNetworkUse } from '../../last-use.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps, type StepsOf } from '../steps.ts';
import { certificateFactsOf } from './directory-rows.ts';

interface Row {
  readonly public_id: string;
  readonly at: number;
  readonly address: string | null;
  readonly name: string | null;
  readonly tls: string | null;
  readonly secret_at: number | null;
  readonly old_secret_at: number | null;
  readonly networks: string;
  readonly new_network: string | null;
  readonly new_network_at: number | null;
  readonly certificate_subject: string | null;
  readonly certificate_until: number | null;
}

const USES = statement<{ ids: string }, Row>(
  ({ isIn }) => `SELECT c.public_id, u.at, u.address, u.name, u.tls, u.secret_at, u.old_secret_at, u.networks,
     u.new_network, u.new_network_at, u.certificate_subject, u.certificate_until
   FROM credential c JOIN credential_use u ON u.credential_id = c.id WHERE ${isIn('c.public_id', ':ids')}`,
);
const UNUSED = statement<
  { account: string; before: number; now: number; limit: number },
  { id: string; name: string; since: number }
>(
  `SELECT c.public_id AS id, c.name, coalesce(u.at, c.created_at) AS since
   FROM credential c LEFT JOIN credential_use u ON u.credential_id = c.id
   WHERE c.account_id = (SELECT id FROM account WHERE public_id = :account) AND c.revoked_at IS NULL
     AND (c.expires_at IS NULL OR c.expires_at > :now) AND c.created_at <= :before AND coalesce(u.at, 0) <= :before
   ORDER BY since, c.id LIMIT :limit`,
);
const NEW_NETWORKS = statement<
  { account: string; since: number; limit: number },
  { id: string; name: string; network: string; at: number }
>(
  `SELECT c.public_id AS id, c.name, u.new_network AS network, u.new_network_at AS at
   FROM credential c JOIN credential_use u ON u.credential_id = c.id
   WHERE c.account_id = (SELECT id FROM account WHERE public_id = :account) AND c.revoked_at IS NULL
     AND u.new_network_at >= :since
   ORDER BY u.new_network_at, c.id LIMIT :limit`,
);
const CERTIFICATES_ENDING = statement<
  { account: string; from: number; to: number; limit: number },
  { id: string; name: string; until: number }
>(
  `SELECT c.public_id AS id, c.name, coalesce(c.certificate_until, u.certificate_until) AS until
   FROM credential c LEFT JOIN credential_use u ON u.credential_id = c.id
   WHERE c.account_id = (SELECT id FROM account WHERE public_id = :account) AND c.revoked_at IS NULL
     AND c.by_certificate = 1 AND coalesce(c.certificate_until, u.certificate_until) BETWEEN :from AND :to
   ORDER BY until, c.id LIMIT :limit`,
);
const CREDENTIAL = statement<{ id: string }, { key: number; created_at: number }>(
  'SELECT id AS key, created_at FROM credential WHERE public_id = :id',
);
const PUT = statement<{
  key: number;
  at: number;
  address: string | undefined;
  name: string | undefined;
  tls: string | undefined;
  secret: number | undefined;
  oldSecret: number | undefined;
  networks: string;
  newNetwork: string | undefined;
  newNetworkAt: number | undefined;
  subject: string | undefined;
  until: number | undefined;
}>(
  `INSERT INTO credential_use (credential_id, at, address, name, tls, secret_at, old_secret_at, networks, new_network,
     new_network_at, certificate_subject, certificate_until)
   VALUES (:key, :at, :address, :name, :tls, :secret, :oldSecret, :networks, :newNetwork, :newNetworkAt, :subject, :until)
   ON CONFLICT (credential_id) DO UPDATE SET at = excluded.at, address = excluded.address, name = excluded.name,
     tls = excluded.tls, secret_at = excluded.secret_at, old_secret_at = excluded.old_secret_at,
     networks = excluded.networks, new_network = excluded.new_network, new_network_at = excluded.new_network_at,
     certificate_subject = excluded.certificate_subject, certificate_until = excluded.certificate_until`,
);
const SECRET_KEPT = statement<{ id: string }>(
  `UPDATE credential_use SET old_secret_at = secret_at, secret_at = NULL, certificate_subject = NULL, certificate_until = NULL
   WHERE credential_id = (SELECT id FROM credential WHERE public_id = :id)`,
);
const SECRET_ENDED = statement<{ id: string }>(
  `UPDATE credential_use SET old_secret_at = NULL, secret_at = NULL, certificate_subject = NULL, certificate_until = NULL
   WHERE credential_id = (SELECT id FROM credential WHERE public_id = :id)`,
);

export const lastUseReads: StepsOf<LastUseReader> = {
  *lastUses(ids) {
    const rows = yield* all(USES, { ids: JSON.stringify(ids) });
    return rows.map((row) => ({ credentialId: row.public_id, ...recordOf(row) }));
  },
  *unusedCredentials(account, beforeMs, nowMs, limit) {
    const [before, now] = [Math.round(beforeMs), Math.round(nowMs)];
    const rows = yield* all(UNUSED, { account, before, now, limit });
    return rows.map(({ id, name, since: sinceMs }) => ({ id, name, sinceMs }));
  },
  *newNetworks(account, sinceMs, limit) {
    const rows = yield* all(NEW_NETWORKS, { account, since: Math.round(sinceMs), limit });
    return rows.map(({ id, name, network, at: atMs }) => ({ id, name, network, atMs }));
  },
  *certificatesEnding(account, fromMs, toMs, limit) {
    const [from, to] = [Math.floor(fromMs), Math.floor(toMs)];
    const rows = yield* all(CERTIFICATES_ENDING, { account, from, to, limit });
    return rows.map(({ id, name, until: atMs }) => ({ id, name, atMs }));
  },
};

export const lastUseWrites: StepsOf<LastUseWriter> = {
  *recordUses(uses) {
    const found: NewNetworkUse[] = [];
    // In one order on all nodes.
    const sorted = [...uses].sort(
      (a, b) => Number(a.credentialId > b.credentialId) - Number(a.credentialId < b.credentialId),
    );
    for (const use of sorted) {
      const { credentialId: id } = use;
      const credential = yield* one(CREDENTIAL, { id });
      if (credential === undefined) continue;
      const [row] = yield* all(USES, { ids: JSON.stringify([id]) });
      const { record, isNewNetwork } = afterUse(row && recordOf(row), use, {
        createdAtMs: credential.created_at,
      });
      yield* put(credential.key, record);
      if (isNewNetwork && record.newNetwork !== undefined)
        found.push({ credentialId: id, network: record.newNetwork.network });
    }
    return found;
  },
};

/** In the transaction that replaces the secret. `kept`: the one before stays valid for a while. */
export function* secretReplaced(id: string, kept: boolean): Steps<void> {
  yield* run(kept ? SECRET_KEPT : SECRET_ENDED, { id });
}

function* put(key: number, record: UseRecord): Steps<void> {
  yield* run(PUT, {
    key,
    at: Math.round(record.atMs),
    address: record.address,
    name: record.name,
    tls: record.tls,
    secret: rounded(record.secretAtMs),
    oldSecret: rounded(record.oldSecretAtMs),
    networks: JSON.stringify(
      record.networks.map(({ network, firstAtMs, lastAtMs }) => [
        network,
        Math.round(firstAtMs),
        Math.round(lastAtMs),
      ]),
    ),
    newNetwork: record.newNetwork?.network,
    newNetworkAt: rounded(record.newNetwork?.atMs),
    subject: record.certificate?.subject,
    until: rounded(record.certificate?.notAfterMs),
  });
}

function recordOf(row: Row): UseRecord {
  const networks = JSON.parse(row.networks) as readonly (readonly [string, number, number])[];
  return {
    atMs: row.at,
    address: row.address ?? undefined,
    name: row.name ?? undefined,
    tls: row.tls ?? undefined,
    secretAtMs: row.secret_at ?? undefined,
    oldSecretAtMs: row.old_secret_at ?? undefined,
    networks: networks.map(([network, firstAtMs, lastAtMs]): SeenNetwork => ({
      network,
      firstAtMs,
      lastAtMs,
    })),
    newNetwork:
      row.new_network === null || row.new_network_at === null
        ? undefined
        : { network: row.new_network, atMs: row.new_network_at },
    ...(row.certificate_until !== null && {
      certificate: certificateFactsOf(row.certificate_subject, row.certificate_until),
    }),
  };
}

function rounded(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : Math.round(atMs);
}
