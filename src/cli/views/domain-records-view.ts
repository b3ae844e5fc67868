/** The DNS records of a domain as they are shown. What is known of each comes from admin/domain-records.ts. */
import type { RecordPurpose } from '../../dkim/domain-records.ts';
import type { CheckedRecord } from '../../admin/domain-records.ts';
import type { RecordView } from '../../api-json/domain-json.ts';
import type { DnsRecordStatus } from '../../store/directory-records.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from '../output/paint.ts';

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
    if (record.trouble !== undefined) lines.push(`could not be looked up: ${visible(record.trouble)}`);
    if (record.status === 'different') {
      for (const value of record.found) lines.push(`DNS has: ${visible(value)}`);
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
