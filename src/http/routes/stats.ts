/** `/v1/stats`: counts, rates and delivery times of the account, by hour or day, optionally grouped. */
import { z } from 'zod';
import { isWindow, MOST_PERIODS, statisticWindow } from '../../api-json/stats-window.ts';
import { parseDateOrTime } from '../../platform/rfc3339.ts';
import { statsJson } from '../../api-json/stats-json.ts';
import { STATISTIC_GROUPS, STATISTIC_SPANS } from '../../store/stats.ts';
import { invalidField } from '../api-error.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { limitOf, listOf, Timestamp } from '../schemas.ts';

const Count = z.number().int();
const Rate = z.number().nullable().describe('0 to 1; null when the denominator is 0');

const FIGURES = {
  accepted: Count,
  delivered: Count,
  delivered_at_first_attempt: Count.describe('Delivered without a deferral'),
  relayed: Count.describe('Of those delivered: taken by a smart host of a route'),
  deferred: Count.describe('Deferred attempts; one delivery may have many'),
  bounced: Count.describe('Hard and soft'),
  bounced_hard: Count,
  bounced_soft: Count,
  bounced_after_delivery: Count.describe('Bounced by a report after delivery'),
  expired: Count,
  suppressed: Count,
  complained: Count,
  unsubscribed: Count,
  cancelled: Count,
  opened: Count,
  clicked: Count,
  delivery_rate: Rate,
  bounce_rate: Rate,
  hard_bounce_rate: Rate,
  complaint_rate: Rate,
  first_attempt_rate: Rate,
  time_to_deliver_ms: z
    .object({ p50: z.number(), p90: z.number(), p99: z.number() })
    .nullable()
    .describe('From acceptance, or `send_at`, to delivery; each within 9.1 %'),
};

const Figures = z.object(FIGURES).meta({ id: 'StatsFigures' });

const StatsView = z
  .object({
    account: z.string().nullable(),
    from: Timestamp,
    to: Timestamp.describe('Not in any more'),
    by: z.enum(STATISTIC_SPANS),
    group: z.enum(STATISTIC_GROUPS).nullable(),
    only: z.object({ group: z.enum(STATISTIC_GROUPS), name: z.string() }).nullable(),
    total: Figures,
    periods: listOf(z.object({ at: Timestamp, ...FIGURES })).describe('Every hour or day, oldest first'),
    names: listOf(z.object({ name: z.string(), title: z.string().nullable(), ...FIGURES })).describe(
      'With `group`: largest first. `(other)` is the rest',
    ),
    more_names: Count.describe('Number of names left out'),
  })
  .meta({ id: 'Stats' });

const Time = z
  .string()
  .max(40)
  .transform((text, context) => {
    const atMs = parseDateOrTime(text);
    if (atMs !== undefined) return atMs;
    context.addIssue({
      code: 'custom',
      message: 'accepted: a day or a time, such as 2026-11-24 or 2026-11-24T06:00:00Z',
    });
    return z.NEVER;
  });
const Name = z.string().min(1).max(255).optional();

export function registerStatsRoutes(app: HttpApp, context: RouteContext): void {
  const { reader, clock } = context;
  app.route({
    method: 'GET',
    url: '/v1/stats',
    config: { scope: 'messages:read' },
    schema: {
      operationId: 'getStats',
      tags: ['stats'],
      summary: 'Get statistics',
      description:
        'Counts, rates and times to deliver by hour or day (UTC). With `group`, also for each domain, stream, destination, ' +
        'tag or credential; with one of those as a parameter, for that one only. DSNs of the relay itself are ' +
        'not counted.',
      querystring: z.strictObject({
        from: Time.optional().describe(
          'A day or a time (RFC 3339); default: 30 days, or 24 hours, before `to`',
        ),
        to: Time.optional().describe('Default: now'),
        by: z
          .enum(STATISTIC_SPANS)
          .default('day')
          .describe(`At most ${MOST_PERIODS.hour} hours or ${MOST_PERIODS.day} days at a time`),
        group: z.enum(STATISTIC_GROUPS).optional(),
        domain: Name.describe('Only of this sending domain'),
        stream: Name,
        destination: Name.describe('Only to this recipient domain'),
        tag: Name,
        credential: Name.describe('Only by this credential (its id)'),
        limit: limitOf(100, 20).describe('Maximum number of names, with `group`'),
      }),
      response: { 200: StatsView },
    },
    async handler({ query, credential }) {
      const { by, group, from, to, limit } = query;
      const named = STATISTIC_GROUPS.flatMap((one) => {
        const name = query[one];
        return name === undefined ? [] : [{ group: one, name }];
      });
      const [of, another] = named;
      if (another !== undefined)
        throw invalidField(
          `query.${another.group}`,
          `one of ${STATISTIC_GROUPS.join(', ')} can be given at a time`,
        );
      if (of !== undefined && group !== undefined)
        throw invalidField(
          'query.group',
          `cannot be asked together with ${of.group}: counts are not kept by both`,
        );
      const window = statisticWindow(by, { fromMs: from, toMs: to }, clock.now());
      if (!isWindow(window)) throw invalidField(`query.${window.field}`, window.problem);
      const { accountId, accountName } = credential;
      const asked = { accountIds: [accountId], span: by, ...window, of, group, limit };
      return statsJson(asked, await reader.statistics(asked), accountName);
    },
  });
}
