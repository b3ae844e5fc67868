/**
 * Orders one certificate: account, order, authorization, challenge, request, download (RFC 8555 §7). Every behaviour of the
 * authority results in an outcome with a reason; all writes go through {@link OrderEvents}.
 */
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { isGone, makeAccount, openAccount, type OpenAccount } from './account.ts';
import { AcmeProblem, readProblem } from './acme-problem.ts';
import { AcmeServer, readDirectory, type AcmeAnswer } from './acme-server.ts';
import { makeAlpnCertificate, makeCertificateRequest } from './certificates.ts';
import { checkChain } from './chain.ts';
import { failureOf } from './failure-words.ts';
import { createHttpsRequest, HttpsError } from './https-request.ts';
import type {
  ChallengeKind,
  OrderEvents,
  OrderOutcome,
  OrderRequest,
  PendingChallenge,
} from './order-contract.ts';

export interface OrderOptions {
  /** Breaks it off. */
  readonly ending: AbortSignal;
  readonly random: Random;
  readonly resolver: Pick<Resolver, 'a' | 'aaaa'>;
  readonly clock: Clock;
}

/** One step may take so long: an authority looks from several places, and tries again. */
const STEP_WITHIN_MS = 90_000;
const ASK_EVERY_MS = 1_000;
const ASK_AT_MOST_EVERY_MS = 10_000;
/** RFC 8555 §8.3: base64url; it becomes part of a path. */
const TOKEN = /^[\w-]{16,256}$/;

export async function placeOrder(
  request: OrderRequest,
  events: OrderEvents,
  options: OrderOptions,
): Promise<OrderOutcome> {
  const { resolver, clock, ending } = options;
  try {
    const userAgent = `postern/${request.version}`;
    const https = createHttpsRequest({ ca: request.ca, userAgent, resolver, clock, ending });
    const directory = await readDirectory(request.directory, https, clock);
    const server = new AcmeServer(directory, https, clock);
    const account = await openAccount(server, request, events);
    const order = new Order(request, events, server, options);
    try {
      return { kind: 'issued', pem: await order.place(account) };
    } catch (error) {
      if (!(await isGone(server, account, error))) throw error;
      return { kind: 'issued', pem: await order.place(await makeAccount(server, request, events)) };
    }
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error, request) };
  }
}

type Json = Readonly<Record<string, unknown>>;

class Order {
  readonly #request: OrderRequest;
  readonly #events: OrderEvents;
  readonly #server: AcmeServer;
  readonly #options: Pick<OrderOptions, 'clock' | 'random' | 'ending'>;

  constructor(
    request: OrderRequest,
    events: OrderEvents,
    server: AcmeServer,
    options: Pick<OrderOptions, 'clock' | 'random' | 'ending'>,
  ) {
    this.#request = request;
    this.#events = events;
    this.#server = server;
    this.#options = options;
  }

