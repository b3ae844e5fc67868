/**
 * Rules of shaping as a world plans them, and as its observer reads them: a second reading of the words of the file,
 * which shares no code with the relay's. The relay gets them as text (rules-text.ts).
 */

export type PlannedDimension = 'domain' | 'site' | 'provider' | 'account' | 'stream' | 'source';
export type PlannedWindow = 'second' | 'minute' | 'hour' | 'day';

export const WINDOWS_MS: Readonly<Record<PlannedWindow, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};
export const PLANNED_WINDOWS = Object.keys(WINDOWS_MS) as readonly PlannedWindow[];

/** Of what is said, all must match; an absent key says nothing. */
export interface PlannedMatch {
  readonly domain?: readonly string[];
  readonly mx?: readonly string[];
  readonly provider?: readonly string[];
  readonly account?: readonly string[];
  readonly stream?: readonly string[];
}

export interface PlannedLimits {
  readonly connections?: number;
  readonly connectionsPerMinute?: number;
  readonly messagesPer?: Readonly<Partial<Record<PlannedWindow, number>>>;
  readonly messagesPerConnection?: number;
  readonly recipientsPerTransaction?: number;
  readonly idleMs?: number;
}

export interface PlannedRule {
  readonly name: string;
  readonly match: PlannedMatch;
  /** As written; absent: what the file's words say of it (perOf). */
  readonly per?: readonly PlannedDimension[];
  readonly limits: PlannedLimits;
}

/** As an operator writes it: without `match` it changes the built-in rule of its name. */
export type WrittenRule = Omit<PlannedRule, 'match'> & Partial<Pick<PlannedRule, 'match'>>;

/** What the relay is to do by itself when a remote says so. */
export interface PlannedReply {
  readonly id: string;
  readonly match: Pick<PlannedMatch, 'mx' | 'provider'>;
  readonly code?: readonly number[];
  readonly text?: readonly string[];
  readonly action: 'slow' | 'suspend';
  readonly forMs: number;
  readonly scope: 'site' | 'provider';
}

/** Mail as it is seen at a host. */
export interface SeenMail {
  readonly domain: string;
  /** Name of the site, and of its most preferred host. */
  readonly site: string;
  readonly mx: string;
  readonly provider: string | undefined;
  readonly account: string;
  readonly stream: string;
}

/** What is known of a connection before it carries mail. */
export type SeenPlace = Pick<SeenMail, 'site' | 'mx' | 'provider'>;

/** What its counts are kept apart for. */
export function perOf({ match, per }: PlannedRule): readonly PlannedDimension[] {
  if (per !== undefined) return per;
  const named: PlannedDimension[] = [];
  if (match.domain !== undefined) named.push('domain');
  if (match.mx !== undefined) named.push('site');
  if (match.provider !== undefined) named.push('provider');
  if (match.account !== undefined) named.push('account');
  if (match.stream !== undefined) named.push('stream');
  if (named.length === 0) return ['site', 'source'];
  const ofTenants = named.every((one) => one === 'account' || one === 'stream');
  return ofTenants ? named : [...named, 'source'];
}

/** Is the rule about this mail? */
export function covers({ match }: PlannedRule, mail: SeenMail): boolean {
  return (
    coversPlace({ match }, mail) &&
    named(match.account, mail.account) &&
    named(match.stream, mail.stream) &&
    (match.domain === undefined || match.domain.some((pattern) => isOf(pattern, mail.domain)))
  );
}

/** Is it about mail at this place, whoever's it is? */
export function coversPlace({ match }: Pick<PlannedRule, 'match'>, place: SeenPlace): boolean {
  return (
    named(match.provider, place.provider) &&
    (match.mx === undefined || match.mx.some((name) => place.mx === name || place.mx.endsWith(`.${name}`)))
  );
}

/** Can it be said of a connection before it carries mail? */
export function knowsByPlace(rule: PlannedRule): boolean {
  return rule.match.domain === undefined && !perOf(rule).includes('domain');
}

/**
 * Whether connections for mail that it covers are other ones than those for the rest of the place. All that is said of connections
 * counts, also that a built-in rule says nothing any more.
 */
export function tellsConnectionsApart(rule: PlannedRule): boolean {
  const { connections, connectionsPerMinute, messagesPerConnection, idleMs } = rule.limits;
  const ofConnections = [connections, connectionsPerMinute, messagesPerConnection, idleMs];
  return !knowsByPlace(rule) && ofConnections.some((one) => one !== undefined);
}

/** The count that `mail` is part of, by the rule's name and what it is kept apart for. The world has one source. */
export function countOf(rule: PlannedRule, mail: Partial<SeenMail>): string {
  const of = perOf(rule).map((one) => (one === 'source' ? '' : (mail[one] ?? '-')));
  return [rule.name, ...of].join(' ');
}

/** The operator's rules before the built-in ones; one of the same name has the place of the operator's. */
export function inForce(operator: readonly WrittenRule[], builtIn: readonly PlannedRule[]): PlannedRule[] {
  const whole = (own: WrittenRule): PlannedRule => {
    const old = builtIn.find(({ name }) => name === own.name);
    if (old === undefined) return { match: {}, ...own };
    const messagesPer = { ...old.limits.messagesPer, ...own.limits.messagesPer };
    const limits = { ...old.limits, ...own.limits, messagesPer };
    // What is counted apart follows from what it is about, unless it is said.
    return own.match === undefined
      ? { ...old, ...own, match: old.match, limits }
      : { ...own, match: own.match, limits };
  };
  const rest = builtIn.filter((old) => !operator.some(({ name }) => name === old.name));
  return [...operator.map(whole), ...rest];
}

function named(wanted: readonly string[] | undefined, name: string | undefined): boolean {
  return wanted === undefined || (name !== undefined && wanted.includes(name));
}

/** `*.example.com` is every name below it. */
function isOf(pattern: string, domain: string): boolean {
  return pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern;
}
