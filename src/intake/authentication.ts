/**
 * Authenticates clients: AUTH with an SMTP credential or an API key, or a network credential that lists the client's
 * address. Unknown, wrong, revoked and expired credentials cost the same work and get the same reply at the same time
 * after the command; a store that cannot be read is never answered as a wrong password; failures slow down further
 * tries. RFC 4954.
 */
import { isApiKey } from '../platform/api-key.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { LoginThrottle } from '../policy/login-throttle.ts';
import type { Reply } from '../smtp/reply.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';
import { reply } from '../smtp/server/replies.ts';
import type { StrangerLog } from '../smtp/server/stranger-log.ts';
import {
  heldBy,
  isAllowedFrom,
  isValid,
  maySend,
  refuseClient,
  standingOf,
  type Standing,
} from './credential-standing.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { AUTH_UNAVAILABLE, BAD_CREDENTIAL } from './login-replies.ts';
import { NetworkListing } from './network-listing.ts';

export interface AuthenticatorOptions {
  readonly directory: Pick<
    DirectoryReader,
    | 'credentialByUsername'
    | 'credentialBySecretHash'
    | 'findCredential'
    | 'networkCredentials'
    | 'latestVersion'
  >;
  readonly box: Pick<SecretBox, 'hmac'>;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
  readonly log: Log;
  readonly strangers: StrangerLog;
}

export type Login =
  | { readonly credential: Credential }
  /** 421 closes the connection. */
  | { readonly refusal: Reply };

/** Delay of the reply to a failed login after the command, independent of the work. */
export const FAILURE_REPLY_AFTER_MS = 300;

/** The user name for logins with an API key; the key is the password. */
export const API_KEY_USERNAME = 'api';

