/**
 * Authenticates requests: `Authorization: Bearer pst_live_...`. A key is found by its keyed hash, so neither look-up
 * nor comparison leaks anything about a key; unknown, revoked and expired keys get the same response. Failures count
 * against the client's address, together with failed logins over SMTP. RFC 6750.
 */
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { isApiKey } from '../platform/api-key.ts';
import type { StrangerLog } from '../smtp/server/stranger-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { KeyedHash } from '../platform/keyed-hash.ts';
import type { LoginThrottle } from '../policy/login-throttle.ts';
import { readClientAddress } from '../platform/network/client-network.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';
import type { RehashRecorder } from '../intake/rehash-recorder.ts';
import type { UseRecorder } from '../intake/use-recorder.ts';
import { apiKeyThrottleName } from '../intake/secret-login.ts';
import { changeForClient, changeForOperator } from '../policy/credential-change.ts';
import { credentialPresented, heldBy, isAllowedFrom, presentedBy } from '../intake/credential-standing.ts';
import { ApiError, forbidden, unavailable } from './api-error.ts';
import { hasScope, type Scope } from './scopes.ts';

export interface AuthenticationOptions {
  readonly directory: Pick<DirectoryReader, 'credentialBySecretHash' | 'latestVersion'>;
  readonly box: Pick<KeyedHash, 'hmacs'>;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
  readonly log: Log;
  readonly strangers: StrangerLog;
  readonly uses: Pick<UseRecorder, 'note'>;
  readonly rehashes: Pick<RehashRecorder, 'note'>;
}

const CHALLENGE = { 'www-authenticate': 'Bearer realm="postern"' } as const;
const UNKNOWN_CLIENT = 'unknown';
const NO_HASH = new Uint8Array(32);
const MADE_WITH = 'made with: relayctl credential add --kind api';

/** The last valid header field of a connection with the hash of its key: a connection usually repeats it. */
const lastGood = new WeakMap<object, GivenKey & { readonly header: string }>();

interface GivenKey {
  /** Under each accepted master key, the present one first. */
  readonly hashes: readonly Uint8Array[];
  /** Its failures are counted by this name. */
  readonly user: string;
}

/** The key of a request that may use a route with this scope. Throws ApiError 401, 403, 429 or 503. */
export async function authenticate(
  request: Pick<FastifyRequest, 'id' | 'ip' | 'headers' | 'socket'>,
  scope: Scope,
  options: AuthenticationOptions,
): Promise<Credential> {
  const { throttle, clock, log, strangers } = options;
  const client = clientAddress(request);
  const header = request.headers.authorization;
  const known = lastGood.get(request.socket);
  const isKnown = known !== undefined && known.header === header;
  const key = bearerOf(header);
  const { hashes, user } = isKnown ? known : givenKey(options.box.hmacs(key));
  const nowMs = clock.now();
  let block = throttle.blockOf(client, user, nowMs);
  if (block?.because === 'user') {
    const { because, retryAfterSeconds } = block;
    strangers.warn('login throttled', client, {
      session: request.id,
      because,
      retry_after_seconds: retryAfterSeconds,
    });
    throw throttled(retryAfterSeconds);
  }
  const credential = isKnown || isApiKey(key) ? await lookUp(hashes, request.id, options) : undefined;
  if (credential === undefined) {
    // Others may have failed while the store was asked.
    block = throttle.blockOf(client, user, nowMs);
    throttle.failed(client, user, nowMs);
    const userHash = Buffer.from((hashes[0] ?? NO_HASH).subarray(0, 6)).toString('hex');
    strangers.warn('login failed', client, { session: request.id, user_hash: userHash });
    // A blocked address is told so; a valid key would have been accepted (policy/login-throttle.ts).
    throw block === undefined ? refusalOf(key) : throttled(block.retryAfterSeconds);
  }
  if (!isKnown && header !== undefined) lastGood.set(request.socket, { header, hashes, user });
  throttle.succeeded(client, user, nowMs);
  options.rehashes.note(credential);
  refuseUse(credential, scope, client, request.id, log);
  options.uses.note(credential, client, nowMs, () => ({
    name: request.headers['user-agent'],
    tls: request.socket instanceof TLSSocket ? (request.socket.getProtocol() ?? undefined) : undefined,
  }));
  return credential;
}

/**
 * The present state of a key whose body arrived after {@link authenticate}, possibly minutes later. `anew`: read from
 * the store, else as known within the last second. Throws ApiError 401, 403 or 503.
 */
