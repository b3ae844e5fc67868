/** Why a route decides, and why those before it do not: what `relayctl route test` shows. Pure; agrees with `chooseRoute`. */
import { matchesDomain, matchesNothing, type RoutedMail, type RouteRule } from './route-rules.ts';

/** `matches`, or the first condition that is not met; `alone`: the route is a fallback alone. `unknown`: MX are not known. */
export type RouteVerdict = 'matches' | 'alone' | 'account' | 'stream' | 'domain' | 'provider' | 'unknown';

export interface ExplainedRule {
  readonly rule: RouteRule;
  readonly verdict: RouteVerdict;
}

/** In their order, up to the one that matches, or that cannot be decided. */
export function explainRoute(rules: readonly RouteRule[], mail: RoutedMail): readonly ExplainedRule[] {
  const explained: ExplainedRule[] = [];
  for (const rule of rules) {
    const verdict = verdictOf(rule, mail);
    explained.push({ rule, verdict });
    if (verdict === 'matches' || verdict === 'unknown') break;
  }
  return explained;
}

function verdictOf({ match }: RouteRule, mail: RoutedMail): RouteVerdict {
  const { domains, providers, accounts, streams } = match;
  if (matchesNothing(match)) return 'alone';
  if (accounts.length > 0 && !accounts.includes(mail.account)) return 'account';
  if (streams.length > 0 && !streams.includes(mail.stream)) return 'stream';
  if (domains.length > 0 && !matchesDomain(domains, mail.domain)) return 'domain';
  if (providers.length === 0) return 'matches';
  if (mail.provider === undefined) return 'unknown';
  const { name } = mail.provider;
  return name !== undefined && providers.includes(name) ? 'matches' : 'provider';
}
