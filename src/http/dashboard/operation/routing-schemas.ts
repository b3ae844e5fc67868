/** Schemas of routes and sources (api-json/route-json.ts, source-json.ts). */
import { z } from 'zod';
import { listOf, MaybeTimestamp, Timestamp } from '../../schemas.ts';

export const RouteView = z.object({
  name: z.string(),
  action: z.enum(['direct', 'relay', 'hold', 'discard', 'reject']),
  match: z
    .object({
      domains: listOf(z.string()),
      providers: listOf(z.string()),
      accounts: listOf(z.string()),
      streams: listOf(z.string()),
    })
    .nullable()
    .describe('null: it matches nothing, it is a fallback alone'),
  host: z.string().nullable(),
  port: z.number().nullable(),
  tls: z.string().nullable(),
  username: z.string().nullable(),
  auth: z.string().nullable(),
  dkim: z.boolean(),
  fallback: z.string().nullable(),
  fallback_on: listOf(z.string()),
  pool: z.string().nullable(),
  keep_source: z.boolean(),
  reason: z.string().nullable(),
});

const SOURCE = {
  name: z.string(),
  addresses: listOf(z.string()),
  hostname: z.string(),
  pool: z.string(),
  weight: z.number(),
  client_certificate: z.boolean(),
  hop: z.object({ kind: z.string(), at: z.string() }).nullable(),
  warm_up: z.object({ plan: z.string(), start: z.string() }).nullable(),
};

export const SourceView = z.object(SOURCE);

export const SourceStateView = z.object({
  ...SOURCE,
  suspended: z.boolean(),
  suspended_since: MaybeTimestamp,
  suspended_until: MaybeTimestamp,
  suspended_reason: z.string().nullable(),
  suspended_by: z.string().nullable(),
  limits: listOf(
    z.object({
      provider: z.string(),
      at: Timestamp,
      until: Timestamp,
      times: z.number(),
      class: z.string(),
      reply: z.string(),
    }),
  ).describe('Providers that it is not used for'),
  forecast: listOf(
    z.object({
      provider: z.string(),
      step: z.number(),
      steps: z.number(),
      warm: z.boolean(),
      today: z.object({
        ceiling: z.number().nullable(),
        reserved: z.number(),
        handed_over: z.number(),
        turned_away: z.number(),
        complained: z.number(),
        reason: z.string(),
      }),
      days: listOf(z.object({ day: z.string(), ceiling: z.number() })),
      warm_on: z.string().nullable(),
    }),
  ).describe('Of its warm-up, by provider; empty: it has none'),
});

export const OutlookView = z.object({
  to: z.string(),
  domain: z.string(),
  account: z.string(),
  stream: z.string(),
  decided: z.boolean().describe('False: it depends on MX hosts, which DNS did not tell'),
  route: RouteView.nullable().describe('null: none matches, it goes direct'),
  passed_over: listOf(z.object({ route: z.string(), because: z.string() })),
  mx: z
    .object({
      kind: z.enum(['hosts', 'null-mx', 'no-such-domain', 'failed']),
      hosts: listOf(z.object({ name: z.string(), preference: z.number() })),
      text: z.string(),
    })
    .nullable()
    .describe('null: not asked for, a route decides without'),
  provider: z.string().nullable(),
  smart_host: z
    .object({ found: z.boolean(), text: z.string() })
    .nullable()
    .describe('Whether DNS has an address of the smart host'),
  sources: listOf(SourceView).describe('Empty: the address that the system chooses'),
  shaping: listOf(z.string()).describe('Names of the rules of shaping that are about it'),
  obstacles: listOf(
    z.object({
      kind: z.enum(['suppressed', 'destination', 'source-limit', 'ceiling', 'check']),
      subject: z.string(),
      detail: z.string(),
      until: MaybeTimestamp,
    }),
  ).describe('What stands in its way now'),
});
