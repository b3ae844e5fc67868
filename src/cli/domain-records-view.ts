/** The DNS records of a domain with what is known of each, and how they are shown. */
import { compareRecord, domainRecords } from '../dkim/domain-records.ts';
import type { DomainRecord, RecordPurpose } from '../dkim/domain-records.ts';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';
import type { DkimKey, DnsRecordStatus, Domain } from '../store/records.ts';
import type { CommandContext } from './command-context.ts';
import { printable } from './output/display-width.ts';
import type { Paint } from './output/paint.ts';
import type { RecordView } from '../shape/domain-shape.ts';

/** A record after it was looked up. */
export interface CheckedRecord extends RecordView {
  /** What DNS has for that name. */
  readonly found: readonly string[];
  /** Why DNS could not be asked; `undefined` when it answered. */
  readonly trouble: string | undefined;
}

export function recordsOf(context: CommandContext, domain: string, keys: readonly DkimKey[]): DomainRecord[] {
  const { hostname, inbound } = context.config;
  return domainRecords({ domain, keys, hostname, takesReports: inbound.listen.length > 0 });
}

/** With the status of the last look-up. */
export function knownRecords(context: CommandContext, domain: Domain): readonly RecordView[] {
  const records = recordsOf(context, domain.name, context.reader.dkimKeys(domain.name));
  return records.map((record) => ({ ...record, status: domain.recordStatus[record.purpose] ?? 'unchecked' }));
}

/** Looks all of them up at once. */
export async function checkRecords(
  records: readonly DomainRecord[],
  resolver: Resolver,
): Promise<readonly CheckedRecord[]> {
  return await Promise.all(
    records.map(async (record) => {
      const answer =
        record.type === 'MX' ? await mxAsText(resolver, record.name) : await resolver.txt(record.name);
      return { ...record, status: compareRecord(record, answer), ...answerFacts(answer) };
    }),
  );
}

async function mxAsText(resolver: Resolver, name: string): Promise<DnsAnswer<string>> {
  const answer = await resolver.mx(name);
  if (answer.kind !== 'found') return answer;
  return {
    ...answer,
    records: answer.records.map(({ preference, exchange }) => `${preference} ${exchange}.`),
  };
}

function answerFacts(answer: DnsAnswer<string>): Pick<CheckedRecord, 'found' | 'trouble'> {
  return {
    found: answer.kind === 'found' ? answer.records : [],
    trouble: answer.kind === 'failed' ? answer.reason : undefined,
  };
}

/** `undefined`: some DKIM record could not be asked for and none is wrong, so nothing new is known. */
export function dkimVerdict(records: readonly RecordView[]): boolean | undefined {
  const statuses = records.filter(({ purpose }) => purpose.startsWith('dkim-')).map(({ status }) => status);
  if (statuses.some((status) => status === 'missing' || status === 'different')) return false;
  return statuses.length > 0 && statuses.every((status) => status === 'ok') ? true : undefined;
}

const PURPOSE_WORDS: Readonly<Record<RecordPurpose, string>> = {
  'dkim-rsa': 'DKIM, RSA key',
  'dkim-ed25519': 'DKIM, Ed25519 key',
  spf: 'SPF (recommended)',
  dmarc: 'DMARC (recommended)',
  'return-path-mx': 'bounces and complaints',
  'return-path-spf': 'SPF of the envelope sender',
};

/** Each record as something to copy: the value stands whole on a line of its own. Ends with a line end. */
export function renderRecords(records: readonly (RecordView | CheckedRecord)[], paint: Paint): string {
  return records
    .map((record) => {
      const what = paint.dim(`${record.type} record for ${PURPOSE_WORDS[record.purpose]}`);
      const value = record.status === 'ok' ? paint.dim(record.value) : record.value;
      const lines = [`${statusWords(record.status, paint)}${paint.bold(record.name)}  ${what}`, value];
      return [...lines, ...remarks(record).map((line) => paint.warn(line))].join('\n') + '\n';
    })
    .join('\n');
}

function remarks(record: RecordView | CheckedRecord): readonly string[] {
  const lines: string[] = [];
  if ('found' in record) {
    if (record.trouble !== undefined) lines.push(`could not be looked up: ${printable(record.trouble)}`);
    if (record.status === 'different') {
      for (const value of record.found) lines.push(`DNS has: ${printable(value)}`);
    }
  }
  if (isSpfPurpose(record.purpose) && record.status === 'different') {
    const mechanism = /a:\S+/.exec(record.value)?.[0] ?? '';
    lines.push(
      `a domain has only one SPF record: put ${mechanism} into the one that is there, before its "all"`,
    );
  }
  return lines;
}

function isSpfPurpose(purpose: RecordPurpose): boolean {
  return purpose === 'spf' || purpose === 'return-path-spf';
}

function statusWords(status: DnsRecordStatus, paint: Paint): string {
  switch (status) {
    case 'ok':
      return `${paint.good(`${paint.sign.good} ok`)}  `;
    case 'missing':
    case 'different':
      return `${paint.bad(`${paint.sign.bad} ${status}`)}  `;
    case 'unchecked':
      return '';
  }
}
