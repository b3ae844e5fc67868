/** A credential as `--json` prints it. The keys are part of the contract. A secret is in none but the first two. */
import type { Credential } from '../store/directory-records.ts';
import { timestamp } from './timestamp.ts';

/** What `add` and `rotate` print, the only place where a password stands. `secret`: `undefined` for network credentials. */
export function newCredentialJson(credential: Credential, secret: string | undefined) {
  const { id, kind, username } = credential;
  const access =
    kind === 'smtp'
      ? { username: username ?? null, password: secret ?? null }
      : kind === 'api'
        ? { key: secret ?? null }
        : { networks: credential.networks };
  return { id, kind, ...access, ...limits(credential) };
}

export function credentialJson(credential: Credential) {
  const { id, kind, username, networks } = credential;
  return { id, kind, username: username ?? null, networks, ...limits(credential) };
}

function limits(credential: Credential) {
  return {
    name: credential.name,
    account: credential.accountName,
    allow_ip: credential.networks,
    domains: credential.domains,
    from: credential.fromAddresses,
    scopes: credential.scopes,
    stream: credential.stream,
    rate_per_minute: credential.ratePerMinute ?? null,
    daily_quota: credential.dailyQuota ?? null,
    require_tls: credential.requireTls,
    send_dsn: credential.sendDsn,
    dsn_to: credential.dsnTo ?? null,
    expires_at: timestamp(credential.expiresAtMs),
    revoked_at: timestamp(credential.revokedAtMs),
    created_at: timestamp(credential.createdAtMs),
  };
}
