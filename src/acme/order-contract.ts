/** The contract of one order for one certificate: types alone. order.ts carries it out, and is loaded with the first one. */

/** RFC 8555 §8.3, RFC 8737. */
export type ChallengeKind = 'http-01' | 'tls-alpn-01';

/** At the authority of one directory. */
export interface Account {
  readonly directory: string;
  readonly url: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  /** As the authority has it. */
  readonly contact: string | undefined;
}

export interface OrderRequest {
  readonly name: string;
  readonly directory: string;
  readonly contact: string | undefined;
  /** PEM of authorities that are trusted besides the system's. */
  readonly ca: string | undefined;
  /** `undefined`, or of another directory: one is made. */
  readonly account: Account | undefined;
  /** That can be answered here, the preferred one first. */
  readonly challenges: readonly ChallengeKind[];

  /** Of the program, for User-Agent. */
  readonly version: string;
}

/** What has to be shown at `name` before the authority looks. */
export type PendingChallenge = { readonly name: string } & (
  | { readonly kind: 'http-01'; readonly token: string; readonly keyAuthorization: string }
  /** PEM of the certificate that stands for the key authorization. */
  | { readonly kind: 'tls-alpn-01'; readonly cert: string; readonly key: string }
);

export interface OrderEvents {
  /** An account was made or changed; to be kept before it is used. */
  readonly onAccount: (account: Account) => void;
  /** To be shown when it returns. It may be taken away when the order has ended. */
  readonly onChallenge: (challenge: PendingChallenge) => void;
}

/** Why there is no certificate; one line each. */
export interface OrderFailure {
  /** Of the authority (RFC 8555 §6.7), such as `connection`, or ours, such as `unreachable`. */
  readonly problem: string;
  readonly detail: string;
  readonly remedy: string;
  /** The authority takes no order for so long. */
  readonly retryAfterMs?: number | undefined;
}

export type OrderOutcome =
  /** PEM: key, certificate, intermediates, in this order. */
  | { readonly kind: 'issued'; readonly pem: string }
  | { readonly kind: 'failed'; readonly failure: OrderFailure };

/** `ending`: it is broken off, and its outcome is of no interest. Never rejects for what an authority or the network does. */
export type PlaceOrder = (
  request: OrderRequest,
  events: OrderEvents,
  ending: AbortSignal,
) => Promise<OrderOutcome>;
