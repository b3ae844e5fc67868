/** The directory's role, assembled from its nouns. */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { DirectoryReader, DirectoryWriter } from '../../directory.ts';
import type { LastUseReader } from '../../last-use.ts';
import type { UsageReader } from '../../usage.ts';
import type { StepsOf } from '../steps.ts';
import { accountReads, accountWrites } from './accounts.ts';
import { lastUseReads } from './credential-use.ts';
import { credentialWrites } from './credential-writes.ts';
import { credentialReads } from './credentials.ts';
import { dkimKeyReads, dkimKeyWrites } from './dkim-keys.ts';
import { domainTermReads, domainTermWrites } from './domain-terms.ts';
import { domainReads, domainWrites } from './domains.ts';
import { hashedSuppressionReads } from './hashed-suppressions.ts';
import { storageReads } from './storage.ts';
import { streamReads, streamWrites } from './streams.ts';
import { usageReads } from './usage.ts';

export const directoryReads: StepsOf<DirectoryReader & UsageReader & LastUseReader> = {
  ...accountReads,
  ...streamReads,
  ...domainReads,
  ...dkimKeyReads,
  ...domainTermReads,
  ...credentialReads,
  ...hashedSuppressionReads,
  ...lastUseReads,
  ...usageReads,
  ...storageReads,
};

export const directoryWrites: StepsOf<DirectoryWriter> = {
  ...accountWrites,
  ...streamWrites,
  ...domainWrites,
  ...dkimKeyWrites,
  ...domainTermWrites,
  ...credentialWrites,
};

export const directoryTables: readonly CopiedTable[] = [
  copiedTable(
    'account',
    'id',
    'public_id name created_at limits storage retain_content retain_metadata retain_events removing_since version health',
  ),
  copiedTable('account_storage', 'account_id', 'octets below'),
  copiedTable(
    'domain',
    'id',
    'public_id account_id name verified_at failing_since record_status created_at failed_looks delegated rotate_every',
    { filledByUse: true },
  ),
  copiedTable(
    'dkim_key',
    'id',
    'domain_id selector algorithm sealed_private_key public_key state created_at seen_at seen_since failing_since activated_at retired_at removable_at failed_looks dropped_at',
  ),
  copiedTable('dkim_selector', 'domain selector', 'at', { filledByUse: true }),
  copiedTable('stream', 'account_id name', 'kind created_at terms'),
  copiedTable('stream_misfit', 'account_id stream misfit', 'first_at last_at messages example'),
  copiedTable(
    'credential',
    'id',
    `public_id account_id kind name username secret_hash networks domains from_addresses scopes stream rate_per_minute
     daily_quota require_tls send_dsn dsn_to expires_at revoked_at created_at version limits old_secret_hash old_secret_until
     by_certificate certificate_subject certificate_until
     secret_key old_secret_key`,
    { filledByUse: true },
  ),
  copiedTable('credential_usage', 'day credential_id', 'recipients'),
  copiedTable(
    'credential_use',
    'credential_id',
    'at address name tls secret_at old_secret_at networks new_network new_network_at certificate_subject certificate_until',
  ),
  copiedTable('usage_count', 'holder period number', 'messages recipients new_recipients ends_at'),
  copiedTable('known_recipient', 'holder recipient', 'day'),
];
