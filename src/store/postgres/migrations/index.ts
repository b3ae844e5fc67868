/** All migrations in order. Released ones never change: a test keeps their hashes. */
import { directory } from './0001-directory.ts';
import { administration } from './0002-administration.ts';
import { checks } from './0003-checks.ts';
import { spool } from './0004-spool.ts';
import { countsByNode } from './0005-counts-by-node.ts';
import { sharedLimits } from './0006-shared-limits.ts';
import { routes } from './0007-routes.ts';
import { sources } from './0008-sources.ts';
import { shaping } from './0009-shaping.ts';
import { domainsInTime } from './0010-domains-in-time.ts';
import { credentialsInUse } from './0011-credentials-in-use.ts';
import { auditChain } from './0012-audit-chain.ts';
import { accountTerms } from './0013-account-terms.ts';
import { waits } from './0014-waits.ts';
import { streamTerms } from './0015-stream-terms.ts';
import { keysAndHealth } from './0016-keys-and-health.ts';
import { clientCertificates } from './0017-client-certificates.ts';
import { unsubscribe } from './0018-unsubscribe.ts';
import { suppressionsByReason } from './0019-suppressions-by-reason.ts';
import { dataKeys } from './0020-data-keys.ts';
import { erasures } from './0021-erasures.ts';
import { messageSearch } from './0022-message-search.ts';
import { people } from './0023-people.ts';
import { personFactors } from './0024-person-factors.ts';
import { personIdentities } from './0025-person-identities.ts';
import type { PostgresMigration } from './migration.ts';

export const MIGRATIONS: readonly PostgresMigration[] = [
  directory,
  administration,
  checks,
  spool,
  countsByNode,
  sharedLimits,
  routes,
  sources,
  shaping,
  domainsInTime,
  credentialsInUse,
  auditChain,
  accountTerms,
  waits,
  streamTerms,
  keysAndHealth,
  clientCertificates,
  unsubscribe,
  suppressionsByReason,
  dataKeys,
  erasures,
  messageSearch,
  people,
  personFactors,
  personIdentities,
];
