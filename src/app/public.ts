/** The listener for links in mail, where the configuration asks for one (`http.public_listen`). Its modules are loaded only then. */
import type { HttpPorts } from '../http/http-ports.ts';
import type { PublicOptions } from '../http/public/public-service.ts';

/** Rejects as startPublic does. */
export async function startPublicIfAsked(options: PublicOptions): Promise<HttpPorts | undefined> {
  const { publicListen, publicListenTls } = options.config.http;
  if (publicListen.length + publicListenTls.length === 0) return undefined;
  const { startPublic } = await import('../http/public/public-service.ts');
  return await startPublic(options);
}
