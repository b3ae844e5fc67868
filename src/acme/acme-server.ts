/**
 * An ACME server for one account: directory (RFC 8555 §7.1.1), nonces (§6.5), signed requests. A refused nonce is normal
 * and retried with a fresh one; every other problem is thrown as AcmeProblem.
 */
import type { Clock } from '../platform/clock.ts';
import { AcmeProblem, jsonObject, problemOf, retryAfterMs } from './acme-problem.ts';
import type { HttpsAnswer, HttpsRequest } from './https-request.ts';
import type { AccountKey } from './jws.ts';

export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** Accounts need a key that the authority hands out by other ways (RFC 8555 §7.3.4). */
  readonly externalAccountRequired: boolean;
}

export interface AcmeAnswer {
  readonly text: string;
  /** The parsed body; empty where it is no JSON object. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Location, absolute. */
  readonly location: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Times that a nonce may be refused in a row. */
const MOST_NONCES = 8;

/** Rejects with AcmeProblem or HttpsError. */
export async function readDirectory(url: string, request: HttpsRequest, clock: Clock): Promise<Directory> {
  const answer = await request('GET', url);
  if (answer.status !== 200) throw problemOf(answer, clock.now());
  const found = jsonObject(answer.body) ?? {};
  const { newNonce, newAccount, newOrder, meta } = found;
  if (typeof newNonce !== 'string' || typeof newAccount !== 'string' || typeof newOrder !== 'string')
    throw new AcmeProblem(
      { type: 'no-directory', detail: `${url} is not the directory of an ACME server` },
      200,
    );
  const required = (meta as { externalAccountRequired?: unknown } | undefined)?.externalAccountRequired;
  return { newNonce, newAccount, newOrder, externalAccountRequired: required === true };
}

export class AcmeServer {
  readonly directory: Directory;
  readonly #request: HttpsRequest;
  readonly #clock: Clock;
  #nonce: string | undefined;

  constructor(directory: Directory, request: HttpsRequest, clock: Clock) {
    this.directory = directory;
    this.#request = request;
    this.#clock = clock;
  }

  /** `payload` `undefined`: POST-as-GET. Rejects with AcmeProblem or HttpsError. */
  async post(
    key: AccountKey,
    url: string,
    payload: object | undefined,
    { kid, accept }: { readonly kid?: string | undefined; readonly accept?: string } = {},
  ): Promise<AcmeAnswer> {
    for (let refused = 0; ; refused++) {
      const nonce = await this.#takeNonce();
      const body = await key.sign({ url, nonce, kid, payload });
      const answer = await this.#request('POST', url, { body, ...(accept !== undefined && { accept }) });
      this.#keepNonce(answer);
      if (answer.status >= 200 && answer.status < 300) return this.#read(answer, url);
      const problem = problemOf(answer, this.#clock.now());
      if (problem.problem.type !== 'badNonce' || refused >= MOST_NONCES) throw problem;
    }
  }

  #read({ headers, body }: HttpsAnswer, url: string): AcmeAnswer {
    const { location } = headers;
    return {
      text: body,
      json: jsonObject(body) ?? {},
      location: location === undefined ? undefined : URL.parse(location, url)?.href,
      retryAfterMs: retryAfterMs(headers['retry-after'], this.#clock.now()),
    };
  }

  /** Each nonce serves once. */
  async #takeNonce(): Promise<string> {
    if (this.#nonce === undefined) {
      const answer = await this.#request('HEAD', this.directory.newNonce);
      if (answer.status >= 300) throw problemOf(answer, this.#clock.now());
      this.#keepNonce(answer);
    }
    const nonce = this.#nonce;
    this.#nonce = undefined;
    if (nonce === undefined)
      throw new AcmeProblem({ type: 'no-nonce', detail: 'its answers carry no Replay-Nonce' }, 200);
    return nonce;
  }

  #keepNonce({ headers }: HttpsAnswer): void {
    const nonce = headers['replay-nonce'];
    // RFC 8555 §6.5.1: base64url.
    this.#nonce = typeof nonce === 'string' && /^[\w-]+$/.test(nonce) ? nonce : undefined;
  }
}