const NO_HASH = new Uint8Array(32);

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #networks = new NetworkListing();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** `session` names the connection in the log; `attempts` are its earlier ones. */
  async login(
    session: string,
    address: string,
    username: string,
    password: string,
    attempts: LoginAttempts,
  ): Promise<Login> {
    const { throttle, clock, log, strangers } = this.#options;
    const startMs = clock.monotonic();
    const nowMs = clock.now();
    const given = this.#options.box.hmac(password);
    // All keys share one user name: failures with it must not lock out valid keys.
    const user = isApiLogin(username) ? apiKeyThrottleName(given) : username;
    const throttled = ({ retryAfterSeconds }: { readonly retryAfterSeconds: number }): Login => {
      const code = attempts.mayStay() ? 454 : 421;
      const text = `Too many failed logins, try again in ${retryAfterSeconds} seconds`;
      return { refusal: reply(code, '4.7.0', text) };
    };
    let found: Credential | undefined;
    let credential: Credential | undefined;
    try {
      found = await this.#find(username, password, given);
      credential = this.#verify(found, username, given, nowMs);
      // A secret that was just made is not in what was looked up before: asked again, the store has the last word.
      const mayBeNew = found !== undefined && throttle.blockOf(address, user, nowMs)?.because !== 'user';
      if (credential === undefined && mayBeNew)
        credential = await this.#verifyAgain(username, password, given);
    } catch (error) {
      log.error('credentials cannot be looked up', { session, reason: String(error) });
      return { refusal: AUTH_UNAVAILABLE };
    }
    // Looked at and counted without a wait in between: many logins at once are not one.
    const block = throttle.blockOf(address, user, nowMs);
    const about = { session, ...this.#tried(username, given, found) };
    if (block?.because === 'user') {
      const { because, retryAfterSeconds } = block;
      strangers.warn('login throttled', address, {
        ...about,
        because,
        retry_after_seconds: retryAfterSeconds,
      });
      return throttled(block);
    }
    if (credential === undefined) {
      if (attempts.isNewFailure(user, given)) throttle.failed(address, user, nowMs);
      strangers.warn('login failed', address, about);
      // A blocked address is told so; a right secret would have been accepted (policy/login-throttle.ts).
      return block === undefined ? this.#failAt(startMs + FAILURE_REPLY_AFTER_MS) : throttled(block);
    }
    throttle.succeeded(address, user, nowMs);
    const refused = refuseClient(credential, address);
    if (refused === undefined) return { credential };
    const event = isAllowedFrom(credential, address)
      ? 'credential may not send'
      : 'client address not allowed';
    log.warn(event, { session, client: address, credential: credential.id, fix: refused.fix });
    return refused;
  }

  /** The state of a login as the store had it within the last second. Throws errors of the store. */
  async standing(login: Credential, address: string): Promise<Standing> {
    const { directory, clock } = this.#options;
    const { kind, username, secretHash } = login;
    const current =
      kind === 'api' && secretHash !== undefined
        ? await directory.credentialBySecretHash(secretHash)
        : username === undefined
          ? undefined
          : await directory.credentialByUsername(username);
    return standingOf(login, current, address, clock.now());
  }

  /** The state of any credential, read again, as are later look-ups. Throws errors of the store. */
  async recheck(held: Credential, address: string): Promise<Standing> {
    const { directory, clock } = this.#options;
    await directory.latestVersion();
    const current = await directory.findCredential(held.accountId, held.id);
    return standingOf(held, current, address, clock.now());
  }

  /**
   * Network credentials that list `address`, the most specific network first. The first of an address counts as soon as it
   * is added. Throws errors of the store.
   */
  async networkCredentials(address: string): Promise<readonly Credential[]> {
    const { directory } = this.#options;
    const known = this.#listing(await directory.networkCredentials(), address);
    if (known.length > 0) return known;
    // The list may be older than an addition (store/directory-snapshot.ts).
    await directory.latestVersion();
    return this.#listing(await directory.networkCredentials(), address);
  }

  #listing(all: readonly Credential[], address: string): readonly Credential[] {
    const nowMs = this.#options.clock.now();
    return this.#networks
      .of(all, address)
      .filter((credential) => maySend(credential) && isValid(credential, nowMs));
  }

  /** The credential named by the login, in any state and with any secret. Throws errors of the store. */
  async #find(username: string, password: string, given: Uint8Array): Promise<Credential | undefined> {
    const { directory } = this.#options;
    // A key with a wrong checksum is looked up as an empty one, so that all failures cost the same.
    return isApiLogin(username)
      ? await directory.credentialBySecretHash(isApiKey(password) ? given : NO_HASH)
      : await directory.credentialByUsername(username);
  }

  #verify(
    found: Credential | undefined,
    username: string,
    given: Uint8Array,
    nowMs: number,
  ): Credential | undefined {
    const held = heldBy(given, found);
    const kind = isApiLogin(username) ? 'api' : 'smtp';
    return held?.kind === kind && isValid(held, nowMs) ? held : undefined;
  }

  async #verifyAgain(username: string, password: string, given: Uint8Array): Promise<Credential | undefined> {
    await this.#options.directory.latestVersion();
    const found = await this.#find(username, password, given);
    return this.#verify(found, username, given, this.#options.clock.now());
  }

  /**
   * The user name for the log, only where such a credential exists. People type their password as the user name, so
   * any other name is shown as a keyed hash.
   */
  #tried(username: string, given: Uint8Array, found: Credential | undefined) {
    const name = isApiLogin(username) ? given : this.#options.box.hmac(`login name ${username}`);
    if (found !== undefined) return { user: username, credential: found.id };
    return { user_hash: Buffer.from(name.subarray(0, 6)).toString('hex') };
  }

  #failAt(atMs: number): Promise<Login> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      clock.after(atMs - clock.monotonic(), () => resolve({ refusal: BAD_CREDENTIAL }));
    });
  }
}

/** The throttle key of failures with an API key. */
export function apiKeyThrottleName(secretHash: Uint8Array): string {
  return `${API_KEY_USERNAME} ${Buffer.from(secretHash.subarray(0, 12)).toString('base64')}`;
}

function isApiLogin(username: string): boolean {
  return username === API_KEY_USERNAME;
}
