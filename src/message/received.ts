/**
 * The trace field that the relay prepends to accepted messages. RFC 5321 §4.4, RFC 3848 and RFC 6531 §4.3 (the words
 * after `with`), RFC 5322 §3.6.7.
 *
 * The client's HELO name is validated before use: it cannot break out of the field or reveal a hidden client address.
 */
import { formatDateTime } from './date-time.ts';

/**
 * RFC 3848, RFC 6531 §4.3: S with TLS, A with authentication, UTF8 when MAIL carried SMTPUTF8. `HTTP`: the API.
 * `LOCAL`: relayctl.
 */
export type ReceivedProtocol =
  | 'SMTP'
  | 'ESMTP'
  | 'ESMTPA'
  | 'ESMTPS'
  | 'ESMTPSA'
  | 'UTF8SMTP'
  | 'UTF8SMTPA'
  | 'UTF8SMTPS'
  | 'UTF8SMTPSA'
  | 'HTTP'
  | 'HTTPS'
  | 'LOCAL';

export interface ReceivedFacts {
  /** From EHLO or HELO, as sent. */
  readonly clientHelo: string;
  /** IPv4 or IPv6 address; `undefined` when it is hidden. */
  readonly clientAddress: string | undefined;
  /** The relay's host name. */
  readonly serverName: string;
  readonly protocol: ReceivedProtocol;
  /** `undefined`: in clear. `version` such as `TLSv1.3`, `cipher` such as `TLS_AES_256_GCM_SHA384`. */
  readonly tls: { readonly version: string; readonly cipher: string } | undefined;
  /** `msg_` id. */
  readonly messageId: string;
  /** Only when there is exactly one: recipients must not learn of each other. */
  readonly recipient: string | undefined;
  /** MT-PRIORITY, told by RFC 6710 §4. */
  readonly priority?: number | undefined;
  readonly atMs: number;
}

const DOMAIN = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9_])?\.?$/;
const ADDRESS_LITERAL = /^\[[0-9A-Fa-f.:IPv]{2,60}\]$/;
const ALL_DIGITS = /^[0-9.]+$/;
const TLS_WORD = /^[A-Za-z0-9._-]{1,80}$/;
// Printable, without characters that would end the path; at most the length of a path (RFC 5321 §4.5.3.1.3).
const PATH = /^[^\p{Cc}<>]{3,320}$/u;
const UNKNOWN = 'unknown';

/** The whole field, folded, with its final CRLF. Lines stay under 998 octets for any client input. */
export function buildReceived(facts: ReceivedFacts): string {
  const { clientAddress: address, tls, recipient, priority } = facts;
  const from =
    address === undefined
      ? heloName(facts.clientHelo, false)
      : `${heloName(facts.clientHelo, true)} (${addressLiteral(address)})`;
  const cipher = tls !== undefined && TLS_WORD.test(tls.cipher) ? ` ${tls.cipher}` : '';
  const secured = tls !== undefined && TLS_WORD.test(tls.version) ? ` (${tls.version}${cipher})` : '';
  const target = recipient !== undefined && PATH.test(recipient) ? `\r\n\tfor <${recipient}>` : '';
  return (
    `Received: from ${from}\r\n` +
    `\tby ${facts.serverName} (Postern) with ${facts.protocol}${secured}\r\n` +
    `\tid ${facts.messageId}${target}${priority === undefined ? '' : `\r\n\tPRIORITY ${priority}`};\r\n` +
    `\t${formatDateTime(facts.atMs)}\r\n`
  );
}

function heloName(helo: string, withLiterals: boolean): string {
  if (withLiterals && ADDRESS_LITERAL.test(helo)) return helo;
  // A bare IPv4 address is not a domain, and would reveal a hidden address.
  if (!DOMAIN.test(helo) || ALL_DIGITS.test(helo)) return UNKNOWN;
  return helo;
}

function addressLiteral(address: string): string {
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`;
}