export async function authenticateAgain(
  request: Pick<FastifyRequest, 'id' | 'ip' | 'socket' | 'credential'>,
  scope: Scope,
  options: AuthenticationOptions,
  anew: boolean,
): Promise<Credential> {
  const { directory, log } = options;
  let current: Credential | undefined;
  try {
    if (anew) await directory.latestVersion();
    current = await stillValid(request.credential, options);
  } catch (error) {
    log.error('credentials cannot be looked up', { session: request.id, reason: String(error) });
    throw unavailable('API keys cannot be looked up at the moment');
  }
  if (current === undefined) throw keyNotGood();
  refuseUse(current, scope, clientAddress(request), request.id, log);
  return current;
}

/** Checks scope and client address. */
export function mayUse(credential: Credential, scope: Scope, client: string): boolean {
  return hasScope(credential, scope) && isAllowedFrom(credential, client);
}

function refuseUse(credential: Credential, scope: Scope, client: string, session: string, log: Log): void {
  if (!isAllowedFrom(credential, client)) {
    const option = `--add-allow-ip ${client}`;
    const fix = changeForOperator(credential, option);
    log.warn('client address not allowed', { session, client, credential: credential.id, fix });
    throw forbidden(
      'address-not-allowed',
      `this API key may not be used from ${client}; fix: ${changeForClient(option)}`,
    );
  }
  if (!hasScope(credential, scope)) {
    const option = `--add-scope ${scope}`;
    const fix = changeForOperator(credential, option);
    log.info('scope missing', { session, client, credential: credential.id, fix });
    throw forbidden(
      'scope-missing',
      `this API key lacks the scope ${scope}; it has ${credential.scopes.join(', ')}; fix: ${changeForClient(option)}`,
    );
  }
}

function givenKey(hashes: readonly Uint8Array[]): GivenKey {
  return { hashes, user: apiKeyThrottleName(hashes[0] ?? NO_HASH) };
}

function throttled(retryAfterSeconds: number): ApiError {
  return new ApiError(429, 'too-many-failures', 'too many requests with a wrong API key from this address', {
    retryAfterSeconds,
  });
}

/**
 * The client: the socket's peer, or the address named by a trusted proxy. A malformed forwarded address belongs to no
 * network, not to the proxy.
 */
export function clientAddress({ ip }: Pick<FastifyRequest, 'ip'>): string {
  return readClientAddress(ip) ?? UNKNOWN_CLIENT;
}

/** The key's present state; `undefined` when it was revoked, replaced or has expired. Throws errors of the store. */
export function stillValid(
  held: Credential,
  { directory, clock }: Pick<AuthenticationOptions, 'directory' | 'clock'>,
): Promise<Credential | undefined> {
  const presented = presentedBy(held);
  if (presented === undefined) return Promise.resolve(undefined);
  return credentialPresented(presented, directory).then((current) => {
    const now = heldBy(presented, current);
    return now !== undefined && isValid(now, clock.now()) ? now : undefined;
  });
}

function bearerOf(header: string | undefined): string {
  const match = /^Bearer +(\S+) *$/i.exec(header ?? '');
  if (match?.[1] !== undefined) return match[1];
  const what =
    header === undefined
      ? 'this needs an API key: send the header "Authorization: Bearer pst_live_..."'
      : 'the header Authorization is not of the form "Bearer pst_live_..."';
  throw new ApiError(401, 'unauthorized', `${what} (${MADE_WITH})`, { headers: CHALLENGE });
}

async function lookUp(
  hashes: readonly Uint8Array[],
  session: string,
  { directory, clock, log }: AuthenticationOptions,
): Promise<Credential | undefined> {
  let found: Credential | undefined;
  try {
    found = await credentialPresented(hashes, directory);
  } catch (error) {
    log.error('credentials cannot be looked up', { session, reason: String(error) });
    throw unavailable('API keys cannot be looked up at the moment');
  }
  const held = heldBy(hashes, found);
  return held !== undefined && isValid(held, clock.now()) ? held : undefined;
}

function isValid({ kind, revokedAtMs, expiresAtMs }: Credential, nowMs: number): boolean {
  return kind === 'api' && revokedAtMs === undefined && (expiresAtMs === undefined || expiresAtMs > nowMs);
}

/** A mistyped key is explained, which needs no look-up; any other key is only refused. */
function refusalOf(key: string): ApiError {
  if (isApiKey(key)) return keyNotGood();
  return badToken(
    'this is no API key: they begin with pst_live_ and end in a checksum, which does not match; is it whole?',
  );
}

/** 401, the same for keys that are unknown, revoked and expired. */
export function keyNotGood(): ApiError {
  return badToken('the API key is unknown, revoked or expired');
}

function badToken(message: string): ApiError {
  return new ApiError(401, 'unauthorized', `${message} (${MADE_WITH})`, {
    headers: { 'www-authenticate': `${CHALLENGE['www-authenticate']}, error="invalid_token"` },
  });
}
