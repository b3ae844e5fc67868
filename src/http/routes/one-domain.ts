/** One domain of the account that asks: as answers show it, and found by its name. */
import { z } from 'zod';
import type { DomainContext } from '../../api-json/domain-json.ts';
import { DKIM_KEY_SETS, keySetOf } from '../../dkim/dkim-key.ts';
import type { Credential, Domain } from '../../store/directory-records.ts';
import { notFound } from '../api-error.ts';
import type { RouteContext } from '../route-context.ts';
import { DomainName, MaybeTimestamp, Timestamp } from '../schemas.ts';

export const DomainLine = z.object({
  domain: z.string(),
  verified: z.boolean().describe('Its DKIM records were seen: mail from it is accepted'),
  id: z.string(),
  account: z.string(),
  dkim: z.enum(DKIM_KEY_SETS).describe('The signing keys: RSA-2048 and Ed25519, or RSA-2048 alone'),
  verified_at: MaybeTimestamp,
  verified_elsewhere: z
    .boolean()
    .describe(
      'Its DKIM records were seen, but another account was verified first: the domain is free once that account removes ' +
        'it, or when its records have been gone for a week. Then verify again',
    ),
  failing_since: MaybeTimestamp.describe(
    'Since when DKIM records that were seen are missing or different: a week later another account that publishes its ' +
      'own may take the domain over',
  ),
  failed_looks: z.number().describe('How many look-ups have found that since then'),
  accepted_until: MaybeTimestamp.describe(
    'While the records fail: mail is accepted until then at least; after three look-ups that found it, and then, it is refused',
  ),
  created_at: Timestamp,
  delegated: z.boolean().describe('Its DKIM names are CNAMEs into a zone of the relay'),
  rotate_every_seconds: z
    .number()
    .nullable()
    .describe('Age at which its keys are rotated; null: as configured; 0: never'),
  dkim_keys: z.array(
    z.object({
      selector: z.string(),
      algorithm: z.string(),
      state: z.enum(['pending', 'active', 'retired', 'removable']),
      created_at: Timestamp,
      seen_since: MaybeTimestamp.describe('Of a pending key: since when its record is seen'),
      signs_since: MaybeTimestamp,
      failing_since: MaybeTimestamp.describe('Since when its record is known to be missing or different'),
      dropped_at: MaybeTimestamp.describe('Since when mail is signed with the other key alone'),
      retired_at: MaybeTimestamp,
      removable_at: MaybeTimestamp.describe('Since when its record may be taken down'),
    }),
  ),
  dkim_switch_at: MaybeTimestamp.describe('When pending keys begin to sign, if their records stay'),
});
export const DomainView = DomainLine.extend({
  records: z
    .array(
      z.object({
        purpose: z
          .string()
          .describe(
            'dkim-rsa, dkim-ed25519, spf, dmarc, return-path-mx or return-path-spf; of keys that do not sign dkim-rsa-next, ' +
              'dkim-rsa-old and so on',
          ),
        type: z.enum(['TXT', 'MX', 'CNAME']),
        name: z.string(),
        value: z.string().describe('The record data: a TXT unquoted and whole, an MX as `10 host.`'),
        status: z.enum(['unchecked', 'ok', 'missing', 'different']),
        found: z
          .array(z.string())
          .optional()
          .describe('After a look-up: what DNS has of that type at that name'),
        remarks: z
          .array(z.string())
          .optional()
          .describe('What is wrong with it or worth knowing, a line each'),
        proposed: z
          .string()
          .optional()
          .describe(
            'Of an SPF record that does not allow this relay: the one to publish in its place, with its terms',
          ),
      }),
    )
    .describe('The DNS records to publish'),
}).meta({ id: 'Domain' });

export const OneDomain = z.object({ domain: DomainName });

/** Domains of other accounts are not found either. Throws ApiError 404. */
export async function findDomain(
  { reader }: RouteContext,
  { accountId }: Credential,
  name: string,
): Promise<Domain> {
  const domain = await reader.findDomain(accountId, name);
  if (domain === undefined) throw notFound(`there is no domain ${name}`);
  return domain;
}

/** What was just changed is in the next answer: the reader keeps what it has read of a domain for half a second. */
export async function seeChanges({ reader }: RouteContext): Promise<void> {
  await reader.latestVersion();
}

export async function contextOf(
  { reader }: RouteContext,
  { id }: Domain,
  { accountName }: Credential,
): Promise<DomainContext> {
  const keys = await reader.dkimKeys(id);
  return { accountName, keySet: keySetOf(keys), keys };
}
