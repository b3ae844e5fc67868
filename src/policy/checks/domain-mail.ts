/**
 * Whether the mail of one sending domain can be trusted and answered: its DNS records, and whether it takes replies. Facts in,
 * problems out, the wrong ones before the warnings. What DNS did not tell is no problem, and is said to be unknown.
 */
const LONGEST_SHOWN = 70;

export type RecordState = 'unchecked' | 'ok' | 'missing' | 'different';

export interface RecordFacts {
  /** Such as `dkim-rsa`. */
  readonly purpose: string;
  readonly type: string;
  readonly name: string;
  /** As it is to be published. */
  readonly value: string;
  readonly status: RecordState;
}

/** SPF as receivers evaluate it, for one address that mail leaves from. RFC 7208 §2.6. */
export interface SpfFinding {
  /** Where the reverse-path is. */
  readonly domain: string;
  readonly address: string;
  readonly verdict: 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror';
}

export interface DomainMailFacts {
  readonly domain: string;
  readonly records: readonly RecordFacts[];
  /** Empty: no public address is known, and the record itself is judged. */
  readonly spf: readonly SpfFinding[];
  readonly replies: 'taken' | 'null-mx' | 'no-host' | 'unknown';
}

export const DOMAIN_PROBLEMS = ['dkim', 'spf', 'dmarc', 'return-path', 'replies'] as const;
export type DomainProblemName = (typeof DOMAIN_PROBLEMS)[number];

export interface DomainProblem {
  readonly problem: DomainProblemName;
  /** `warning`: mail arrives all the same. */
  readonly level: 'wrong' | 'warning';
  readonly detail: string;
  readonly remedy: string;
}

export interface DomainVerdict {
  readonly problems: readonly DomainProblem[];
  /** DNS did not tell all of it. */
  readonly unknown: boolean;
}

export function judgeDomain(facts: DomainMailFacts): DomainVerdict {
  const problems = [...recordProblems(facts), ...spfProblems(facts), ...replyProblems(facts)];
  const rank = ({ problem, level }: DomainProblem) =>
    (level === 'wrong' ? 0 : DOMAIN_PROBLEMS.length) + DOMAIN_PROBLEMS.indexOf(problem);
  return {
    problems: problems.sort((one, other) => rank(one) - rank(other)),
    unknown:
      facts.replies === 'unknown' ||
      facts.records.some(({ status }) => status === 'unchecked') ||
      facts.spf.some(({ verdict }) => verdict === 'temperror'),
  };
}

/** Names of what is wrong and of warnings, in one order: the same set has the same text. */
export function problemKey({ problems }: Pick<DomainVerdict, 'problems'>): string {
  return problems.map(({ problem, level }) => `${problem}:${level}`).join(' ');
}

function recordProblems({ domain, records, spf }: DomainMailFacts): readonly DomainProblem[] {
  const faults = records.filter(({ status }) => status === 'missing' || status === 'different');
  const judgedBySpf = spf.length > 0;
  return [
    ...together(
      domain,
      'dkim',
      faults,
      ({ purpose }) => purpose.startsWith('dkim-'),
      'receivers cannot verify its signatures',
    ),
    ...(judgedBySpf
      ? []
      : together(domain, 'spf', faults, ({ purpose }) => purpose === 'spf', 'SPF does not allow this relay')),
    ...together(
      domain,
      'return-path',
      faults,
      ({ purpose }) => purpose === 'return-path-mx' || (purpose === 'return-path-spf' && !judgedBySpf),
      'bounces and complaints do not come back',
    ),
    ...dmarcProblems(faults),
  ];
}

function dmarcProblems(faults: readonly RecordFacts[]): readonly DomainProblem[] {
  const fault = faults.find(({ purpose }) => purpose === 'dmarc');
  if (fault === undefined) return [];
  const missing = fault.status === 'missing';
  return [
    {
      problem: 'dmarc',
      level: missing ? 'warning' : 'wrong',
      detail: missing
        ? 'there is no DMARC record: large receivers ask for one of whoever sends much'
        : 'its DMARC record is malformed, or there are several: receivers ignore it',
      remedy: publish(fault),
    },
  ];
}

function together(
  domain: string,
  problem: DomainProblemName,
  faults: readonly RecordFacts[],
  belongs: (record: RecordFacts) => boolean,
  effect: string,
): readonly DomainProblem[] {
  const own = faults.filter(belongs);
  if (own.length === 0) return [];
  const words = own.map(({ type, name, status }) => `${type} ${name} is ${status}`).join(', ');
  const shown = own.some(({ value }) => value.length > LONGEST_SHOWN)
    ? `; relayctl domain show ${domain} prints them`
    : '';
  return [
    {
      problem,
      level: 'wrong',
      detail: `${words}: ${effect}`,
      remedy: `${own.map(publish).join('; ')}${shown}`,
    },
  ];
}

/** Of several addresses the worst counts: mail leaves from any of them. */
function spfProblems({ spf, records }: DomainMailFacts): readonly DomainProblem[] {
  const bad = spf.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'temperror');
  if (bad.length === 0) return [];
  const words = bad.map(({ domain, address, verdict }) => `SPF of ${domain} says ${verdict} for ${address}`);
  const domains = [...new Set(bad.map(({ domain }) => domain))];
  const wanted = records.filter(
    ({ type, name, purpose }) => type === 'TXT' && purpose.endsWith('spf') && domains.includes(name),
  );
  return [
    {
      problem: 'spf',
      level: 'wrong',
      detail: `${words.join(', ')}: receivers distrust mail from there`,
      remedy: `${wanted.map(publish).join('; ')}; a record that is there keeps its other terms: add ${termOf(wanted)} before "all"`,
    },
  ];
}

function termOf(records: readonly RecordFacts[]): string {
  return /\ba:\S+/.exec(records[0]?.value ?? '')?.[0] ?? 'the term of this relay';
}

function replyProblems({ domain, replies }: DomainMailFacts): readonly DomainProblem[] {
  if (replies === 'taken' || replies === 'unknown') return [];
  const why =
    replies === 'null-mx'
      ? `${domain} says by a null MX that it takes no mail`
      : `${domain} has neither MX nor address records`;
  return [
    {
      problem: 'replies',
      level: 'warning',
      detail: `${why}: nobody can answer its mail, and receivers may refuse it`,
      remedy: `publish an MX record of ${domain} that leads to its mailboxes, or send from a domain that has some`,
    },
  ];
}

/** A key is too long for a line. */
function publish({ type, name, value }: RecordFacts): string {
  return value.length > LONGEST_SHOWN ? `publish ${type} ${name}` : `publish ${type} ${name}: ${value}`;
}
