/**
 * TLS errors in words for logs, traces and attempts. OpenSSL's text begins with internals (`error:0A00010B:SSL
 * routines:…`) and Node.js's text advises programmers: at most their short reason is used.
 */

const WORDS: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other side sent something that is not TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the other side sent something that is not TLS',
  ERR_SSL_UNKNOWN_PROTOCOL: 'the other side sent something that is not TLS',
  ERR_SSL_HTTP_REQUEST: 'the other side sent an HTTP request in clear instead of TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'no TLS version in common with the other side',
  ERR_SSL_NO_SHARED_CIPHER: 'no TLS cipher in common with the other side',
  ERR_SSL_UNEXPECTED_EOF_WHILE_READING: 'the other side closed the connection in the middle of TLS',
  CERT_HAS_EXPIRED: 'TLS: its certificate has expired',
  CERT_NOT_YET_VALID: 'TLS: its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS: its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS: its certificate comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT:
    'TLS: its certificate comes without the intermediates, or from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'TLS: its certificate comes without the intermediates, or from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'TLS: its certificate comes without the intermediates, or from an authority that is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS: its certificate is for another name',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the TLS handshake took too long',
};

/** `error:` number, library, function (may be empty), then the reason. */
const RAW = /error:[0-9A-F]{8}:[^:]*:[^:]*:([^:\n]+)/;
const ALERT = /\balert (?!number)(.+)$/;

/** For an `error` of a socket or a key; `undefined`: not a TLS or OpenSSL error. */
export function tlsErrorWords(
  error: Error & { code?: string | undefined; reason?: string },
): string | undefined {
  const { code = '', reason = RAW.exec(error.message)?.[1] } = error;
  const known = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  if (known !== undefined || reason === undefined) return known;
  const alert = ALERT.exec(reason)?.[1];
  return alert === undefined ? `TLS failed (${reason})` : `the other side refused TLS (${alert})`;
}

/** As {@link tlsErrorWords}; the message of any other error. */
export function errorWords(error: unknown): string {
  return error instanceof Error ? (tlsErrorWords(error) ?? error.message) : String(error);
}
