/** What requests about credentials carry, and the shapes of their answers. Rules across fields: admin/credentials/add.ts. */
import { z } from 'zod';
import { readNetwork } from '../admin/credentials/network.ts';
import { SCOPES } from '../admin/credentials/scopes.ts';
import { MOST_OF_A_LIMIT, USAGE_LIMITS } from '../policy/usage-limits.ts';
import { DEFAULT_STREAM } from '../admin/streams.ts';
import {
  DomainName,
  listOf,
  MaybeTimestamp,
  PointInTime,
  Recipient,
  SenderKey,
  Timestamp,
} from './schemas.ts';

const KINDS = ['smtp', 'api', 'network'] as const;
const MOST_ENTRIES = 100;

const Limits = z.object({
  name: z.string(),
  account: z.string(),
  allow_ip: listOf(z.string()),
  domains: listOf(z.string()),
  from: listOf(z.string()),
  scopes: listOf(z.string()),
  stream: z.string(),
  rate_per_minute: z.number().nullable(),
  daily_quota: z.number().nullable(),
  limits: z.partialRecord(z.enum(USAGE_LIMITS), z.number()).describe('All limits of use, by name'),
  require_tls: z.boolean(),
  send_dsn: z.boolean(),
  dsn_to: z.string().nullable(),
  expires_at: MaybeTimestamp,
  revoked_at: MaybeTimestamp,
  created_at: Timestamp,
});
const Certificate = z
  .object({
    fingerprint: z.string().describe('SHA-256 of its DER form, as OpenSSL prints it'),
    subject: z.string().nullable(),
    not_after: MaybeTimestamp,
  })
  .nullable()
  .describe('The client certificate that it logs in by, in place of a password');
const LastUsed = z.object({
  at: Timestamp,
  address: z.string().nullable(),
  name: z.string().nullable().describe('EHLO name or user agent'),
  tls: z.string().nullable(),
  secret_at: MaybeTimestamp,
  old_secret_at: MaybeTimestamp,
  networks: listOf(z.object({ network: z.string(), first_at: Timestamp, last_at: Timestamp })),
  new_network: z.string().nullable().describe('The last network that was new to it'),
  new_network_at: MaybeTimestamp,
});
export const CredentialView = Limits.extend({
  id: z.string(),
  kind: z.enum(KINDS),
  username: z.string().nullable(),
  networks: listOf(z.string()),
  certificate: Certificate,
  old_secret_until: MaybeTimestamp.describe('How long the secret before the last rotation is valid'),
  last_used: LastUsed.nullable(),
}).meta({ id: 'Credential' });
export const IssuedView = Limits.extend({
  id: z.string(),
  kind: z.enum(KINDS),
  username: z.string().nullable().optional(),
  password: z.string().nullable().optional().describe('smtp: shown only once'),
  key: z.string().nullable().optional().describe('api: shown only once'),
  networks: listOf(z.string()).optional(),
  certificate: Certificate,
  old_secret_until: MaybeTimestamp.optional(),
}).meta({ id: 'IssuedCredential' });

const Network = z
  .string()
  .max(64)
  .transform((text, context) => {
    const network = readNetwork(text);
    if (!('problem' in network)) return network.cidr;
    context.addIssue({
      code: 'custom',
      message: `${network.problem}${network.hint === undefined ? '' : `; ${network.hint}`}`.replace(
        /^: /,
        '',
      ),
    });
    return z.NEVER;
  });

const Most = z.int().min(0).max(MOST_OF_A_LIMIT);
const Rate = z.int().min(1).max(1_000_000_000);
const Quota = z.int().min(1).max(MOST_OF_A_LIMIT);
const Scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);

export const NewCredential = z.strictObject({
  kind: z.enum(KINDS).default('smtp'),
  name: z.string().optional(),
  scopes: Scopes.default(['send']),
  domains: z.array(DomainName).max(MOST_ENTRIES).default([]).describe('Allowed senders'),
  from: z.array(SenderKey).max(MOST_ENTRIES).default([]).describe('Allowed senders'),
  allow_ip: z.array(Network).max(MOST_ENTRIES).default([]).describe('Allowed client networks'),
  stream: z.string().max(64).default(DEFAULT_STREAM),
  rate_per_minute: Rate.optional().describe('Messages a minute'),
  daily_quota: Quota.optional().describe('Recipients a day (UTC)'),
  limits: z.partialRecord(z.enum(USAGE_LIMITS), Most).default({}).describe('Limits of use, by name'),
  require_tls: z.boolean().default(false).describe('network only: refuse mail without TLS'),
  send_dsn: z.boolean().default(true).describe('Send failure reports for its mail'),
  dsn_to: Recipient.optional().describe('Address for failure reports'),
  expires_at: PointInTime.optional(),
});

/** Absent fields stay as they are; lists are replaced as a whole; null takes away. */
export const CredentialChange = z.strictObject({
  name: z.string().optional().describe('The user name stays'),
  scopes: Scopes.optional(),
  domains: z.array(DomainName).max(MOST_ENTRIES).optional(),
  from: z.array(SenderKey).max(MOST_ENTRIES).optional(),
  allow_ip: z.array(Network).max(MOST_ENTRIES).optional(),
  stream: z.string().max(64).optional(),
  rate_per_minute: Rate.nullable().optional(),
  daily_quota: Quota.nullable().optional(),
  limits: z.partialRecord(z.enum(USAGE_LIMITS), Most.nullable()).optional(),
  require_tls: z.boolean().optional(),
  send_dsn: z.boolean().optional(),
  dsn_to: Recipient.nullable().optional(),
  expires_at: PointInTime.nullable().optional(),
});

export const Rotation = z
  .strictObject({
    keep_old_seconds: z.int().min(1).optional().describe('How long the old secret stays valid; absent: not'),
    end_old: z.literal(true).optional().describe('No new secret: the old one ends now'),
  })
  .nullish();

export const OneCredential = z.object({ id: z.string().max(64) });
