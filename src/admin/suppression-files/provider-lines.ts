/** Suppressions in the forms that other providers import; see provider-records.ts. */
import type { Suppression, SuppressionReason } from '../../store/suppression-records.ts';
import { csvLine } from './csv.ts';
import type { Provider } from './provider-records.ts';
import { visibleJson } from '../../platform/visible-text.ts';
import { timestamp } from '../../api-json/timestamp.ts';

/** Lines before, for each, and after all. */
export interface ProviderForm {
  readonly head: string;
  /** `first`: nothing was written yet. */
  line(suppression: Suppression, first: boolean): string;
  readonly tail: string;
}

/** SES knows two reasons; whoever does not want mail is a complaint there. */
const SES: Readonly<Record<SuppressionReason, string>> = {
  'unknown-address': 'BOUNCE',
  'soft-bounces': 'BOUNCE',
  import: 'BOUNCE',
  complaint: 'COMPLAINT',
  manual: 'COMPLAINT',
  unsubscribe: 'COMPLAINT',
};
const POSTMARK: Readonly<Record<SuppressionReason, readonly [reason: string, origin: string]>> = {
  'unknown-address': ['HardBounce', 'Recipient'],
  'soft-bounces': ['HardBounce', 'Recipient'],
  import: ['ManualSuppression', 'Customer'],
  complaint: ['SpamComplaint', 'Recipient'],
  manual: ['ManualSuppression', 'Customer'],
  unsubscribe: ['ManualSuppression', 'Recipient'],
};

export const PROVIDER_FORMS: Readonly<Record<Provider, ProviderForm>> = {
  ses: {
    head: '',
    line: ({ address, reason }) => csvLine([address, SES[reason]]),
    tail: '',
  },
  sendgrid: {
    head: csvLine(['email', 'created']),
    line: ({ address, createdAtMs }) => csvLine([address, String(Math.floor(createdAtMs / 1_000))]),
    tail: '',
  },
  postmark: {
    head: '{"Suppressions":[',
    line({ address, reason, createdAtMs }, first) {
      const [suppressionReason, origin] = POSTMARK[reason];
      const one = {
        EmailAddress: address,
        SuppressionReason: suppressionReason,
        Origin: origin,
        CreatedAt: timestamp(createdAtMs),
      };
      return `${first ? '\n' : ',\n'}${visibleJson(one)}`;
    },
    tail: '\n]}\n',
  },
  mailgun: {
    head: csvLine(['address', 'code', 'error', 'created_at']),
    line: ({ address, evidence, createdAtMs }) => {
      const [code = '550'] = /^[45]\d\d\b/.exec(evidence) ?? [];
      return csvLine([address, code, evidence, new Date(createdAtMs).toUTCString().replace('GMT', '+0000')]);
    },
    tail: '',
  },
};
