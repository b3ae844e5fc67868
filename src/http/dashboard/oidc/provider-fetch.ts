/**
 * Requests to the OpenID Connect provider: bounded in time and octets, no redirect followed. The issuer is the operator's word, so its
 * host may be anywhere, in a private network too. Other hosts are named by what the issuer answers: they have to be public. https
 * alone, or http on this machine where the issuer is there too. Names are resolved by the relay's resolvers, as those of webhooks.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { CustomFetchOptions } from 'openid-client';
import { isOfThisMachine } from '../../../config/oidc-kinds.ts';
import type { Resolver } from '../../../dns/resolver.ts';
import type { Clock } from '../../../platform/clock.ts';
import { errorWords } from '../../../platform/tls-error.ts';
import { allowedAddresses, guardedLookup } from '../../../webhook/address-guard.ts';

/** No answer that can be read. The message names the host and the reason. */
export class ProviderUnreachable extends Error {
  readonly code = 'provider-unreachable';
}

export interface ProviderFetchOptions {
  readonly issuer: URL;
  readonly resolver: Pick<Resolver, 'a' | 'aaaa'>;
  readonly clock: Clock;
  /** For tests. */
  readonly timeoutMs?: number | undefined;
}

export type ProviderFetch = (url: string, options: CustomFetchOptions) => Promise<Response>;

/** From the look-up of the name to the end of the answer. */
const TIMEOUT_MS = 10_000;
/** Metadata have a few KiB, keys with chains of certificates some 50 KiB. */
const MOST_BYTES = 256 * 1024;
/** Statuses whose answers have no body. */
const WITHOUT_BODY = [101, 204, 205, 304];

/** Whether the provider may name such an address, for requests and for the browser. */
export function isProviderUrl(url: URL, issuer: URL): boolean {
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && issuer.protocol === 'http:' && isOfThisMachine(url.hostname))
  );
}

/** Rejects with {@link ProviderUnreachable}. */
export function createProviderFetch(options: ProviderFetchOptions): ProviderFetch {
  const { issuer, resolver } = options;
  return async (written, request) => {
    const url = new URL(written);
    if (!isProviderUrl(url, issuer)) throw new ProviderUnreachable(`${url.host} is not reached by https`);
    const guard = { resolver, allowPrivateAddresses: url.hostname === issuer.hostname };
    try {
      const { status, headers, body } = await exchange(url, request, { ...options, guard });
      return new Response(WITHOUT_BODY.includes(status) ? null : body, { status, headers });
    } catch (error) {
      if (error instanceof ProviderUnreachable) throw error;
      throw new ProviderUnreachable(`${url.host}: ${errorWords(error)}`);
    }
  };
}

interface ExchangeOptions extends ProviderFetchOptions {
  readonly guard: Parameters<typeof guardedLookup>[0];
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer<ArrayBuffer>;
}

async function exchange(
  url: URL,
  { method, headers, body }: CustomFetchOptions,
  { guard, clock, timeoutMs = TIMEOUT_MS }: ExchangeOptions,
): Promise<Answer> {
  // Node.js looks up names alone; an address that is written has to be looked at as well.
  const { hostname } = url;
  if (!guard.allowPrivateAddresses) await allowedAddresses(hostname.replace(/^\[|\]$/g, ''), guard);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const sent = send(url, { method, headers: { ...headers }, lookup: guardedLookup(guard), agent: false });
    const timer = clock.after(timeoutMs, () =>
      sent.destroy(new ProviderUnreachable(`${url.host} has not answered within ${timeoutMs / 1000} s`)),
    );
    const fail = (error: unknown) => {
      timer.cancel();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    sent.on('error', fail);
    sent.on('response', (response) => {
      read(response).then(
        (answer) => {
          timer.cancel();
          resolve(answer);
        },
        (error: unknown) => {
          sent.destroy();
          fail(error);
        },
      );
    });
    sent.end(typeof body === 'string' ? body : body instanceof URLSearchParams ? body.toString() : undefined);
  });
}

async function read(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MOST_BYTES)
      throw new ProviderUnreachable(`the provider answered with more than ${MOST_BYTES} octets`);
    pieces.push(piece);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers))
    for (const one of [value ?? []].flat()) headers.append(name, one);
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(pieces) };
}
