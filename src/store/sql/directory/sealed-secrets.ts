/** Secrets sealed under the master key (store/sealed-secrets.ts). */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { SealedReader, SealedWriter } from '../../sealed-secrets.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type StepsOf } from '../steps.ts';

const CHECK = statement<NoValues, { sealed: Uint8Array }>('SELECT sealed FROM master_key_check');
const KEEP_CHECK = statement<{ sealed: Uint8Array }>(
  'INSERT INTO master_key_check (id, sealed) VALUES (1, :sealed) ON CONFLICT (id) DO NOTHING',
);
const DKIM = statement<{ limit: number }, { domain: string; selector: string; sealed: Uint8Array }>(
  `SELECT d.name AS domain, k.selector, k.sealed_private_key AS sealed
   FROM dkim_key k JOIN domain d ON d.id = k.domain_id WHERE k.removable_at IS NULL ORDER BY k.id LIMIT :limit`,
);
const WEBHOOKS = statement<{ limit: number }, { webhook: string; sealed: Uint8Array }>(
  'SELECT public_id AS webhook, sealed_secret AS sealed FROM webhook ORDER BY id LIMIT :limit',
);

export const sealedReads: StepsOf<SealedReader> = {
  *masterKeyCheck() {
    return (yield* one(CHECK, {}))?.sealed;
  },
  *oldestSecrets(limit) {
    const keys = yield* all(DKIM, { limit });
    const webhooks = yield* all(WEBHOOKS, { limit });
    return [
      ...keys.map((row) => ({ kind: 'dkim' as const, ...row })),
      ...webhooks.map(({ webhook, sealed }) => ({ kind: 'webhook' as const, webhookId: webhook, sealed })),
    ];
  },
};

export const sealedWrites: StepsOf<SealedWriter> = {
  *keepMasterKeyCheck(sealed) {
    yield* run(KEEP_CHECK, { sealed });
  },
};

export const sealedTables: readonly CopiedTable[] = [copiedTable('master_key_check', 'id', 'sealed')];
