/** What requests about credentials carry, and the shapes of their answers. Rules across fields: admin/credentials/add.ts. */
import { z } from 'zod';
import { readNetwork } from '../admin/credentials/network.ts';
import { SCOPES } from '../admin/credentials/scopes.ts';
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
  require_tls: z.boolean(),
  send_dsn: z.boolean(),
  dsn_to: z.string().nullable(),
  expires_at: MaybeTimestamp,
  revoked_at: MaybeTimestamp,
  created_at: Timestamp,
});
export const CredentialView = Limits.extend({
  id: z.string(),
  kind: z.enum(KINDS),
  username: z.string().nullable(),
  networks: listOf(z.string()),
}).meta({ id: 'Credential' });
export const IssuedView = Limits.extend({
  id: z.string(),
  kind: z.enum(KINDS),
  username: z.string().nullable().optional(),
  password: z.string().nullable().optional().describe('smtp: shown only once'),
  key: z.string().nullable().optional().describe('api: shown only once'),
  networks: listOf(z.string()).optional(),
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

export const NewCredential = z.strictObject({
  kind: z.enum(KINDS).default('smtp'),
  name: z.string().optional(),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).default(['send']),
  domains: z.array(DomainName).max(MOST_ENTRIES).default([]).describe('Allowed senders'),
  from: z.array(SenderKey).max(MOST_ENTRIES).default([]).describe('Allowed senders'),
  allow_ip: z.array(Network).max(MOST_ENTRIES).default([]).describe('Allowed client networks'),
  stream: z.string().max(64).default(DEFAULT_STREAM),
  rate_per_minute: z.int().min(1).max(1_000_000_000).optional().describe('Messages a minute'),
  daily_quota: z.int().min(1).max(1_000_000_000_000).optional().describe('Recipients a day (UTC)'),
  require_tls: z.boolean().default(false).describe('network only: refuse mail without TLS'),
  send_dsn: z.boolean().default(true).describe('Send failure reports for its mail'),
  dsn_to: Recipient.optional().describe('Address for failure reports'),
  expires_at: PointInTime.optional(),
});

export const OneCredential = z.object({ id: z.string().max(64) });
