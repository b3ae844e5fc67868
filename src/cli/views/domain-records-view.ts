/**
 * The DNS records of a domain as they are shown: one by one with their values whole, for a form, and as a block for a zone file.
 * What is known of each comes from admin/domain-records.ts.
 */
import type { RecordPurpose } from '../../dkim/domain-records.ts';
import type { CheckedRecord } from '../../admin/domain-records.ts';
import { zoneText, type ZoneRecord } from '../../dkim/zone-text.ts';
import type { RecordView } from '../../api-json/domain-json.ts';
import type { DnsRecordStatus } from '../../store/directory-records.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Paint } from '../output/paint.ts';

const PURPOSE_WORDS: Readonly<Record<RecordPurpose, string>> = {
  'dkim-rsa': 'DKIM, RSA key',
  'dkim-ed25519': 'DKIM, Ed25519 key',
  'dkim-rsa-next': 'DKIM, new RSA key',
  'dkim-ed25519-next': 'DKIM, new Ed25519 key',
  'dkim-rsa-old': 'DKIM, old RSA key, to be left',
  'dkim-ed25519-old': 'DKIM, old Ed25519 key, to be left',
  'dkim-rsa-ahead': 'DKIM, RSA key of a later rotation',
  'dkim-ed25519-ahead': 'DKIM, Ed25519 key of a later rotation',
  spf: 'SPF (recommended)',
  dmarc: 'DMARC (recommended)',
  'return-path-mx': 'bounces and complaints',
  'return-path-spf': 'SPF of the envelope sender',
};

/**
 * Each record as something to copy: name and value stand whole on lines of their own, in the first column. Then what is not
 * there yet as a block of at most 80 columns. Ends with a line end.
 */
export function renderRecords(records: readonly (RecordView | CheckedRecord)[], paint: Paint): string {
  const each = records.map((record) => {
    const value = record.status === 'ok' ? paint.dim(record.value) : record.value;
    const head = `${statusWords(record.status, paint)}${PURPOSE_WORDS[record.purpose]}, ${record.type} record`;
    const lines = [head, paint.bold(record.name), value];
    return [...lines, ...remarks(record).map((line) => paint.warn(line))].join('\n') + '\n';
  });
  const zone = zoneOfRecords(records);
  return [...each, ...(zone === '' ? [] : [`The same for a zone file:\n\n${zone}`])].join('\n');
}

/** Those that are not there as they should be, for a zone file; empty: all are. */
export function zoneOfRecords(records: readonly RecordView[]): string {
  return zoneText(records.filter(({ status }) => status !== 'ok').map(zoneRecord));
}

/** All of them, for a zone file. */
export function wholeZone(records: readonly RecordView[]): string {
  return zoneText(records.map(zoneRecord));
}

function zoneRecord({ name, type, value, purpose, status, proposed }: RecordView): ZoneRecord {
  if (status !== 'different' || (!isSpfPurpose(purpose) && purpose !== 'dmarc')) return { name, type, value };
  if (proposed !== undefined)
    return {
      name,
      type,
      value: proposed,
      remarks: [
        `${name} already has an SPF record: add ${mechanismOf(value)} to it before "all".`,
        'Two SPF records are an error. In place of the one that is there:',
      ],
      isComment: true,
    };
  const remarks = isSpfPurpose(purpose)
    ? [
        `${name} already has an SPF record: add ${mechanismOf(value)} to it before "all".`,
        'Two SPF records are an error. As a record of its own:',
      ]
    : [`${name} has an invalid DMARC record. A valid one:`];
  return { name, type, value, remarks, isComment: true };
}

function remarks(record: RecordView | CheckedRecord): readonly string[] {
  const lines: string[] = [];
  if ('trouble' in record) {
    if (record.trouble !== undefined) lines.push(`could not be looked up: ${visible(record.trouble)}`);
    if (record.status === 'different') {
      for (const value of record.found) lines.push(`DNS has: ${visible(value)}`);
    }
    lines.push(...record.remarks.map(visible));
  }
  if (isSpfPurpose(record.purpose) && record.status === 'different') {
    const mechanism = mechanismOf(record.value);
    lines.push(
      'a domain has only one SPF record:',
      `put ${mechanism} into the one that is there, before its "all"`,
    );
    if (record.proposed !== undefined) lines.push(`which makes it: ${visible(record.proposed)}`);
  }
  return lines;
}

function mechanismOf(spf: string): string {
  return /a:\S+/.exec(spf)?.[0] ?? '';
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
