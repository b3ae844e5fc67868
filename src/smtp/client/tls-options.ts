/**
 * What a client's handshake is made with: the settings of each strength (tls-plan.ts), the trusted authorities, and the
 * certificate that this side shows. RFC 3207, RFC 7435, RFC 8689.
 */
import { constants } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import { errorWords } from '../../platform/tls-error.ts';
import { CIPHERS, TLS_1_3_SUITES } from '../../platform/tls-ciphers.ts';
import type { ConnectSource } from './session.ts';
import type { TlsStrength } from './tls-plan.ts';

type ClientCertificate = NonNullable<ConnectSource['clientCertificate']>;

export interface TlsOptions {
  /** Why it cannot be shown. To be asked before {@link TlsOptions.of}, which throws then. */
  problemOf(shown: ClientCertificate): string | undefined;
  /** The options of one handshake with `host`. */
  of(host: string, strength: TlsStrength, shown: ClientCertificate | undefined): ConnectionOptions;
}

interface Contexts {
  readonly lenient: SecureContext;
  /** Made when it is first used: it loads the root store. */
  strict: SecureContext | undefined;
}

/**
 * Opportunistic TLS protects from listeners, whoever the peer is: the weakest TLS beats clear text, so old versions,
 * small keys and unpatched renegotiation are allowed. Where TLS is required, Node's choice of suites holds.
 */
export function createTlsOptions(ca: readonly string[] | undefined): TlsOptions {
  const usual = contextsWith({});
  const showing = new WeakMap<ClientCertificate, Contexts>();
  const contextsOf = (shown: ClientCertificate | undefined) => {
    if (shown === undefined) return usual;
    const contexts = showing.get(shown) ?? contextsWith({ cert: shown.cert, key: shown.key });
    showing.set(shown, contexts);
    return contexts;
  };
  return {
    problemOf: (shown) => {
      try {
        contextsOf(shown);
        return undefined;
      } catch (error) {
        return `the client certificate cannot be used: ${errorWords(error)}`;
      }
    },
    of: (host, strength, shown) => {
      const contexts = contextsOf(shown);
      const name = host.replace(/\.$/, '');
      const servername = isIP(name) === 0 && !name.startsWith('[') ? { servername: name } : {};
      if (strength === 'lenient')
        return { ...servername, secureContext: contexts.lenient, rejectUnauthorized: false, minDHSize: 1 };
      contexts.strict ??= createSecureContext({
        ...(shown !== undefined && { cert: shown.cert, key: shown.key }),
        ...(ca !== undefined && { ca: [...ca] }),
        ciphers: CIPHERS,
      });
      return {
        ...servername,
        host: name,
        secureContext: contexts.strict,
        rejectUnauthorized: strength === 'verified',
      };
    },
  };
}

function contextsWith(shown: { readonly cert?: string; readonly key?: string }): Contexts {
  const lenient = createSecureContext({
    ...shown,
    minVersion: 'TLSv1',
    ciphers: `${TLS_1_3_SUITES}:DEFAULT:@SECLEVEL=0`,
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    // Nothing is verified, so the root store need not be loaded.
    ca: [],
  });
  return { lenient, strict: undefined };
}

/** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`. */
export function describeTls(socket: TLSSocket): string {
  const cipher = socket.getCipher();
  return `${socket.getProtocol() ?? 'TLS'} ${cipher.standardName}`;
}
