/**
 * Authenticates clients: AUTH with an SMTP credential, an API key or a client certificate, or a network credential that lists the
 * client's address. Unknown, wrong, revoked and expired credentials cost the same work and get the same reply at the same time
 * after the command; a store that cannot be read is never answered as a wrong password; failures slow down further
 * tries. RFC 4954.
 */
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { KeyedHash } from '../platform/keyed-hash.ts';
import type { ClientCertificate } from '../policy/client-certificate.ts';
import type { LoginThrottle } from '../policy/login-throttle.ts';
import type { Reply } from '../smtp/reply.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';
import { reply } from '../smtp/server/replies.ts';
import type { StrangerLog } from '../smtp/server/stranger-log.ts';
import { presentedCertificate } from './certificate-login.ts';
import {
  credentialPresented,
  isAllowedFrom,
  isValid,
  maySend,
  presentedBy,
  refuseClient,
  standingOf,
  type Standing,
} from './credential-standing.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { AUTH_UNAVAILABLE, BAD_CREDENTIAL, NO_CERTIFICATE } from './login-replies.ts';
import { NetworkListing } from './network-listing.ts';
import type { Presented } from './presented-login.ts';
import type { RehashRecorder } from './rehash-recorder.ts';
import { presentedSecret } from './secret-login.ts';

export interface AuthenticatorOptions {
  readonly directory: Pick<
    DirectoryReader,
    | 'credentialByUsername'
    | 'credentialBySecretHash'
    | 'credentialByCertificate'
    | 'findCredential'
    | 'networkCredentials'
    | 'latestVersion'
  >;
  readonly box: KeyedHash;
  /** Told of secrets that were good. */
  readonly rehashes: Pick<RehashRecorder, 'note'>;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
  readonly log: Log;
  readonly strangers: StrangerLog;
}

export type Login =
  | { readonly credential: Credential }
  /** 421 closes the connection. */
  | { readonly refusal: Reply };

/** Who logs in. */
export interface LoginClient {
  /** Names the connection in the log. */
  readonly session: string;
  readonly address: string;
  /** Those of this session before. */
  readonly attempts: LoginAttempts;
}

/** Delay of the reply to a failed login after the command, independent of the work. */
export const FAILURE_REPLY_AFTER_MS = 300;

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #networks = new NetworkListing();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** PLAIN or LOGIN. */
  login(client: LoginClient, username: string, password: string): Promise<Login> {
    return this.#logIn(client, presentedSecret(username, password, this.#options));
  }

  /**
   * EXTERNAL, with the client's certificate; `undefined`: it showed none, which is not a failure to count. `authorizationId` is empty
   * or has to be the user name.
   */
  async loginByCertificate(
    client: LoginClient,
    certificate: ClientCertificate | undefined,
    authorizationId: string,
  ): Promise<Login> {
    if (certificate === undefined) {
      const { session, address } = client;
      this.#options.strangers.info('login without a certificate', address, { session });
      return { refusal: NO_CERTIFICATE };
    }
    const presented = presentedCertificate(certificate, authorizationId, this.#options.directory);
    return await this.#logIn(client, presented);
  }

  async #logIn({ session, address, attempts }: LoginClient, presented: Presented): Promise<Login> {
    const { throttle, clock, log, strangers } = this.#options;
    const startMs = clock.monotonic();
    const nowMs = clock.now();
    const { user, given } = presented;
    const throttled = ({ retryAfterSeconds }: { readonly retryAfterSeconds: number }): Login => {
      const code = attempts.mayStay() ? 454 : 421;
      const text = `Too many failed logins, try again in ${retryAfterSeconds} seconds`;
      return { refusal: reply(code, '4.7.0', text) };
    };
    let found: Credential | undefined;
    let credential: Credential | undefined;
    try {
      found = await presented.find();
      credential = presented.holds(found, nowMs);
      // A secret that was just made is not in what was looked up before: asked again, the store has the last word.
      const mayBeNew = found !== undefined && throttle.blockOf(address, user, nowMs)?.because !== 'user';
      if (credential === undefined && mayBeNew) credential = await this.#lookAgain(presented);
    } catch (error) {
      log.error('credentials cannot be looked up', { session, reason: String(error) });
      return { refusal: AUTH_UNAVAILABLE };
    }
    // Looked at and counted without a wait in between: many logins at once are not one.
    const block = throttle.blockOf(address, user, nowMs);
    const about = { session, ...presented.about(found, nowMs) };
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
      if (block !== undefined) return throttled(block);
      const refusal = presented.refusal?.(nowMs) ?? BAD_CREDENTIAL;
      return await this.#failAt(startMs + FAILURE_REPLY_AFTER_MS, refusal);
    }
    throttle.succeeded(address, user, nowMs);
    this.#options.rehashes.note(credential);
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
        ? await credentialPresented(presentedBy(login) ?? [], directory)
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

  async #lookAgain(presented: Presented): Promise<Credential | undefined> {
    await this.#options.directory.latestVersion();
    return presented.holds(await presented.find(), this.#options.clock.now());
  }

  #failAt(atMs: number, refusal: Reply): Promise<Login> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      clock.after(atMs - clock.monotonic(), () => resolve({ refusal }));
    });
  }
}
