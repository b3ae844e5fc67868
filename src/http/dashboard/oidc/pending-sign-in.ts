/**
 * A sign-in under way: what the browser that began it has to bring back. It is in a cookie of that browser, sealed, so that any node may
 * finish what another began, and nobody else's browser can. Each is good once and for ten minutes. SameSite=Lax, because the way back
 * begins at the provider's site, and a Strict cookie would not come along. RFC 6265bis; OpenID Connect Core §3.1.2.1.
 */
import { timingSafeEqual } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BoundedTable } from '../../../platform/bounded-table.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Random } from '../../../platform/random.ts';
import type { SecretBox } from '../../../platform/secret-box.ts';
import { MINUTE_MS } from '../../../platform/time-units.ts';
import { DASHBOARD_PATH, isSecure } from '../dashboard-place.ts';

const pendingSchema = z.strictObject({
  issuer: z.string(),
  state: z.string(),
  nonce: z.string(),
  /** RFC 7636 §4.1. */
  verifier: z.string(),
  /** A path of the dashboard. */
  to: z.string(),
  untilMs: z.number(),
});
export type PendingSignIn = Readonly<z.infer<typeof pendingSchema>>;

export interface PendingSignInOptions {
  readonly box: Pick<SecretBox, 'seal' | 'open'>;
  readonly clock: Clock;
  readonly random: Pick<Random, 'bytes'>;
  /** `dashboard.url`, live. */
  readonly url: () => string | undefined;
}

const GOOD_MS = 10 * MINUTE_MS;
const SECRET_BYTES = 32;
const CONTEXT = 'oidc-sign-in';
/** More than come back within ten minutes. Beyond it, and on other nodes, the provider's code is still good once. */
const MOST_TAKEN = 10_000;

export class PendingSignIns {
  readonly #options: PendingSignInOptions;
  readonly #taken = new BoundedTable<true>(MOST_TAKEN);

  constructor(options: PendingSignInOptions) {
    this.#options = options;
  }

  /** In place of one that the browser had. */
  begin(reply: FastifyReply, issuer: string, to: string): PendingSignIn {
    const { box, clock, random } = this.#options;
    const [state, nonce, verifier] = [secretOf(random), secretOf(random), secretOf(random)];
    const pending = { issuer, state, nonce, verifier, to, untilMs: clock.now() + GOOD_MS };
    const sealed = box.seal(Buffer.from(JSON.stringify(pending)), CONTEXT);
    this.#setCookie(reply, Buffer.from(sealed).toString('base64url'), GOOD_MS / 1000);
    return pending;
  }

  /** Good once; `undefined`: this browser began none with that state at that issuer, it is over, or was taken. */
  take(request: FastifyRequest, issuer: string, state: string | null): PendingSignIn | undefined {
    const pending = this.#opened(request);
    if (pending?.issuer !== issuer || pending.untilMs <= this.#options.clock.now()) return undefined;
    if (state === null || !isSame(state, pending.state) || this.#taken.get(state) === true) return undefined;
    this.#taken.set(state, true);
    return pending;
  }

  end(reply: FastifyReply): void {
    this.#setCookie(reply, '', 0);
  }

  #opened({ headers }: FastifyRequest): PendingSignIn | undefined {
    const value = parseCookie(headers.cookie ?? '')[this.#name];
    if (value === undefined) return undefined;
    try {
      const opened = this.#options.box.open(Buffer.from(value, 'base64url'), CONTEXT);
      return pendingSchema.parse(JSON.parse(Buffer.from(opened).toString()));
    } catch {
      // What strangers send.
      return undefined;
    }
  }

  get #name(): string {
    return isSecure(this.#options.url()) ? '__Host-postern-oidc' : 'postern-oidc';
  }

  #setCookie(reply: FastifyReply, value: string, maxAge: number): void {
    const secure = isSecure(this.#options.url());
    const attributes = {
      httpOnly: true,
      sameSite: 'lax',
      secure,
      path: secure ? '/' : DASHBOARD_PATH,
    } as const;
    void reply.header('set-cookie', stringifySetCookie({ name: this.#name, value, maxAge, ...attributes }));
  }
}

function secretOf(random: Pick<Random, 'bytes'>): string {
  return Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
