/** A credential as `--json` prints it. The keys are part of the contract. A secret is in none but the first two. */
import type { UseRecord } from '../policy/credential-use.ts';
import { limitsOf } from '../policy/usage-limits.ts';
import type { Credential } from '../store/directory-records.ts';
import { certificateJson } from './certificate-json.ts';
import { timestamp } from './timestamp.ts';

/** What `add` and `rotate` print, the only place where a password stands. `secret`: `undefined` for networks and client certificates. */
export function newCredentialJson(credential: Credential, secret: string | undefined) {
  const { id, kind, username } = credential;
  const access =
    kind === 'smtp'
      ? { username: username ?? null, password: secret ?? null }
      : kind === 'api'
        ? { key: secret ?? null }
        : { networks: credential.networks };
  return { id, kind, ...access, certificate: certificateJson(credential, undefined), ...limits(credential) };
}

/** What `rotate` prints. `oldUntilMs`: how long the secret before is valid; `undefined`: no more. */
export function rotatedCredentialJson(
  credential: Credential,
  secret: string | undefined,
  oldUntilMs: number | undefined,
) {
  return { ...newCredentialJson(credential, secret), old_secret_until: timestamp(oldUntilMs) };
}

/** `use`: its last one; `undefined`: it was not used since uses are kept. */
export function credentialJson(credential: Credential, use: UseRecord | undefined) {
  const { id, kind, username, networks } = credential;
  return {
    id,
    kind,
    username: username ?? null,
    networks,
    certificate: certificateJson(credential, use?.certificate),
    ...limits(credential),
    old_secret_until: timestamp(credential.oldSecretUntilMs),
    last_used: use?.address === undefined ? null : lastUseJson(use),
  };
}

function lastUseJson(use: UseRecord) {
  return {
    at: timestamp(use.atMs),
    address: use.address ?? null,
    name: use.name ?? null,
    tls: use.tls ?? null,
    secret_at: timestamp(use.secretAtMs),
    old_secret_at: timestamp(use.oldSecretAtMs),
    networks: use.networks.map(({ network, firstAtMs, lastAtMs }) => ({
      network,
      first_at: timestamp(firstAtMs),
      last_at: timestamp(lastAtMs),
    })),
    new_network: use.newNetwork?.network ?? null,
    new_network_at: timestamp(use.newNetwork?.atMs),
  };
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
    limits: limitsOf(credential) ?? {},
    require_tls: credential.requireTls,
    send_dsn: credential.sendDsn,
    dsn_to: credential.dsnTo ?? null,
    expires_at: timestamp(credential.expiresAtMs),
    revoked_at: timestamp(credential.revokedAtMs),
    created_at: timestamp(credential.createdAtMs),
  };
}
