/**
 * Syntax and host checks of webhook URLs, as far as the text alone allows. Names are resolved at each connection
 * (address-guard.ts), because their addresses may change at any time.
 */
import { isIP } from 'node:net';
import { addressRange, isPublicAddress } from '../dns/address-ranges.ts';

export interface WebhookUrlRules {
  /** `webhooks.allow_http` */
  readonly allowHttp: boolean;
  /** `webhooks.allow_private_addresses` */
  readonly allowPrivateAddresses: boolean;
}

const MAX_URL_LENGTH = 2_048;

/** The normalized URL, or what is wrong with it. */
export function checkWebhookUrl(
  text: string,
  rules: WebhookUrlRules,
): { readonly url: string } | { readonly problem: string } {
  if (text.length > MAX_URL_LENGTH) return { problem: `it is longer than ${MAX_URL_LENGTH} characters` };
  if (!URL.canParse(text)) return { problem: 'it is not a URL such as https://app.example.org/hooks/mail' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { problem: `${url.protocol}// is not supported: accepted is https://` };
  if (url.protocol === 'http:' && !rules.allowHttp)
    return { problem: 'it must begin with https:// (webhooks.allow_http allows http://)' };
  if (url.username !== '' || url.password !== '')
    return { problem: 'remove user name and password: receivers check the signature' };
  if (url.hash !== '') return { problem: 'remove the fragment (#): it is never sent' };
  const refused = rules.allowPrivateAddresses ? undefined : refusedHost(hostOf(url));
  return refused === undefined ? { url: url.href } : { problem: refused };
}

/** Name or address of the host; an IPv6 address without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** `localhost` and names below it, RFC 6761 §6.3. */
export function isLocalhost(name: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(name);
}

/** Why the host's text alone is refused. Other spellings of IPv4 addresses are normalized before. */
function refusedHost(host: string): string | undefined {
  const hint = '(webhooks.allow_private_addresses allows it)';
  if (isLocalhost(host)) return `${host} is this machine itself ${hint}`;
  if (isIP(host) === 0 || isPublicAddress(host)) return undefined;
  return `${host} is not a public address: ${addressRange(host)} ${hint}`;
}
