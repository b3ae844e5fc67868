/** All migrations in order. Released ones never change: a test keeps their hashes. */
import { initial } from './0001-initial.ts';
import { suppressionAndHealth } from './0002-suppression-and-health.ts';
import { reports } from './0003-reports.ts';
import { expiry } from './0004-expiry.ts';
import { eventsAndWebhooks } from './0005-events-and-webhooks.ts';
import { idempotencyAndTemplates } from './0006-idempotency-and-templates.ts';
import { statistics } from './0007-statistics.ts';
import { messagesOfAnAccount } from './0008-messages-of-an-account.ts';
import { loginThrottle } from './0009-login-throttle.ts';
import { domainClaims } from './0010-domain-claims.ts';
import { keysOfAddresses } from './0011-keys-of-addresses.ts';
import { unverifiedReports } from './0012-unverified-reports.ts';
import { credentialVersions } from './0013-credential-versions.ts';
import { ownFailures } from './0014-own-failures.ts';
import { destinationTries } from './0015-destination-tries.ts';
import { masterKeyCheck } from './0016-master-key-check.ts';
import { refusedMessages } from './0017-refused-messages.ts';
import { tlsFailures } from './0018-tls-failures.ts';
import { checks } from './0019-checks.ts';
import { routes } from './0020-routes.ts';
import { sources } from './0021-sources.ts';
import { shaping } from './0022-shaping.ts';
import { domainsInTime } from './0023-domains-in-time.ts';
import { credentialsInUse } from './0024-credentials-in-use.ts';
import { auditChain } from './0025-audit-chain.ts';
import { accountTerms } from './0026-account-terms.ts';
import { waits } from './0027-waits.ts';
import { checksWithoutLists } from './0028-checks-without-lists.ts';
import { streamTerms } from './0029-stream-terms.ts';
import { keysAndHealth } from './0030-keys-and-health.ts';
import { clientCertificates } from './0031-client-certificates.ts';
import { unsubscribe } from './0032-unsubscribe.ts';
import { suppressionsByReason } from './0033-suppressions-by-reason.ts';
import { dataKeys } from './0034-data-keys.ts';
import { erasures } from './0035-erasures.ts';
import { messageSearch } from './0036-message-search.ts';
import { people } from './0037-people.ts';
import { personFactors } from './0038-person-factors.ts';
import { personIdentities } from './0039-person-identities.ts';
import type { Migration } from './migration.ts';

export const migrations: readonly Migration[] = [
  initial,
  suppressionAndHealth,
  reports,
  expiry,
  eventsAndWebhooks,
  idempotencyAndTemplates,
  statistics,
  messagesOfAnAccount,
  loginThrottle,
  domainClaims,
  keysOfAddresses,
  unverifiedReports,
  credentialVersions,
  ownFailures,
  destinationTries,
  masterKeyCheck,
  refusedMessages,
  tlsFailures,
  checks,
  routes,
  sources,
  shaping,
  domainsInTime,
  credentialsInUse,
  auditChain,
  accountTerms,
  waits,
  checksWithoutLists,
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
