/**
 * `/ui/api/session/oidc`: signing in by an OpenID Connect provider. The page asks for the provider's address and goes there; the
 * provider sends the browser back to `callback`, whose answer is a redirect to a page, with a session or with what failed. What is
 * wrong is in the log, not in the answer. A sign-in by a provider asks for no second factor here: that is the provider's.
 */
import { z } from 'zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OidcConfig } from '../../../config/config.ts';
import { OIDC_CALLBACK_PATH } from '../../../config/oidc-contradictions.ts';
import type { Resolver } from '../../../dns/resolver.ts';
import type { SecretBox } from '../../../platform/secret-box.ts';
import { StoreError } from '../../../store/errors.ts';
import { ApiError, forbidden, unavailable } from '../../api-error.ts';
import { clientAddress } from '../../authenticate.ts';
import type { HttpApp } from '../../route-context.ts';
import { refuseOtherOrigins } from '../same-origin.ts';
import { setCookie } from '../session-cookie.ts';
import { actorOf, openSession, refuseBlocked, type SignInOptions } from '../sign-in.ts';
import { claimedPerson } from './claimed-person.ts';
import { PendingSignIns, type PendingSignIn } from './pending-sign-in.ts';
import { OidcProvider, oidcClientOf, ProviderError, type OidcClient } from './provider.ts';
import { FRONT_PAGE, MOST_PATH_CHARS, returnPath } from './return-path.ts';

export interface OidcRouteOptions extends SignInOptions {
  readonly box: SecretBox;
  readonly resolver: Resolver;
  /** `dashboard.url`, live. */
  readonly url: () => string | undefined;
  /** `dashboard.oidc`, live. */
  readonly oidc: () => OidcConfig;
}

/**
 * What a page says of a sign-in that failed. `refused`: the person may not, for whatever reason; `failed`: the provider, or what it said;
 * `expired`: this browser began none that can be finished; `busy`: too many failures.
 */
type Failure = 'refused' | 'failed' | 'expired' | 'busy';

const OPEN = { open: true } as const;

export function registerOidcRoutes(app: HttpApp, options: OidcRouteOptions): void {
  const signIns = new OidcSignIns(options);
  app.route({
    method: 'GET',
    url: '/session/oidc',
    config: OPEN,
    async handler(request, reply) {
      refuseOtherOrigins(request, options.url());
      const { name, only } = options.oidc();
      return await reply.send(oidcClientOf(options.oidc()) === undefined ? null : { name, only });
    },
  });
  app.route({
    method: 'POST',
    url: '/session/oidc',
    config: OPEN,
    schema: { body: z.strictObject({ to: z.string().max(MOST_PATH_CHARS).optional() }) },
    async handler(request, reply) {
      refuseOtherOrigins(request, options.url());
      return { url: await signIns.begin(request, reply, request.body.to) };
    },
  });
  app.route({
    method: 'GET',
    url: '/session/oidc/callback',
    config: OPEN,
    async handler(request, reply) {
      return await reply.redirect(await signIns.finish(request, reply), 303);
    },
  });
}

class OidcSignIns {
  readonly #options: OidcRouteOptions;
  readonly #provider: OidcProvider;
  readonly #pending: PendingSignIns;

  constructor(options: OidcRouteOptions) {
    this.#options = options;
    this.#provider = new OidcProvider(options);
    this.#pending = new PendingSignIns(options);
  }

  /** Resolves to the provider's address. Rejects with ApiError 404, 429, 503. */
  async begin(request: FastifyRequest, reply: FastifyReply, to: string | undefined): Promise<string> {
    const { client, callback } = this.#asConfigured();
    refuseBlocked(clientAddress(request), throttled(request), this.#options);
    const pending = this.#pending.begin(reply, client.issuer, returnPath(to));
    try {
      return (await this.#provider.authorizationUrl(client, pending, callback)).href;
    } catch (error) {
      this.#warn(request, error);
      throw unavailable(
        'the provider of the sign-in does not answer as it should; the log of the relay says more',
      );
    }
  }

  /** Resolves to the page where the browser goes. Rejects with ApiError 403, 404. */
  async finish(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    refuseFrames(request);
    const { client, callback } = this.#asConfigured();
    const came = new URL(request.raw.url ?? '', callback);
    const pending = this.#pending.take(request, client.issuer, came.searchParams.get('state'));
    // The cookie stays: another page of this browser may have begun a sign-in that is still good.
    if (pending === undefined) return failure('expired');
    this.#pending.end(reply);
    try {
      refuseBlocked(clientAddress(request), throttled(request), this.#options);
      const token = await this.#session(request, client, pending, came);
      if (token === undefined) return failure('refused', pending);
      setCookie(reply, token, this.#options.url());
      return pending.to;
    } catch (error) {
      if (error instanceof ApiError) return failure(error.statusCode === 429 ? 'busy' : 'failed', pending);
      if (error instanceof ProviderError && error.code === 'refused') this.#failed(request);
      this.#warn(request, error);
      return failure('failed', pending);
    }
  }

  /** Resolves to the token of a new session; `undefined`: nobody who may. */
  async #session(
    request: FastifyRequest,
    client: OidcClient,
    pending: PendingSignIn,
    came: URL,
  ): Promise<string | undefined> {
    const claims = await this.#provider.claimsFor(client, pending, came);
    const person = await claimedPerson(claims, this.#options.oidc(), {
      ...this.#options,
      actorOf: (id) => actorOf(id, request),
    });
    if ('problem' in person) {
      this.#failed(request);
      this.#warn(request, person.problem);
      return undefined;
    }
    try {
      return await openSession(person.id, request, this.#options);
    } catch (error) {
      // Suspended or removed since.
      if (error instanceof StoreError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  #asConfigured(): { readonly client: OidcClient; readonly callback: string } {
    const client = oidcClientOf(this.#options.oidc());
    const url = this.#options.url();
    if (client === undefined || url === undefined)
      throw new ApiError(404, 'not-found', 'signing in by OpenID Connect is off (dashboard.oidc.issuer)');
    return { client, callback: url + OIDC_CALLBACK_PATH };
  }

  #failed(request: FastifyRequest): void {
    const { throttle, clock } = this.#options;
    throttle.failed(clientAddress(request), throttled(request), clock.now());
  }

  #warn(request: FastifyRequest, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const facts = { session: request.id, way: 'oidc', reason };
    this.#options.strangers.warn('sign-in failed', clientAddress(request), facts);
  }
}

/** Of the address alone: whom the provider will name is not known before. */
function throttled(request: FastifyRequest): string {
  return `oidc:${clientAddress(request)}`;
}

/** Browsers say what they load: a page, and nothing in a page. W3C Fetch Metadata. */
function refuseFrames({ headers }: FastifyRequest): void {
  const dest = headers['sec-fetch-dest'];
  const mode = headers['sec-fetch-mode'];
  if ((dest ?? 'document') === 'document' && (mode ?? 'navigate') === 'navigate') return;
  throw forbidden('other-origin', 'this address is for a browser that comes back from the provider');
}

function failure(code: Failure, pending?: PendingSignIn): string {
  const page = new URL(pending?.to ?? FRONT_PAGE, 'http://dashboard.invalid');
  page.searchParams.set('sign-in', code);
  return page.pathname + page.search;
}
