/**
 * Which addresses (URLs) a webhook may have: what can be told from the text alone. Names are looked up at each connection
 * (address-guard.ts), because what a name stands for may change at any time.
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

/** The URL as it will be used, in its normal form; else what is wrong, in words. */
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
    return { problem: 'user name and password do not belong into it: receivers check the signature' };
  if (url.hash !== '') return { problem: 'a fragment (#) is never sent: leave it away' };
  const refused = rules.allowPrivateAddresses ? undefined : refusedHost(hostOf(url));
  return refused === undefined ? { url: url.href } : { problem: refused };
}

/** The name or address of the host; an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** `localhost` and what is beneath it, RFC 6761 §6.3. */
export function isLocalhost(name: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(name);
}

/** Why the text of the host alone is enough to refuse it. Other spellings of IPv4 addresses are normal by now. */
function refusedHost(host: string): string | undefined {
  const hint = '(webhooks.allow_private_addresses allows it)';
  if (isLocalhost(host)) return `${host} is this machine itself ${hint}`;
  if (isIP(host) === 0 || isPublicAddress(host)) return undefined;
  return `${host} is not a public address: ${addressRange(host)} ${hint}`;
}
