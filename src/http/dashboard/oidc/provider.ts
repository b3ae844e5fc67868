/**
 * The OpenID Connect provider as the dashboard needs it: the address that a browser is sent to, and the claims that a code is good for.
 * Protocol and checks are openid-client's: issuer, audience, expiry, nonce and signature of the ID token; PKCE; state. It is loaded at
 * the first sign-in. OpenID Connect Core 1.0; RFC 6749 §4.1; RFC 7636; RFC 9207.
 */
import type { ClientAuth, Configuration, IDToken } from 'openid-client';
import type { OidcConfig } from '../../../config/config.ts';
import type { Resolver } from '../../../dns/resolver.ts';
import type { Clock } from '../../../platform/clock.ts';
import { MostAtOnce } from '../../../platform/most-at-once.ts';
import { HOUR_MS } from '../../../platform/time-units.ts';
import type { PendingSignIn } from './pending-sign-in.ts';
import { createProviderFetch, isProviderUrl, ProviderUnreachable } from './provider-fetch.ts';

/** What is needed of the configuration; there when signing in by a provider is on. */
export interface OidcClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly rolesClaim: string | undefined;
}

/**
 * `unavailable`: the provider is down, slow, or answers what is no answer. `refused`: it refuses, or what it says does not hold. The
 * message is for the log.
 */
export class ProviderError extends Error {
  readonly code: 'unavailable' | 'refused';
  constructor(code: ProviderError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface OidcProviderOptions {
  readonly resolver: Pick<Resolver, 'a' | 'aaaa'>;
  readonly clock: Clock;
  /** Of one request; for tests. */
  readonly timeoutMs?: number | undefined;
}

/** Whoever wants to sign in makes the relay ask the provider: so many at once. */
const MOST_AT_ONCE = 16;
const METADATA_MS = HOUR_MS;
/** Until a provider that failed is asked again. */
const FAILED_MS = 5_000;
/** Of the library, where an answer is none of the protocol. */
const NO_ANSWERS = ['OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR'];

export class OidcProvider {
  readonly #options: OidcProviderOptions;
  readonly #atOnce = new MostAtOnce(MOST_AT_ONCE);
  #made: { readonly key: string; readonly client: Promise<Configuration>; untilMs: number } | undefined;

  constructor(options: OidcProviderOptions) {
    this.#options = options;
  }

  /** Where the browser goes. Rejects with ProviderError. */
  async authorizationUrl(client: OidcClient, pending: PendingSignIn, redirectUri: string): Promise<URL> {
    return await this.#bounded(async () => {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
      const url = buildAuthorizationUrl(await this.#configuration(client), {
        ...{ redirect_uri: redirectUri, scope: client.scopes.join(' ') },
        ...{ state: pending.state, nonce: pending.nonce, code_challenge_method: 'S256' },
        code_challenge: await calculatePKCECodeChallenge(pending.verifier),
      });
      // A page goes there: `javascript:` is no place to go.
      if (!isProviderUrl(url, new URL(client.issuer)))
        throw new ProviderError('unavailable', 'the provider names an authorization endpoint without https');
      return url;
    });
  }

  /** `callback`: the address that the browser came back to. Rejects with ProviderError. */
  async claimsFor(client: OidcClient, pending: PendingSignIn, callback: URL): Promise<IDToken> {
    return await this.#bounded(async () => {
      const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client');
      const configuration = await this.#configuration(client);
      const tokens = await authorizationCodeGrant(configuration, callback, {
        ...{ expectedState: pending.state, expectedNonce: pending.nonce, pkceCodeVerifier: pending.verifier },
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new ProviderError('refused', 'there is no ID token');
      const { rolesClaim } = client;
      const isWhole =
        claims['email'] !== undefined && (rolesClaim === undefined || claims[rolesClaim] !== undefined);
      if (isWhole || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
      // OpenID Connect Core §5.4: claims of scopes are said there where there is an access token. The signed ones win.
      return joined(claims, await fetchUserInfo(configuration, tokens.access_token, claims.sub));
    });
  }

  async #bounded<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#atOnce.run('', work);
    if (running === undefined) throw new ProviderError('unavailable', 'too many people sign in at once');
    try {
      return await running;
    } catch (error) {
      throw asProviderError(error);
    }
  }

  /** Made anew where the configuration has changed, and now and then. */
  #configuration(client: OidcClient): Promise<Configuration> {
    const { clock } = this.#options;
    const key = JSON.stringify([client.issuer, client.clientId, client.clientSecret]);
    const made = this.#made;
    if (made?.key === key && clock.now() < made.untilMs) return made.client;
    const fresh = { key, client: this.#discover(client), untilMs: clock.now() + METADATA_MS };
    fresh.client.catch(() => (fresh.untilMs = clock.now() + FAILED_MS));
    this.#made = fresh;
    return fresh.client;
  }

  async #discover({ issuer, clientId, clientSecret }: OidcClient): Promise<Configuration> {
    const library = await import('openid-client');
    const [post, basic] = [library.ClientSecretPost(clientSecret), library.ClientSecretBasic(clientSecret)];
    const authenticate: ClientAuth = (provider, ...rest) => {
      const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = provider;
      // What every provider has to take. RFC 6749 §2.3.1.
      (methods.includes('client_secret_basic') ? basic : post)(provider, ...rest);
    };
    const server = new URL(issuer);
    // Else the signature of an ID token that came over TLS is not looked at. OpenID Connect Core §3.1.3.7.
    const execute = [library.enableNonRepudiationChecks];
    // On this machine alone: provider-fetch.ts refuses http to others.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out
    if (server.protocol === 'http:') execute.push(library.allowInsecureRequests);
    return await library.discovery(server, clientId, undefined, authenticate, {
      execute,
      [library.customFetch]: createProviderFetch({ issuer: server, ...this.#options }),
    });
  }
}

/** An address and whether it is verified are of the one document that says the address. OpenID Connect Core §5.1. */
function joined(claims: IDToken, info: Readonly<Record<string, unknown>>): IDToken {
  const { email, email_verified } = claims['email'] === undefined ? info : claims;
  return { ...info, ...claims, email, email_verified } as IDToken;
}

/** `undefined`: signing in by a provider is off. */
export function oidcClientOf(config: OidcConfig): OidcClient | undefined {
  const { issuer, clientId, clientSecret, scopes, rolesClaim } = config;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return { issuer, clientId, clientSecret, scopes, rolesClaim };
}

function asProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ProviderUnreachable) return new ProviderError('unavailable', cause.message);
  const {
    message,
    code,
    error: said,
  } = error as Error & { readonly code?: unknown; readonly error?: unknown };
  const isNone = NO_ANSWERS.includes(String(code));
  // `said`: the provider's own code, such as invalid_client.
  const words = [message, said].filter((part) => typeof part === 'string').join(': ');
  return new ProviderError(isNone ? 'unavailable' : 'refused', words.slice(0, 200));
}
