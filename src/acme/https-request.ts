/**
 * Requests to the authority: HTTPS alone, a trusted certificate, bounded in time and octets, no redirect followed. The
 * directory is the operator's word, its URLs are the authority's: whatever host they name has to be trusted as well.
 */
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import { tlsErrorWords } from '../platform/tls-error.ts';

export interface HttpsRequestOptions {
  /** PEM, besides the system's. */
  readonly ca: string | undefined;
  readonly userAgent: string;
  readonly resolver: Pick<Resolver, 'a' | 'aaaa'>;
  readonly clock: Clock;
  /** Breaks off a request. */
  readonly ending: AbortSignal;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type HttpsRequest = (
  method: 'GET' | 'HEAD' | 'POST',
  url: string,
  content?: { readonly body?: string; readonly accept?: string },
) => Promise<HttpsAnswer>;

/** No response. The message names the host and the reason. */
export class HttpsError extends Error {
  readonly code: 'not-https' | 'untrusted' | 'unreachable' | 'timeout' | 'too-large';
  constructor(code: HttpsError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const WITHIN_MS = 30_000;
/** A chain of ten certificates has some 30 KiB. */
const MOST_BYTES = 256 * 1024;
const LOCALHOST = ['127.0.0.1', '::1'];
/** Of OpenSSL, for a certificate that does not lead to a trusted authority or is for another name. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/;

export function createHttpsRequest(options: HttpsRequestOptions): HttpsRequest {
  // Made once: the system's list is long.
  const secureContext =
    options.ca === undefined
      ? undefined
      : createSecureContext({ ca: [...getCACertificates('default'), options.ca] });
  const lookup = lookupBy(options.resolver);
  return async (method, url, { body, accept } = {}) => {
    const { protocol, host = '' } = URL.parse(url) ?? {};
    if (protocol !== 'https:') throw new HttpsError('not-https', `${url} is not an https address`);
    return await new Promise((resolve, reject) => {
      const headers = {
        'User-Agent': options.userAgent,
        ...(accept !== undefined && { Accept: accept }),
        ...(body !== undefined && {
          'Content-Type': 'application/jose+json',
          'Content-Length': Buffer.byteLength(body),
        }),
      };
      const request = httpsRequest(url, {
        method,
        headers,
        lookup,
        agent: false,
        signal: options.ending,
        ...(secureContext && { secureContext }),
      });
      const timer = options.clock.after(WITHIN_MS, () =>
        request.destroy(new HttpsError('timeout', `${host} has not answered within ${WITHIN_MS / 1000} s`)),
      );
      const fail = (error: Error) => {
        timer.cancel();
        reject(error instanceof HttpsError ? error : unreachable(host, error));
      };
      request.on('error', fail);
      request.on('response', (response) => {
        const pieces: Buffer[] = [];
        let size = 0;
        response.on('data', (piece: Buffer) => {
          pieces.push(piece);
          size += piece.length;
          if (size > MOST_BYTES)
            request.destroy(
              new HttpsError('too-large', `${host} answered with more than ${MOST_BYTES} octets`),
            );
        });
        response.on('error', fail);
        response.on('end', () => {
          timer.cancel();
          const { statusCode = 0 } = response;
          resolve({
            status: statusCode,
            headers: response.headers,
            body: Buffer.concat(pieces).toString('utf8'),
          });
        });
      });
      request.end(body);
    });
  };
}

function unreachable(host: string, error: NodeJS.ErrnoException): HttpsError {
  const untrusted = UNTRUSTED.test(error.code ?? '');
  const why = tlsErrorWords(error) ?? (error.message === '' ? (error.code ?? 'no reason') : error.message);
  return new HttpsError(untrusted ? 'untrusted' : 'unreachable', `${host}: ${why}`);
}

/** By the relay's resolvers, as all else. */
function lookupBy(resolver: HttpsRequestOptions['resolver']): LookupFunction {
  return (host, { all }, callback) => {
    addressesOf(host, resolver).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        if (all === true) callback(null, found);
        else callback(null, found[0]?.address ?? '', found[0]?.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };
}

async function addressesOf(
  host: string,
  resolver: HttpsRequestOptions['resolver'],
): Promise<readonly string[]> {
  if (/^(?:.+\.)?localhost$/i.test(host)) return LOCALHOST;
  const answers = await Promise.all([resolver.a(host), resolver.aaaa(host)]);
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  if (addresses.length > 0) return addresses;
  const failed = answers.find((answer) => answer.kind === 'failed');
  const why = failed === undefined ? 'it has no address in DNS' : `its address: ${failed.reason}`;
  throw new HttpsError('unreachable', `${host}: ${why}`);
}
