/**
 * One listening port. Shutdown closes idle clients at once, lets transactions end, and never cuts off a client whose complete
 * message waits for its reply.
 */
import type { AddressInfo, ListenOptions } from 'node:net';
import type { SecureContext } from 'node:tls';
import { ListeningServer } from './listening-server.ts';
import type { SmtpListenerOptions } from './smtp-listener-options.ts';

export class SmtpListener {
  readonly #server: ListeningServer;

  constructor(options: SmtpListenerOptions) {
    this.#server = new ListeningServer(options);
  }

  /** Rejects with the error of listen(2), such as EADDRINUSE. */
  async listen(where: ListenOptions): Promise<AddressInfo> {
    const listening = Promise.withResolvers<undefined>();
    const { server } = this.#server;
    server.once('error', listening.reject);
    server.listen(where, () => listening.resolve(undefined));
    await listening.promise;
    server.removeListener('error', listening.reject);
    const bound = server.address() as AddressInfo;
    this.#server.boundTo(bound);
    return bound;
  }

  /** For new handshakes; open connections keep theirs. */
  useSecureContexts(contexts: ReadonlyMap<string, SecureContext>): void {
    this.#server.secureContext = new Map(contexts);
  }

  /** Sockets, including those in a TLS handshake or waiting for the client to close. */
  get connectionCount(): number {
    return this.#server.open.size;
  }

  /** Stops listening; 421 4.3.2 to idle clients at once, to the others when their transaction ends. */
  drain(): void {
    this.#server.drain();
  }

  /** 421 4.3.2 to all remaining connections; those whose complete message waits for its reply end after it. */
  terminate(): void {
    for (const connection of this.#server.open) connection.endForShutdown();
  }

  /** Destroys the sockets of clients that still have to do something, such as closing their side. */
  destroy(): void {
    for (const connection of this.#server.open) connection.destroySocket();
  }

  /** Resolves when the last connection is gone. */
  whenEmpty(): Promise<void> {
    return this.#server.empty();
  }
}