  /** PEM of key and chain. */
  async place(account: OpenAccount): Promise<string> {
    const { name } = this.#request;
    const made = await this.#post(account, this.#server.directory.newOrder, {
      identifiers: [{ type: 'dns', value: name }],
    });
    const url = made.location ?? malformed('it named no address of the order');
    for (const authorization of texts(made.json['authorizations']))
      await this.#authorize(account, authorization);
    const ready = await this.#settled(account, url, (order) => order['status'] !== 'pending');
    if (ready['status'] === 'ready') {
      const finalize = text(ready['finalize']) ?? malformed('the order names no address to finalize it');
      return await this.#finalize(account, url, finalize);
    }
    throw problemIn(ready, `the order became ${String(ready['status'])}`);
  }

  async #authorize(account: OpenAccount, url: string): Promise<void> {
    const { json: authorization } = await this.#post(account, url, undefined);
    if (authorization['status'] === 'valid') return;
    const challenge = this.#choose(authorization);
    this.#events.onChallenge(await this.#answerTo(account, challenge));
    await this.#post(account, challenge.url, {});
    const looked = await this.#settled(account, url, ({ status }) => status !== 'pending');
    if (looked['status'] === 'valid') return;
    throw problemIn(
      challengesOf(looked).find(({ type }) => type === challenge.kind) ?? looked,
      `the authorization became ${String(looked['status'])}`,
    );
  }

  #choose(authorization: Json): {
    readonly kind: ChallengeKind;
    readonly url: string;
    readonly token: string;
  } {
    const offered = challengesOf(authorization);
    for (const kind of this.#request.challenges) {
      const found = offered.find(({ type }) => type === kind);
      const url = text(found?.['url']);
      const token = text(found?.['token']);
      if (url === undefined || token === undefined) continue;
      if (!TOKEN.test(token)) malformed('the token of its challenge is not base64url');
      return { kind, url, token };
    }
    const kinds = offered.map(({ type }) => String(type)).join(', ');
    throw new AcmeProblem({ type: 'no-challenge', detail: `it offers ${kinds || 'no challenge'}` }, 200);
  }

  async #answerTo(
    account: OpenAccount,
    { kind, token }: { readonly kind: ChallengeKind; readonly token: string },
  ): Promise<PendingChallenge> {
    const { name } = this.#request;
    const keyAuthorization = await account.key.authorize(token);
    if (kind === 'http-01') return { kind, name, token, keyAuthorization };
    return { kind, name, ...(await makeAlpnCertificate(name, keyAuthorization, this.#options)) };
  }

  async #finalize(account: OpenAccount, url: string, finalize: string): Promise<string> {
    const { name } = this.#request;
    const { csr, key } = makeCertificateRequest(name);
    await this.#post(account, finalize, { csr });
    const done = await this.#settled(
      account,
      url,
      ({ status }) => status !== 'processing' && status !== 'ready',
    );
    const certificate = text(done['certificate']);
    if (done['status'] !== 'valid' || certificate === undefined)
      throw problemIn(done, `the order became ${String(done['status'])}`);
    const { text: pem } = await this.#server.post(account.key, certificate, undefined, {
      kid: account.url,
      accept: 'application/pem-certificate-chain',
    });
    const checked = checkChain({ pem, key, name }, this.#options.clock.now());
    if ('problem' in checked)
      throw new AcmeProblem({ type: 'bad-certificate', detail: checked.problem }, 200);
    return key + checked.pem;
  }

  async #post(account: OpenAccount, url: string, payload: object | undefined): Promise<AcmeAnswer> {
    return await this.#server.post(account.key, url, payload, { kid: account.url });
  }

  /** Asks until `holds`; RFC 8555 §7.5.1. */
  async #settled(account: OpenAccount, url: string, holds: (json: Json) => boolean): Promise<Json> {
    const untilMs = this.#options.clock.monotonic() + STEP_WITHIN_MS;
    for (;;) {
      const { json, retryAfterMs = ASK_EVERY_MS } = await this.#post(account, url, undefined);
      if (holds(json)) return json;
      if (this.#options.clock.monotonic() >= untilMs)
        throw new AcmeProblem(
          { type: 'timeout', detail: `it had not decided after ${STEP_WITHIN_MS / 1000} s` },
          200,
        );
      await this.#pause(Math.min(retryAfterMs, ASK_AT_MOST_EVERY_MS));
    }
  }

  /** Rejects when the order is broken off. */
  async #pause(delayMs: number): Promise<void> {
    const { clock, ending } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const broken = () => {
        timer.cancel();
        reject(new HttpsError('unreachable', 'the order was broken off'));
      };
      const timer = clock.after(delayMs, () => {
        ending.removeEventListener('abort', broken);
        resolve();
      });
      if (ending.aborted) broken();
      else ending.addEventListener('abort', broken, { once: true });
    });
  }
}

function problemIn(json: Json, otherwise: string): AcmeProblem {
  return new AcmeProblem(readProblem(json['error']) ?? { type: 'invalid', detail: otherwise }, 200);
}

function challengesOf(authorization: Json): readonly Json[] {
  const { challenges } = authorization;
  return Array.isArray(challenges)
    ? challenges.filter((one): one is Json => typeof one === 'object' && one !== null)
    : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, 10) : [];
}

function malformed(detail: string): never {
  throw new AcmeProblem({ type: 'malformed', detail }, 200);
}
