/**
 * What a credential was granted, as the audit log has it: never its secret. A part of a line holds so much and says what is left out
 * (sql/audit/append.ts), so what tenants choose the length of stands in parts of its own and behind what is short: no name and no list
 * hides the terms. Addresses are personal texts.
 */
import type { AuditEntry } from '../../audit.ts';
import type { CredentialLists } from '../../../policy/credential-change.ts';
import type { CredentialTerms } from '../../directory-records.ts';

/** `who`: the credential in words; its name may be part of it. */
export function credentialSubject(
  who: string,
  granted: CredentialLists & Omit<CredentialTerms, 'name'>,
): AuditEntry['subject'] {
  const { scopes, dsnTo, domains, networks, fromAddresses } = granted;
  return [
    who,
    `${listWords('scopes', scopes)} ${termWords(granted)}`,
    ...(dsnTo === undefined ? [] : ['dsnTo', { text: dsnTo }]),
    listWords('domains', domains),
    listWords('networks', networks),
    `from (${fromAddresses.length})`,
    ...fromAddresses.map((text) => ({ text })),
  ];
}

function listWords(name: string, list: readonly string[]): string {
  return `${name} (${list.length}) ${JSON.stringify(list)}`;
}

function termWords(terms: Omit<CredentialTerms, 'name'>): string {
  const { ratePerMinute, dailyQuota, limits = {}, requireTls, sendDsn, expiresAtMs, stream } = terms;
  return [
    `rate ${ratePerMinute ?? 'none'} quota ${dailyQuota ?? 'none'} limits ${JSON.stringify(limits)}`,
    `tls ${requireTls ? 1 : 0} dsn ${sendDsn ? 1 : 0}`,
    `expires ${expiresAtMs === undefined ? 'never' : new Date(expiresAtMs).toISOString()}`,
    `stream ${stream}`,
  ].join(' ');
}
