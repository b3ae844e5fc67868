/**
 * The interface of an SMTP client session to an MX host, implemented by client.ts. A session speaks the protocol and
 * reports one reply for each forward-path; it makes no decisions. RFC 5321 §3, §4.5.3.2.
 */
import type { HostPort } from '../../platform/network/host-port.ts';
import type { RelayLogin, RelayTls } from '../../policy/egress/route-rules.ts';
import type { LocalClass } from '../../policy/local-failures.ts';
import type { BodyType, ByMode, DsnReturn, ForwardPath } from '../envelope.ts';
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
  /** MT-PRIORITY, where the remote offers it. RFC 6710. */
  readonly priority?: number | undefined;
  /** BY, where the remote offers it: what is left, seconds. RFC 2852. */
  readonly deliverBy?:
    { readonly seconds: number; readonly mode: ByMode; readonly trace: boolean } | undefined;
  /** Octets of `content` before dot-stuffing; for SIZE. */
  readonly sizeBytes: number;
  /** The message with CRLF line ends, not dot-stuffed, in order; read once a call. */
  content(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /**
   * Asked before the final dot. Anything but `undefined`: it may not be sent any more; the session is destroyed, and the
   * transaction is `lost` for that reason. Default: it may.
   */
  mayEnd?(): LocalObstacle | undefined;
}

/** Why this relay may not go on, which says nothing about the remote. */
export interface LocalObstacle {
  readonly text: string;
  readonly localClass: LocalClass;
}

/** The reply that settled one forward-path, and its command. */
export interface RecipientReply {
  readonly reply: Reply;
  readonly stage: Extract<AttemptStage, 'mail' | 'rcpt' | 'data' | 'final'>;
  /** Number of forward-paths that the reply answered: 1 means this recipient alone. */
  readonly sharedBy: number;
}

export type TransactionResult =
  /**
   * Every forward-path has its reply, in order. A 421 to the final dot is a reply too (it settles the message); the
   * session is then unusable.
   */
  | { readonly kind: 'replied'; readonly replies: readonly RecipientReply[] }
  /**
   * The message cannot be sent to this hop (no SMTPUTF8, larger than its SIZE, no REQUIRETLS); nothing was sent and
   * the session stays usable. `forwardPaths`: positions of those affected, when the others could be sent in a
   * transaction of their own; absent: all.
   */
  | {
      readonly kind: 'unsendable';
      readonly status: string;
      readonly text: string;
      readonly forwardPaths?: readonly number[];
    }
  /**
   * The connection ended, timed out or broke the protocol, or MAIL, RCPT or DATA was answered 421 (`reply`).
   * `replies` holds earlier replies, `undefined` for the rest; a recipient accepted at RCPT has no reply yet.
   * `afterFinalDot`: the remote may have accepted the message. `stale`: a reused session failed before the
   * transaction began: no reply, a 421 first, or a reply out of step.
   */
  | {
      readonly kind: 'lost';
      readonly stage: AttemptStage;
      readonly text: string;
      readonly reply: Reply | undefined;
      readonly replies: readonly (RecipientReply | undefined)[];
      readonly afterFinalDot: boolean;
      readonly stale: boolean;
      /** It ended because of a failure of this relay. */
      readonly localClass?: LocalClass;
    };

/** What a session, or a connection on its way to one, waits for. */
export interface RemoteWait {
  /** A command, or `the connection`, `the greeting`, `the TLS handshake`, `the end of data`, ... */
  readonly what: string;
  /** Monotonic. */
  readonly sinceMs: number;
}

export interface ClientSession {
  readonly remote: RemoteAddress;
  /** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; `undefined`: in clear. */
  readonly tls: string | undefined;
  /** Why offered TLS was not used: the handshake failed or STARTTLS was refused. */
  readonly tlsFailure?: string | undefined;
  /** Keywords of the EHLO reply, upper case, with their parameters. */
  readonly extensions: ReadonlyMap<string, string>;
  /** What it waits for; `undefined`: nothing. */
  readonly waitsFor?: RemoteWait | undefined;
  /** Transactions completed on this session. */
  readonly transactions: number;
  /** False after it ended or the remote sent 421. A busy session is usable. */
  readonly usable: boolean;
  /**
   * One at a time. Never rejects for a failure of the remote or the network; rejects when `content` does (the session
   * is then destroyed).
   */
  transact(transaction: OutboundTransaction): Promise<TransactionResult>;
  /** QUIT, then closes within seconds; resolves when the socket is closed. A busy session is destroyed instead. */
  quit(): Promise<void>;
  /** Closes at once; a running transaction is `lost`. */
  destroy(): void;
  /** Called once when an idle session ends by itself; promptly if it had ended before. */
  onEnd(listener: () => void): void;
}

/** A connection that failed before MAIL. */
export interface ConnectFailure {
  readonly kind: 'failed';
  readonly stage: Extract<AttemptStage, 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'policy'>;
  readonly reply: Reply | undefined;
  readonly text: string;
  /** Why it was in clear although the host offers TLS. */
  readonly tlsFailure?: string;
  /** It failed on this side of the remote: the source's address, certificate or hop. */
  readonly localClass?: LocalClass;
}

export type ConnectResult = { readonly kind: 'connected'; readonly session: ClientSession } | ConnectFailure;

/** How a connection leaves, where it is not from the address that the system chooses. */
export interface ConnectSource {
  /** Of this machine, of the remote's family; with a hop of the hop. */
  readonly localAddress: string;
  /** The name in EHLO. */
  readonly hostname: string;
  /** PEM; shown to remotes that ask for a certificate. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Connects onwards in our stead. */
  readonly hop?: { readonly kind: 'socks5' | 'proxy-protocol'; readonly at: HostPort } | undefined;
}

/** What a connection to a smart host needs beside those to MX hosts. */
export interface SmartHostSession {
  readonly tls: RelayTls;
  readonly login: RelayLogin | undefined;
}

export interface ConnectRequest {
  readonly requireTls: boolean;
  readonly signal?: AbortSignal;
  readonly connectMs?: number;
  readonly tlsFailedBefore?: string;
  /** Default: the address that the system chooses, and the relay's name. */
  readonly source?: ConnectSource | undefined;
  /** Default: the remote is an MX host. */
  readonly smartHost?: SmartHostSession | undefined;
  /** Given, for each connection that is made, what tells what it waits for. */
  readonly onConnecting?: ((waitsFor: () => RemoteWait | undefined) => void) | undefined;
}

/**
 * Greeting, EHLO (or HELO) and STARTTLS where offered; never rejects. A returned session is usable at that moment. A
 * failed handshake leads to one new connection in clear, unless `requireTls`, which also requires a certificate that
 * verifies. An aborted `signal` closes the socket and fails with stage `connect`. `connectMs` shortens the wait for
 * the connection, where another address can be tried. `tlsFailedBefore` (ignored with `requireTls`): connect in clear
 * at once, with this reason. With `smartHost` its TLS mode holds instead, and AUTH ends before MAIL: a login that is
 * refused fails with stage `auth`.
 */
export type Connect = (remote: RemoteAddress, request: ConnectRequest) => Promise<ConnectResult>;
