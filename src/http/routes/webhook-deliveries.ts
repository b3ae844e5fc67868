/** `/v1/webhooks/:id/deliveries` and `/replay`: the delivery log of a webhook, and replays. */
import { z } from 'zod';
import { replayWebhook } from '../../admin/webhooks/replay.ts';
import { webhookDeliveryJson } from '../../api-json/webhook-json.ts';
import { ALL_EVENT_TYPES } from '../../policy/delivery-state.ts';
import { eventIdOf } from '../../store/public-ids.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { EventId, limitOf, listOf } from '../schemas.ts';
import { ReplayBody, WebhookDeliveryView } from '../webhook-schemas.ts';
import { findWebhook, OneWebhook } from './webhooks.ts';

export function registerWebhookDeliveriesRoutes(app: HttpApp, context: RouteContext): void {
  list(app, context);
  replay(app, context);
}

function list(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id/deliveries',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'listWebhookDeliveries',
      tags: ['webhooks'],
      summary: 'Get the delivery log, newest first',
      params: OneWebhook,
      querystring: z.strictObject({
        state: z.enum(['pending', 'failed']).optional(),
        before: EventId.optional().describe('Events before this one'),
        limit: limitOf(500, 50),
      }),
      response: {
        200: z.object({
          data: listOf(WebhookDeliveryView),
          next: z.string().nullable().describe('Pass it as `before` for the next page; null: last page'),
        }),
      },
    },
    async handler({ credential, params, query }) {
      const { id: webhookId } = await findWebhook(context, credential, params.id);
      const { state, before, limit } = query;
      const log = await context.reader.webhookDeliveries({ webhookId, state, before, limit });
      const last = log.length < limit ? undefined : log.at(-1);
      return {
        data: log.map(webhookDeliveryJson),
        next: last === undefined ? null : eventIdOf(last.sequence),
      };
    },
  });
}

function replay(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/replay',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'replayWebhook',
      tags: ['webhooks'],
      summary: 'Replay events',
      description:
        'By id, all failed ones, a range of time, or those after an event. They keep their `webhook-id`. Events that were ' +
        `not sent yet come anyway and are not counted. Events: ${ALL_EVENT_TYPES.join(', ')}.`,
      params: OneWebhook,
      body: ReplayBody,
      response: { 202: z.object({ id: z.string(), replayed: z.number() }) },
    },
    async handler(request, reply) {
      const { event_ids: eventIds = [], failed = false, since, until, after } = request.body;
      const webhook = await findWebhook(context, request.credential, request.params.id);
      const asked = { eventIds, failed, sinceMs: since, untilMs: until, after };
      const outcome = await replayWebhook(webhook, asked, adminContext(context, request));
      const { replayed } = unlessRefused(outcome);
      return await reply.code(202).send({ id: webhook.id, replayed });
    },
  });
}
