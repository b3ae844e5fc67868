/**
 * Who is the client? AUTH with an SMTP credential or an API key, or a network credential that lists the client's
 * address. Promises: unknown, wrong, revoked and expired credentials take the same work and get the same answer at the
 * same time after the command; a store that can't be asked is never answered as a wrong password; failures slow down
 * further tries. RFC 4954.
 */
import { timingSafeEqual } from 'node:crypto';
import { isApiKey } from '../platform/api-key.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { BoundedTable, type LoginThrottle } from '../policy/login-throttle.ts';
import type { Reply } from '../smtp/reply.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/records.ts';
import { reply } from '../listener/replies.ts';
import { matchingPrefix } from './client-networks.ts';
import { AUTH_UNAVAILABLE, BAD_CREDENTIAL } from './login-replies.ts';

export interface AuthenticatorOptions {
  readonly directory: Pick<
    DirectoryReader,
    'credentialByUsername' | 'credentialBySecretHash' | 'networkCredentials'
  >;
  readonly box: Pick<SecretBox, 'hmac'>;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
  readonly log: Log;
}

export type Login =
  | { readonly credential: Credential }
  /** 421 closes the connection. */
  | { readonly refusal: Reply };

/** A failed login is answered this long after the command, whatever the work took. */
export const FAILURE_REPLY_AFTER_MS = 300;

/** The user name with which an API key logs in; the key is the password. */
export const API_KEY_USERNAME = 'api';

/** Client addresses whose network credentials are remembered, and for how long. */
const NETWORK_MATCHES = 10_000;
const NETWORK_MATCH_MS = 500;
const NO_HASH = new Uint8Array(32);

interface NetworkMatch {
  readonly credentials: readonly Credential[];
  readonly untilMs: number;
}

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #networkMatches = new BoundedTable<NetworkMatch>(NETWORK_MATCHES);

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** `session` names the connection in the log. */
  login(session: string, address: string, username: string, password: string): Login | Promise<Login> {
    const { throttle, clock, log } = this.#options;
    const startMs = clock.monotonic();
    const nowMs = clock.now();
    const given = this.#options.box.hmac(password);
    // All keys have one user name: a stranger's failures with it must not lock out those who have a key.
    const user = isApiLogin(username) ? apiKeyThrottleName(given) : username;
    const decision = throttle.check(address, user, nowMs);
    if (!decision.allowed) {
      const { because, retryAfterSeconds } = decision;
      log.warn('login throttled', { session, client: address, because, retryAfterSeconds });
      return {
        refusal: reply(421, '4.7.0', `Too many failed logins, try again in ${retryAfterSeconds} seconds`),
      };
    }
    let credential: Credential | undefined;
    try {
      credential = this.#check(username, password, given, nowMs);
    } catch (error) {
      log.error('credentials cannot be looked up', { session, reason: String(error) });
      return { refusal: AUTH_UNAVAILABLE };
    }
    if (credential === undefined) {
      throttle.failed(address, user, nowMs);
      log.warn('login failed', { session, client: address });
      return this.#failAt(startMs + FAILURE_REPLY_AFTER_MS);
    }
    throttle.succeeded(address, user, nowMs);
    if (credential.networks.length > 0 && matchingPrefix(address, credential.networks) < 0) {
      log.warn('client address not allowed', { session, client: address, credential: credential.id });
      return { refusal: addressNotAllowed(address, credential) };
    }
    if (!maySend(credential)) return { refusal: scopeMissing(credential) };
    return { credential };
  }

  /** The credential as it is now; `undefined` when it was revoked or has expired. Throws what the store throws. */
  stillValid(credential: Credential): Credential | undefined {
    const { directory } = this.#options;
    const { kind, username, secretHash } = credential;
    const current =
      kind === 'api' && secretHash !== undefined
        ? directory.credentialBySecretHash(secretHash)
        : username === undefined
          ? undefined
          : directory.credentialByUsername(username);
    return current?.id === credential.id && isValid(current, this.#options.clock.now()) ? current : undefined;
  }

  /**
   * Network credentials that list `address`, the most specific network first. A hit is kept for half a second, so a
   * revocation counts within that; a miss is looked up each time, so an addition counts at once. Throws what the
   * store throws.
   */
  networkCredentials(address: string): readonly Credential[] {
    const { clock, directory } = this.#options;
    const known = this.#networkMatches.get(address);
    if (known !== undefined && clock.monotonic() < known.untilMs) return known.credentials;
    const credentials = directory
      .networkCredentials(clock.now())
      .filter(maySend)
      .map((credential) => ({ credential, prefix: matchingPrefix(address, credential.networks) }))
      .filter(({ prefix }) => prefix >= 0)
      .sort((one, other) => other.prefix - one.prefix)
      .map(({ credential }) => credential);
    if (credentials.length > 0) {
      this.#networkMatches.set(address, { credentials, untilMs: clock.monotonic() + NETWORK_MATCH_MS });
    }
    return credentials;
  }

  #check(username: string, password: string, given: Uint8Array, nowMs: number): Credential | undefined {
    const { directory } = this.#options;
    const kind = isApiLogin(username) ? 'api' : 'smtp';
    // A key whose checksum is wrong is looked up all the same, as nothing: every failure takes the same way.
    const credential =
      kind === 'smtp'
        ? directory.credentialByUsername(username)
        : directory.credentialBySecretHash(isApiKey(password) ? given : NO_HASH);
    const kept = credential?.secretHash ?? NO_HASH;
    const equal = kept.length === given.length && timingSafeEqual(kept, given);
    return equal && credential?.kind === kind && isValid(credential, nowMs) ? credential : undefined;
  }

  #failAt(atMs: number): Promise<Login> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      clock.after(atMs - clock.monotonic(), () => resolve({ refusal: BAD_CREDENTIAL }));
    });
  }
}

/** What failures with a key count under, in place of a user name. */
export function apiKeyThrottleName(secretHash: Uint8Array): string {
  return `${API_KEY_USERNAME} ${Buffer.from(secretHash.subarray(0, 12)).toString('base64')}`;
}

function isApiLogin(username: string): boolean {
  return username === API_KEY_USERNAME;
}

function isValid(credential: Credential, nowMs: number): boolean {
  return (
    credential.revokedAtMs === undefined &&
    (credential.expiresAtMs === undefined || credential.expiresAtMs > nowMs)
  );
}

/** No scopes at all: a credential for sending. `admin` is all of them. */
function maySend({ scopes }: Credential): boolean {
  return scopes.length === 0 || scopes.includes('send') || scopes.includes('admin');
}

function scopeMissing({ name }: Credential): Reply {
  const fix = 'relayctl credential add --scope send';
  return reply(550, '5.7.1', `Credential ${name} may not send: it lacks the scope send; fix: ${fix}`);
}

function addressNotAllowed(address: string, credential: Credential): Reply {
  return reply(
    550,
    '5.7.1',
    `Client address ${address} is not allowed for credential ${credential.name}; ` +
      `fix: relayctl credential add --allow-ip ${address}`,
  );
}
