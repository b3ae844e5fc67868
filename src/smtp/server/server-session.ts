/**
 * What one SMTP connection asks of the service behind its port, in our words: the seam between smtp-connection.ts,
 * which knows sockets and the library, and a service's session, which knows who may send what to whom. Every
 * question is answered with the exact reply; commands of one connection are asked one after the other.
 */
import type { ClientCertificate } from '../../policy/client-certificate.ts';
import type { Reply } from '../reply.ts';

/** The client as far as it is known now. TLS and HELO change during a connection, so read it when it is needed. */
export interface SmtpPeer {
  /** Names the connection in the log. */
  readonly id: string;
  /** IPv4, or IPv6 without a zone; an IPv4 address mapped into IPv6 comes as IPv4. */
  readonly address: string;
  readonly port: number;
  /** `undefined`: in clear. */
  readonly tls: { readonly version: string; readonly cipher: string } | undefined;
  /** The argument of EHLO or HELO as the client sent it, control characters excluded; empty before. */
  readonly helo: string;
  /** That it showed in the TLS handshake, where the port asks for one; TLS has seen that it has the key. */
  readonly certificate: ClientCertificate | undefined;
  /** EHLO, not HELO. */
  readonly extended: boolean;
  /** The connection ends with this reply: at once, or after the answer that a complete message waits for. */
  end(reply: Reply): void;
}

/** What a session may do to the flow of DATA. */
export interface DataFlow {
  pause(): void;
  resume(): void;
}

/** Takes the octets of one message, dots unstuffed, without the end of data. */
export interface DataSink {
  /** A reply breaks off at once: it is sent and, being 421, closes the connection. */
  push(bytes: Buffer): Reply | undefined;
  /** The message is complete; the reply is sent when this resolves. Not called after `abort`. */
  end(): Promise<Reply>;
  /** The connection is gone before the end of data, or `push` broke off. */
  abort(): void;
}

export interface ServerSession {
  /** Asked before the greeting; a reply is sent instead of it and the connection closed. */
  admit(): Reply | undefined;
  /** AUTH succeeded and was not undone by STARTTLS. */
  readonly authenticated: boolean;
  /** Whose mail it is, as far as that is known: its connections share the thread's time. */
  readonly account: string | undefined;
  /** What EHLO offers beside what every port has. */
  readonly extensions: readonly string[];
  /** MAIL was accepted and the transaction has not ended. */
  readonly inTransaction: boolean;
  /** AUTH PLAIN or LOGIN, after TLS, outside a transaction. 235 means success. */
  authenticate(username: string, password: string): Reply | Promise<Reply>;
  /** AUTH EXTERNAL, where the port asks for certificates. `authorizationId`: empty, or whom the client wants to be. */
  authenticateByCertificate(authorizationId: string): Reply | Promise<Reply>;
  /** `line`: the whole command. 250 opens a transaction. */
  mail(line: Uint8Array): Reply | Promise<Reply>;
  rcpt(line: Uint8Array): Reply | Promise<Reply>;
  /** DATA: a refusal, or the sink for what follows 354. */
  data(flow: DataFlow): Reply | DataSink;
  /** The transaction is over: RSET, EHLO, the reply to the end of data. */
  reset(): void;
  /** TLS has begun: nothing that was learned before it counts any more (RFC 3207 §4.2). */
  secured(): void;
  /** Once, when the socket is gone. `admit` was called before, whatever it said. */
  closed(): void;
}
