/** `/v1/account`: the account of a key, to look at: its limits, its retention, and whether its mail is held. */
import { z } from 'zod';
import { limitUses } from '../../admin/account-usage.ts';
import { storageJson, termsJson, usageJson } from '../../api-json/account-terms-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { HEALTH_TERMS } from '../../policy/health-terms.ts';
import { HEALTH_LEVELS } from '../../policy/health.ts';
import { USAGE_LIMITS } from '../../policy/usage-limits.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { listOf, MaybeTimestamp } from '../schemas.ts';

const MaybeAge = z.number().nullable();

const AccountView = z
  .object({
    name: z.string(),
    limits: z
      .partialRecord(z.enum(USAGE_LIMITS), z.number())
      .describe('Of all its credentials together; a credential may have its own besides'),
    usage: listOf(
      z.object({
        limit: z.enum(USAGE_LIMITS),
        most: z.number(),
        used: z.number().nullable().describe('Of the present period. Of a rate: as far as this node knows'),
        until: MaybeTimestamp.describe('End of the hour or day (UTC), or when all of a rate is there again'),
      }),
    ).describe('How much of each of its limits is used'),
    storage_bytes: z.number().nullable().describe('Octets of content that it may keep; null: no limit'),
    storage_used_bytes: z.number().nullable().describe('Octets that it keeps; null: no limit'),
    storage_counting: z.boolean().describe('Mail from before the limit is still being counted'),
    retain_content_ms: MaybeAge.describe('How long content is kept; null: as the relay is configured'),
    retain_metadata_ms: MaybeAge,
    retain_events_ms: MaybeAge,
    health_limits: z
      .partialRecord(z.enum(HEALTH_TERMS), z.number().nullable())
      .describe(
        'Its own limits of sending health, shares in 0 .. 1, null: never; others are as the relay is configured',
      ),
    suspended: z.boolean().describe('Its mail is accepted and held, until an operator resumes it'),
    suspended_until: MaybeTimestamp.describe('null: until somebody resumes it, or it is not suspended'),
    health: listOf(
      z.object({
        stream: z.string().nullable().describe('null: the whole account'),
        level: z.enum(HEALTH_LEVELS),
        reason: z.string(),
      }),
    ).describe('Where its mail is throttled or held, or soon will be, and why'),
  })
  .meta({ id: 'Account' });

export function registerAccountRoutes(app: HttpApp, { reader, acceptance, clock }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/account',
    config: { scope: 'messages:read' },
    schema: {
      operationId: 'getAccount',
      tags: ['account'],
      summary: 'Get the limits and the state of the account',
      response: { 200: AccountView },
    },
    async handler({ credential }) {
      const { accountId, accountName } = credential;
      const found = await reader.accountByName(accountName);
      const account = found?.id === accountId ? found : undefined;
      const nowMs = clock.now();
      const uses =
        account &&
        (await limitUses(account, reader, nowMs, (limit) =>
          acceptance.limits.accountRate(credential, limit, nowMs),
        ));
      const suspension = (await reader.suspensions()).find(
        ({ kind, subject }) => kind === 'account' && subject === accountId,
      );
      const states = (await reader.healthStates()).filter((state) => state.accountId === accountId);
      return {
        name: accountName,
        ...termsJson(account ?? {}),
        usage: usageJson(uses ?? []),
        ...storageJson(await reader.storageOf(accountId)),
        suspended: suspension !== undefined,
        suspended_until: timestamp(suspension?.untilMs),
        health: states.map(({ stream, level, reason }) => ({
          stream: stream === '' ? null : stream,
          level,
          reason,
        })),
      };
    },
  });
}
