/**
 * Whether all mail of a recipient domain leaves by one way, so that a failure of that way may stop the domain as a whole. Where
 * routes depend on the account or the stream, or have a fallback, some of its mail may get through while other mail waits. Pure.
 */
import { matchesDomain, type RouteRule } from './route-rules.ts';

/** `provider`: of its MX hosts, where it is known. */
export function leavesOneWay(
  rules: readonly RouteRule[],
  mail: { readonly domain: string; readonly provider: string | undefined },
): boolean {
  for (const { match, action, fallback } of rules) {
    const { domains, providers, accounts, streams } = match;
    if (domains.length > 0 && !matchesDomain(domains, mail.domain)) continue;
    if (providers.length > 0 && mail.provider !== undefined && !providers.includes(mail.provider)) continue;
    if (accounts.length > 0 || streams.length > 0) return false;
    if (action !== 'direct' || fallback !== undefined) return false;
    // Without the provider it may as well be a later one.
    if (providers.length === 0 || mail.provider !== undefined) return true;
  }
  return true;
}
