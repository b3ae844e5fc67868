/** Where links in mail lead, and what keeps them from being there. RFC 8058 §3.1 asks for https. */
import type { Config } from './config.ts';

/**
 * The https address that links in mail begin with; `undefined`: no link is made. A link has to lead somewhere: `http.public_url`
 * alone may be where the API is reached.
 */
export function linksTo({ http }: Pick<Config, 'http'>): string | undefined {
  const { publicUrl } = http;
  return publicUrl?.startsWith('https:') === true && listens(http) ? publicUrl : undefined;
}

/** Why mail of broadcast streams has no one-click unsubscribe, and the remedy; `undefined`: it has. */
export function whyNoOneClick({ http, inbound }: Pick<Config, 'http' | 'inbound'>): string | undefined {
  if (linksTo({ http }) !== undefined) return undefined;
  const instead =
    inbound.listen.length > 0 ? 'can be unsubscribed by mail only' : 'says nowhere how to unsubscribe';
  return `mail of broadcast streams has no one-click unsubscribe and ${instead}: ${remedy(http)}`;
}

/** The same where half of it is configured, which is a mistake and not a choice. */
export function halfOfOneClick(config: Pick<Config, 'http' | 'inbound'>): string | undefined {
  return listens(config.http) ? whyNoOneClick(config) : undefined;
}

function remedy(http: Config['http']): string {
  if (http.publicUrl === undefined)
    return `set http.public_url to the https address of this relay${listens(http) ? '' : ', and http.public_listen'}`;
  if (!http.publicUrl.startsWith('https:')) return 'http.public_url has to be an https address';
  return 'set http.public_listen, where links are answered';
}

function listens({ publicListen, publicListenTls }: Config['http']): boolean {
  return publicListen.length + publicListenTls.length > 0;
}
