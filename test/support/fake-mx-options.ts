/** What the fake MX can be told, and what it records. */
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { Clock } from '../../src/platform/clock.ts';
import type { ProviderLimits } from './provider-limits.ts';

export interface ReceivedRecipient {
  readonly address: string;
  /** ESMTP parameters as sent, such as `NOTIFY=FAILURE`. */
  readonly parameters: readonly string[];
}

export interface ReceivedMessage {
  /** `local-part@domain`, or the empty string. */
  readonly reversePath: string;
  readonly parameters: readonly string[];
  /** The accepted ones, in order. */
  readonly recipients: readonly ReceivedRecipient[];
  /** Dots unstuffed, without the final dot; empty when `keepContent` is false. */
  readonly content: Buffer;
  readonly sizeBytes: number;
  /** TLS version, such as `TLSv1.3`; `undefined`: in clear. */
  readonly tls: string | undefined;
  readonly helo: string;
  /** Where the connection came from. */
  readonly clientAddress: string;
  /** Common name in the certificate that the client showed. */
  readonly clientCertificate: string | undefined;
  /** The user that logged in. */
  readonly user: string | undefined;
  /** 1 for the first connection that the server took. */
  readonly connection: number;
  /** False when the reply to the dot was withheld. A message whose dot was answered negatively is not listed. */
  readonly acknowledged: boolean;
}

/** What the hook may ask for instead of a reply line (without CRLF; `\r\n` inside makes several lines). */
export type FakeMxAnswer =
  | string
  | { readonly reply: string; readonly thenClose?: boolean; readonly delayMs?: number }
  /** The usual reply, and these octets behind it in the same write. */
  | { readonly after: string; readonly thenClose?: boolean }
  /** Octets as they are. */
  | { readonly raw: string | Uint8Array; readonly thenClose?: boolean }
  /** Close, close with RST (in clear only), or never answer. */
  | { readonly fault: 'drop' | 'reset' | 'silent' };

/** AUTH is offered when it is among the extensions, such as `AUTH PLAIN LOGIN`; any of PLAIN, LOGIN, XOAUTH2 works. */
export interface FakeMxLogin {
  readonly username: string;
  /** For XOAUTH2 the access token. */
  readonly password: string;
}

export interface FakeMxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default `mx.test`. */
  readonly hostname?: string;
  /** EHLO keywords. Default {@link DEFAULT_EXTENSIONS}; `[]` offers none. */
  readonly extensions?: readonly string[];
  /** `refuse` answers EHLO 502, so only HELO works. */
  readonly ehlo?: 'accept' | 'refuse';
  readonly greeting?: { readonly code?: number; readonly text?: string; readonly delayMs?: number };
  /** What it takes of a client; several hosts may share them. Asked behind `respond`. */
  readonly limits?: ProviderLimits | undefined;
  /** MAIL beyond this many messages on one connection is answered 421. */
  readonly maxTransactions?: number;
  /** After 220: talk no TLS, close, or never go on; `refuse` answers 454. Default `works`. */
  readonly starttls?: 'works' | 'garbage' | 'close' | 'hang' | 'refuse';
  /** TLS from the first octet, RFC 8314 §3. */
  readonly implicitTls?: boolean;
  /** Asks the client for a certificate in the handshake; any will do. */
  readonly asksForCertificate?: boolean;
  /** Makes a smart host of it: MAIL without a login is answered 530. */
  readonly login?: FakeMxLogin | undefined;
  /** For old TLS versions, another certificate. */
  readonly secureContext?: SecureContextOptions;
  /** What DATA answers without an accepted recipient. Default `503`; RFC 2920 allows 354. */
  readonly dataWithoutRecipients?: '503' | '354';
  /**
   * Asked before every command, with the command line, `GREETING`, or `.` for the end of data. `undefined`: as usual.
   * A positive reply replaces the text, a negative one also the effect.
   */
  readonly respond?: (
    command: string,
    state: {
      readonly connection: number;
      readonly messages: number;
      readonly tls: boolean;
      readonly clientAddress: string;
    },
  ) => FakeMxAnswer | undefined;
  /** False: counts only. Default true. */
  readonly keepContent?: boolean;
  /** False: `messages` stays empty, `messageCount` counts. Default true. */
  readonly keepMessages?: boolean;
  readonly onMessage?: (message: ReceivedMessage) => void;
  readonly clock?: Clock;
}

export const DEFAULT_EXTENSIONS: readonly string[] = [
  'PIPELINING',
  'SIZE 52428800',
  'STARTTLS',
  '8BITMIME',
  'SMTPUTF8',
  'ENHANCEDSTATUSCODES',
  'DSN',
];

/** What a connection needs of its server. */
export interface FakeMxState {
  readonly clock: Clock;
  readonly deferredOnce: Set<string>;
  options: FakeMxOptions;
  secureContext: SecureContext;
  command(line: string): void;
  took(message: ReceivedMessage): void;
}
