/** Reading what is sealed (store/sealed-secrets.ts). */
import type { Database } from 'better-sqlite3';
import type { SealedReader } from '../../sealed-secrets.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

/** On `db`, which may be read-only. */
export function createSealedReader(db: Database): Direct<SealedReader> {
  const check = pluck<[], Uint8Array>(db, 'SELECT sealed FROM master_key_check');
  const dkim = prepare<[number], { domain: string; selector: string; sealed: Uint8Array }>(
    db,
    `SELECT d.name AS domain, k.selector, k.sealed_private_key AS sealed
     FROM dkim_key k JOIN domain d ON d.id = k.domain_id ORDER BY k.id LIMIT ?`,
  );
  const webhooks = prepare<[number], { webhookId: string; sealed: Uint8Array }>(
    db,
    'SELECT public_id AS webhookId, sealed_secret AS sealed FROM webhook ORDER BY id LIMIT ?',
  );
  return {
    masterKeyCheck: () => check.get(),
    oldestSecrets: (limit) => [
      ...dkim.all(limit).map((row) => ({ kind: 'dkim' as const, ...row })),
      ...webhooks.all(limit).map((row) => ({ kind: 'webhook' as const, ...row })),
    ],
  };
}
