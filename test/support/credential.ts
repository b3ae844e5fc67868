/** A credential of kind `smtp` as most tests have it: may send from every domain of its account, without limits. */
import type { Credential } from '../../src/store/directory-records.ts';

export const SMTP_CREDENTIAL: Credential = {
  id: 'crd_1',
  accountId: 'acc_1',
  accountName: 'default',
  kind: 'smtp',
  name: 'app',
  username: 'app',
  secretHash: new Uint8Array(32).fill(1),
  networks: [],
  domains: [],
  fromAddresses: [],
  scopes: ['send'],
  stream: 'transactional',
  ratePerMinute: undefined,
  dailyQuota: undefined,
  requireTls: false,
  sendDsn: true,
  expiresAtMs: undefined,
  revokedAtMs: undefined,
  createdAtMs: 0,
  version: 0,
};
