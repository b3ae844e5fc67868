/**
 * The HTTP service, where the configuration asks for one (`http.listen`, `http.listen_tls`) or systemd opened
 * its sockets. Its modules are loaded only then: it takes a good part of the start.
 */
import type { HttpOptions, HttpService } from '../http/http-service.ts';

/** Rejects as startHttp does. */
export async function startHttpIfAsked(options: HttpOptions): Promise<HttpService | undefined> {
  const { listen, listenTls } = options.config.http;
  if (listen.length + listenTls.length + (options.inheritedListeners?.length ?? 0) === 0) return undefined;
  const { startHttp } = await import('../http/http-service.ts');
  return await startHttp(options);
}
