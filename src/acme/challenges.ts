/** Pending challenges, which the listeners of both kinds serve (RFC 8555 §8.3, RFC 8737 §3). */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { PendingChallenge } from './order-contract.ts';

/** The protocol name of TLS-ALPN-01. */
export const ALPN_PROTOCOL = 'acme-tls/1';

export class Challenges {
  readonly #tokens = new Map<string, { readonly name: string; readonly keyAuthorization: string }>();
  readonly #contexts = new Map<string, SecureContext>();

  show(challenge: PendingChallenge): void {
    const { name } = challenge;
    if (challenge.kind === 'http-01') {
      const { token, keyAuthorization } = challenge;
      this.#tokens.set(token, { name, keyAuthorization });
    } else {
      const { cert, key } = challenge;
      this.#contexts.set(name, createSecureContext({ cert, key, minVersion: 'TLSv1.2' }));
    }
  }

  /** Of an order that has ended. */
  clear(name: string): void {
    for (const [token, pending] of this.#tokens) if (pending.name === name) this.#tokens.delete(token);
    this.#contexts.delete(name);
  }

  /** `host`: lower case, without a port. */
  keyAuthorization(host: string, token: string): string | undefined {
    const pending = this.#tokens.get(token);
    return pending?.name === host ? pending.keyAuthorization : undefined;
  }

  /** For a handshake that offers {@link ALPN_PROTOCOL} alone. */
  alpnContext(serverName: string): SecureContext | undefined {
    return this.#contexts.get(serverName.toLowerCase());
  }
}
