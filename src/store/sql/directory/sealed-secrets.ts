/** Secrets sealed under the master key (store/sealed-secrets.ts). */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { SealedPlace, SealedReader, SealedSecret, SealedWriter } from '../../sealed-secrets.ts';
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

const REPLACE_CHECK = statement<{ from: Uint8Array; to: Uint8Array }>(
  'UPDATE master_key_check SET sealed = :to WHERE id = 1 AND sealed = :from',
);

interface StoredRow {
  readonly row: number;
  readonly domain: string;
  readonly selector: string;
  readonly webhook: string;
  readonly factor: string;
  readonly sealed: Uint8Array;
}

/** Of each place: how its secrets are read, and written. */
const PLACES = {
  dkim: {
    after: statement<{ after: number; limit: number }, StoredRow>(
      `SELECT k.id AS row, d.name AS domain, k.selector, '' AS webhook, '' AS factor, k.sealed_private_key AS sealed
       FROM dkim_key k JOIN domain d ON d.id = k.domain_id
       WHERE k.id > :after AND k.removable_at IS NULL ORDER BY k.id LIMIT :limit`,
    ),
    put: resealIn('dkim_key', 'sealed_private_key'),
  },
  webhook: {
    after: webhooksAfter('sealed_secret'),
    put: resealIn('webhook', 'sealed_secret'),
  },
  'webhook-previous': {
    after: webhooksAfter('sealed_previous_secret'),
    put: resealIn('webhook', 'sealed_previous_secret'),
  },
  totp: {
    after: statement<{ after: number; limit: number }, StoredRow>(
      `SELECT id AS row, '' AS domain, '' AS selector, '' AS webhook, public_id AS factor, sealed_secret AS sealed
       FROM person_factor WHERE id > :after AND sealed_secret IS NOT NULL ORDER BY id LIMIT :limit`,
    ),
    put: resealIn('person_factor', 'sealed_secret'),
  },
} as const satisfies Record<SealedPlace, unknown>;

function webhooksAfter(column: string) {
  return statement<{ after: number; limit: number }, StoredRow>(
    `SELECT id AS row, '' AS domain, '' AS selector, public_id AS webhook, '' AS factor, ${column} AS sealed FROM webhook
     WHERE id > :after AND ${column} IS NOT NULL ORDER BY id LIMIT :limit`,
  );
}

function resealIn(table: string, column: string) {
  return statement<{ row: number; from: Uint8Array; to: Uint8Array }>(
    `UPDATE ${table} SET ${column} = :to WHERE id = :row AND ${column} = :from`,
  );
}

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
  *secretsAfter(place, after, limit) {
    const rows = yield* all(PLACES[place].after, { after, limit });
    return rows.map((row) => ({ row: row.row, secret: secretOf(place, row) }));
  },
};

function secretOf(place: SealedPlace, row: StoredRow): SealedSecret {
  const { domain, selector, webhook, factor, sealed } = row;
  if (place === 'totp') return { kind: 'totp', factorId: factor, sealed };
  return place === 'dkim'
    ? { kind: 'dkim', domain, selector, sealed }
    : { kind: 'webhook', webhookId: webhook, sealed };
}

export const sealedWrites: StepsOf<SealedWriter> = {
  *keepMasterKeyCheck(sealed) {
    yield* run(KEEP_CHECK, { sealed });
  },
  *replaceMasterKeyCheck(from, to) {
    yield* run(REPLACE_CHECK, { from, to });
  },
  *reseal(place, values) {
    let replaced = 0;
    for (const { row, from, to } of values) replaced += yield* run(PLACES[place].put, { row, from, to });
    return replaced;
  },
};

export const sealedTables: readonly CopiedTable[] = [copiedTable('master_key_check', 'id', 'sealed')];
