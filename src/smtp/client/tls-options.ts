/**
 * How a client speaks TLS to MX hosts: leniently where it is opportunistic, strictly where a certificate has to verify.
 * RFC 3207, RFC 7435, RFC 8689.
 */
import { constants } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import { CIPHERS, TLS_1_3_SUITES } from '../../platform/tls-ciphers.ts';

/** The options of one handshake. `verify`: the certificate has to be the host's. */
export type TlsOptions = (host: string, verify: boolean) => ConnectionOptions;

/**
 * Opportunistic TLS protects from listeners, whoever the peer is: the weakest TLS beats clear text, so old versions,
 * small keys and unpatched renegotiation are allowed. Where a certificate has to verify, Node's choice of suites holds.
 */
export function createTlsOptions(ca: readonly string[] | undefined): TlsOptions {
  const lenient = createSecureContext({
    minVersion: 'TLSv1',
    ciphers: `${TLS_1_3_SUITES}:DEFAULT:@SECLEVEL=0`,
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    // Nothing is verified, so the root store need not be loaded.
    ca: [],
  });
  let strict: SecureContext | undefined;
  return (host, verify) => {
    const name = host.replace(/\.$/, '');
    const servername = isIP(name) === 0 && !name.startsWith('[') ? { servername: name } : {};
    if (!verify) return { ...servername, secureContext: lenient, rejectUnauthorized: false, minDHSize: 1 };
    strict ??= createSecureContext({ ciphers: CIPHERS, ...(ca === undefined ? {} : { ca: [...ca] }) });
    return { ...servername, host: name, secureContext: strict, rejectUnauthorized: true };
  };
}

/** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`. */
export function describeTls(socket: TLSSocket): string {
  const cipher = socket.getCipher();
  return `${socket.getProtocol() ?? 'TLS'} ${cipher.standardName}`;
}
