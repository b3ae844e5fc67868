/** Which shaping rules are about a piece of mail, and what they say of it. Pure, and cheap enough for one call a destination. */
import { matchesDomain } from '../egress/route-rules.ts';
import type {
  ShapedMail,
  ShapingDimension,
  ShapingLimits,
  ShapingMatch,
  ShapingRule,
} from './shaping-rules.ts';

/** In order; all of them count. */
export function rulesFor(mail: ShapedMail, rules: readonly ShapingRule[]): readonly ShapingRule[] {
  return rules.filter(({ match }) => matchesMail(match, mail));
}

export function matchesMail(match: ShapingMatch, mail: ShapedMail): boolean {
  return (
    isAmong(match.providers, mail.provider) &&
    isAmong(match.accounts, mail.account) &&
    isAmong(match.streams, mail.stream) &&
    isAmong(match.sources, mail.source) &&
    (match.mx.length === 0 || (mail.mx !== undefined && isBelow(match.mx, mail.mx))) &&
    (match.domains.length === 0 || matchesDomain(match.domains, mail.domain))
  );
}

/** Of the first rule that says it. `Infinity`: a rule lifts it. */
export function firstValue<Key extends keyof ShapingLimits>(
  rules: readonly ShapingRule[],
  key: Key,
): ShapingLimits[Key] | undefined {
  for (const { limits } of rules) if (limits[key] !== undefined) return limits[key];
  return undefined;
}

/** What `rule` counts `mail` with: equal for mail that counts together. `site`: what its MX hosts are told apart by. */
export function bucketOf(rule: ShapingRule, mail: ShapedMail & { readonly site: string }): string {
  const values: Readonly<Record<ShapingDimension, string>> = {
    domain: mail.domain,
    site: mail.site,
    provider: mail.provider ?? mail.site,
    account: mail.account,
    stream: mail.stream,
    source: mail.source ?? '',
  };
  return [rule.name, ...rule.per.map((dimension) => values[dimension])].join(SEPARATOR);
}

function isAmong(list: readonly string[], value: string | undefined): boolean {
  return list.length === 0 || (value !== undefined && list.includes(value));
}

/** `host` is one of `names`, or below one. */
export function isBelow(names: readonly string[], host: string): boolean {
  return names.some((name) => host === name || host.endsWith(`.${name}`));
}

/** In no name. */
const SEPARATOR = '\t';
