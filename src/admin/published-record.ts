/**
 * What DNS has of a record: the answer of the zone's own servers where they can be asked, else that of the resolver. A record is
 * published when all of them have it, and gone when none has; while they disagree nothing is known, and it is said which has what.
 */
import { compareRecord, type DnsRecordStatus, type DomainRecord } from '../dkim/domain-records.ts';
import type { Authority, AuthoritativeAnswer, ServerAnswer } from '../dns/authoritative.ts';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';

export interface Published {
  readonly answer: DnsAnswer<string>;
  /** What is to be said of servers and caches, a line each. */
  readonly remarks: readonly string[];
}

export async function publishedRecord(
  record: DomainRecord,
  resolver: Resolver,
  authority: Authority | undefined,
): Promise<Published> {
  const { type, name } = record;
  const [cached, own] = await Promise.all([
    type === 'MX' ? mxAsText(resolver, name) : resolver.txt(name),
    authority?.ask(type === 'MX' ? 'MX' : 'TXT', name),
  ]);
  return own === undefined ? { answer: cached, remarks: [] } : weigh(record, cached, own);
}

function weigh(record: DomainRecord, cached: DnsAnswer<string>, own: AuthoritativeAnswer): Published {
  const { zone, answers, negativeTtlSeconds } = own;
  const told = answers.filter(({ answer }) => answer.kind !== 'failed');
  const silent = answers.flatMap(({ server, answer }) =>
    answer.kind === 'failed' ? [`${server}, a name server of ${zone}, ${answer.reason}`] : [],
  );
  const [first] = told;
  if (first === undefined) {
    const why = `the name servers of ${zone} cannot be asked from here (is port 53 to the outside closed?): this is what the resolver has`;
    return { answer: cached, remarks: cached.kind === 'failed' ? silent : [why, ...silent] };
  }
  const statusOf = ({ answer }: Pick<ServerAnswer, 'answer'>) => compareRecord(record, answer);
  const statuses = new Set(told.map(statusOf));
  if (statuses.size > 1) {
    const reason = `the name servers of ${zone} disagree: ${told.map((one) => `${one.server} has ${wordOf(statusOf(one))}`).join(', ')}`;
    return { answer: { kind: 'failed', reason }, remarks: silent };
  }
  const lags = statusOf(first) === 'ok' && ['missing', 'different'].includes(compareRecord(record, cached));
  const lag =
    cached.kind === 'not-found'
      ? `it is published, but resolvers may still have the old answer for ${negativeTtlSeconds} s`
      : 'it is published, but resolvers may still have the old record until its TTL is over';
  return { answer: first.answer, remarks: lags ? [lag, ...silent] : silent };
}

function wordOf(status: DnsRecordStatus): string {
  switch (status) {
    case 'ok':
      return 'the record';
    case 'missing':
      return 'none';
    case 'different':
      return 'another one';
    case 'unchecked':
      return 'no answer';
  }
}

async function mxAsText(resolver: Resolver, name: string): Promise<DnsAnswer<string>> {
  const answer = await resolver.mx(name);
  if (answer.kind !== 'found') return answer;
  return {
    ...answer,
    records: answer.records.map(({ preference, exchange }) => `${preference} ${exchange}.`),
  };
}
