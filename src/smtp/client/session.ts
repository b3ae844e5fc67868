/**
 * What an SMTP client session to an MX host promises; client.ts implements it. It speaks the protocol and
 * reports what happened, one reply for each forward-path; it decides nothing. RFC 5321 §3, §4.5.3.2.
 */
import type { LocalClass } from '../../policy/local-failures.ts';
import type { BodyType, DsnReturn, ForwardPath } from '../envelope.ts';
import type { Reply } from '../reply.ts';
import type { AttemptStage } from '../../policy/attempt-stage.ts';

/** One address of one MX host to connect to. */
export interface RemoteAddress {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

export interface OutboundTransaction {
  readonly reversePath: string;
  readonly forwardPaths: readonly ForwardPath[];
  readonly bodyType: BodyType;
  readonly smtpUtf8: boolean;
  readonly requireTls: boolean;
  readonly dsnReturn: DsnReturn | undefined;
  readonly envelopeId: string | undefined;
  /** Octets that `content` gives, before dot-stuffing; for SIZE. */
  readonly sizeBytes: number;
  /** The message with CRLF line ends, not dot-stuffed, in order; read once for each call. */
  content(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** The reply that settled one forward-path, and the command it answered. */
export interface RecipientReply {
  readonly reply: Reply;
  readonly stage: Extract<AttemptStage, 'mail' | 'rcpt' | 'data' | 'final'>;
  /** How many forward-paths that reply was for: 1 means that it answered this recipient alone. */
  readonly sharedBy: number;
}

export type TransactionResult =
  /**
   * Every forward-path has its reply, in order. A 421 to the final dot is such a reply too (it settles the message);
   * the session is then no longer usable.
   */
  | { readonly kind: 'replied'; readonly replies: readonly RecipientReply[] }
  /**
   * The message cannot be sent to this hop (no SMTPUTF8, too big for its SIZE, no REQUIRETLS); nothing was sent and
   * the session is as usable as before. `forwardPaths`: positions of the ones that cannot be, when the message could
   * go to the others in a transaction without them; absent: none can.
   */
  | {
      readonly kind: 'unsendable';
      readonly status: string;
      readonly text: string;
      readonly forwardPaths?: readonly number[];
    }
  /**
   * The connection ended, timed out or broke the protocol, or MAIL, RCPT or DATA was answered 421 (`reply`).
   * `replies` holds what was answered before, `undefined` for the rest; a recipient that RCPT accepted was not
   * answered yet. `afterFinalDot`: the remote may have taken the message all the same. `stale`: nothing was heard
   * since the transaction began, a 421 as the first word, or an answer out of step, on a session that had done
   * transactions before (a reused one gone bad).
   */
  | {
      readonly kind: 'lost';
      readonly stage: AttemptStage;
      readonly text: string;
      readonly reply: Reply | undefined;
      readonly replies: readonly (RecipientReply | undefined)[];
      readonly afterFinalDot: boolean;
      readonly stale: boolean;
      /** It ended for a fault of this relay's own. */
      readonly localClass?: LocalClass;
    };

export interface ClientSession {
  readonly remote: RemoteAddress;
  /** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; `undefined`: in clear. */
  readonly tls: string | undefined;
  /** Why TLS was offered and yet not used, in words: the handshake failed or STARTTLS was refused. */
  readonly tlsFailure?: string | undefined;
  /** Keywords of the EHLO reply, upper case, with their parameters. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Transactions finished on this session. */
  readonly transactions: number;
  /** False once it ended or the remote said 421. A busy session is usable. */
  readonly usable: boolean;
  /** One at a time. Never rejects for what the remote or the network does; rejects when `content` does (the session is destroyed then). */
  transact(transaction: OutboundTransaction): Promise<TransactionResult>;
  /** QUIT, then closes within a few seconds; resolves when the socket is closed. A busy session is destroyed instead. */
  quit(): Promise<void>;
  /** Closes at once; a transaction under way is `lost`. */
  destroy(): void;
  /** Called once when an idle session ends by itself; soon, when it had ended already. */
  onEnd(listener: () => void): void;
}

/** A connection that did not come to the point of MAIL. */
export interface ConnectFailure {
  readonly kind: 'failed';
  readonly stage: Extract<AttemptStage, 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'policy'>;
  readonly reply: Reply | undefined;
  readonly text: string;
  /** Why it was in clear although the host offers TLS. */
  readonly tlsFailure?: string;
}

export type ConnectResult = { readonly kind: 'connected'; readonly session: ClientSession } | ConnectFailure;

/**
 * Greeting, EHLO (or HELO) and STARTTLS where offered; never rejects. A session that it gives is usable at that moment. A failed handshake leads to one new connection in
 * clear, unless `requireTls`, which also wants a certificate that verifies. An aborted `signal` closes the socket and
 * fails with stage `connect`. `connectMs` shortens the wait for the connection itself, where there is another address
 * to try. `tlsFailedBefore` (ignored with `requireTls`): in clear at once, and why.
 */
export type Connect = (
  remote: RemoteAddress,
  options: {
    readonly requireTls: boolean;
    readonly signal?: AbortSignal;
    readonly connectMs?: number;
    readonly tlsFailedBefore?: string;
  },
) => Promise<ConnectResult>;
