/** The login of one test message (`relayctl send`): for one author, a minute long, revoked as soon as the message is in. */
import { base32, makeId } from '../../platform/ids.ts';
import type { Random } from '../../platform/random.ts';
import { makeSecret } from '../../platform/secret-box.ts';
import { hashedUnder, type HashingBox } from './credential-secret.ts';
import type { Account, Credential } from '../../store/directory-records.ts';
import type { AdminRefusal } from '../refusal.ts';
import { refuseOperatorAccount } from '../tenant.ts';

/** How the names of these logins begin. */
export const SEND_NAME_PREFIX = 'relayctl-send-';
const LIFE_MS = 60_000;

export interface SendLogin {
  readonly credential: Credential;
  readonly username: string;
  readonly password: string;
}

/** `from`: the one address that it may send as. */
export function makeSendLogin(
  account: Account,
  from: string,
  tools: { readonly random: Random; readonly box: HashingBox; readonly nowMs: number },
): SendLogin | AdminRefusal {
  const refusal = refuseOperatorAccount(account.id, 'credentials');
  if (refusal !== undefined) return refusal;
  const { random, box, nowMs } = tools;
  const password = makeSecret(random);
  const username = `${SEND_NAME_PREFIX}${base32(random.bytes(10))}`;
  const credential: Credential = {
    id: makeId('crd_', nowMs, random),
    accountId: account.id,
    accountName: account.name,
    kind: 'smtp',
    name: username,
    username,
    ...hashedUnder(box, password),
    networks: [],
    domains: [],
    fromAddresses: [from],
    scopes: ['send'],
    stream: 'transactional',
    ratePerMinute: undefined,
    dailyQuota: undefined,
    requireTls: false,
    sendDsn: false,
    expiresAtMs: nowMs + LIFE_MS,
    revokedAtMs: undefined,
    createdAtMs: nowMs,
    version: 0,
  };
  return { credential, username, password };
}
