/**
 * `/v1/webhooks`: webhooks of the account and their delivery logs. A secret is only in the responses to creation and
 * rotation.
 */
import { z } from 'zod';
import { ALL_EVENT_TYPES } from '../../policy/delivery-state.ts';
import {
  EVERY_EVENT,
  newWebhookJson,
  webhookDeliveryJson,
  webhookJson,
} from '../../api-json/webhook-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { eventIdOf } from '../../store/public-ids.ts';
import type { Credential } from '../../store/records.ts';
import type { Webhook } from '../../store/webhooks.ts';
import {
  LONGEST_OVERLAP_MS,
  makeWebhook,
  MOST_WEBHOOKS,
  SECRET_OVERLAP_MS,
  testWebhook,
} from '../../webhook/webhook-admin.ts';
import { makeSealedKey } from '../../webhook/webhook-keys.ts';
import { conflict, notFound } from '../api-error.ts';
import { actorOf, type HttpApp, type RouteContext } from '../route-context.ts';
import { EventId, limitOf, listOf, MaybeTimestamp } from '../schemas.ts';
import {
  EventNames,
  IssuedWebhookView,
  replayBody,
  replaySelection,
  typesOf,
  webhookUrl,
  WebhookDeliveryView,
  WebhookView,
} from '../webhook-schemas.ts';

const OneWebhook = z.object({ id: z.string().max(64) });

export function registerWebhooksRoutes(app: HttpApp, context: RouteContext): void {
  const { reader, webhooks, box, random, clock, config } = context;
  const Url = webhookUrl(config.webhooks);

  const find = async ({ accountId }: Credential, id: string): Promise<Webhook> => {
    const found = await reader.webhookById(id);
    if (found?.accountId !== accountId) throw notFound(`there is no webhook ${id}`);
    return found;
  };

  app.route({
    method: 'GET',
    url: '/v1/webhooks',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'listWebhooks',
      tags: ['webhooks'],
      summary: 'List the webhooks of the account',
      response: { 200: z.object({ data: listOf(WebhookView) }) },
    },
    handler: async ({ credential }) => ({
      data: (await reader.listWebhooks(credential.accountId)).map(webhookJson),
    }),
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'addWebhook',
      tags: ['webhooks'],
      summary: 'Create a webhook',
      description:
        'It starts with the next event. The secret verifies the signatures; it is shown only once.',
      body: z.strictObject({ url: Url, events: EventNames.default([EVERY_EVENT]) }),
      response: { 201: IssuedWebhookView },
    },
    async handler(request, reply) {
      const { credential, body } = request;
      const { accountId, accountName } = credential;
      if ((await reader.listWebhooks(accountId)).length >= MOST_WEBHOOKS)
        throw conflict(`the account has ${MOST_WEBHOOKS} webhooks, which is the most`);
      const facts = { accountId, url: body.url, events: typesOf(body.events) };
      const { webhook, secret } = makeWebhook(facts, { box, random, nowMs: clock.now() });
      await webhooks.addWebhook(webhook, actorOf(request));
      return await reply.code(201).send(newWebhookJson(webhook, secret, accountName));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'showWebhook',
      tags: ['webhooks'],
      summary: 'Show a webhook',
      params: OneWebhook,
      response: { 200: WebhookView },
    },
    handler: async ({ credential, params }) => webhookJson(await find(credential, params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/v1/webhooks/:id',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'changeWebhook',
      tags: ['webhooks'],
      summary: 'Change the URL or the events, pause or resume',
      description:
        'Absent fields are unchanged. While it is paused, events wait as long as they are retained; resuming sends them first, ' +
        'unless `skip` is true.',
      params: OneWebhook,
      body: z.strictObject({
        url: Url.optional(),
        events: EventNames.optional(),
        state: z.enum(['active', 'paused']).optional(),
        skip: z.boolean().default(false).describe('With `state` active: skip the events of the meantime'),
      }),
      response: { 200: WebhookView },
    },
    async handler(request) {
      const { credential, params, body } = request;
      const { id } = await find(credential, params.id);
      const actor = actorOf(request);
      const { url, events, state } = body;
      if (url !== undefined || events !== undefined)
        await webhooks.changeWebhook(id, { url, events: events && typesOf(events) }, actor);
      if (state === 'paused') await webhooks.pauseWebhook(id, `paused by ${actor}`, clock.now(), actor);
      if (state === 'active') await webhooks.resumeWebhook(id, body.skip, clock.now(), actor);
      return webhookJson(await find(credential, id));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/webhooks/:id',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'removeWebhook',
      tags: ['webhooks'],
      summary: 'Remove a webhook and its delivery log',
      params: OneWebhook,
      response: { 200: z.object({ id: z.string(), removed: z.literal(true) }) },
    },
    async handler(request) {
      const { id } = await find(request.credential, request.params.id);
      await webhooks.removeWebhook(id, actorOf(request));
      return { id, removed: true as const };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/rotate',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'rotateWebhookSecret',
      tags: ['webhooks'],
      summary: 'Rotate the secret; both sign until the old one expires',
      params: OneWebhook,
      body: z
        .strictObject({
          overlap_seconds: z
            .number()
            .int()
            .min(0)
            .max(LONGEST_OVERLAP_MS / 1000)
            .default(SECRET_OVERLAP_MS / 1000)
            .describe('How long the old secret still signs as well'),
        })
        .nullish(),
      response: { 200: IssuedWebhookView.extend({ old_secret_until: MaybeTimestamp }) },
    },
    async handler(request) {
      const webhook = await find(request.credential, request.params.id);
      const { sealed, secret } = makeSealedKey(webhook.id, box, random);
      const overlapMs = (request.body?.overlap_seconds ?? SECRET_OVERLAP_MS / 1000) * 1000;
      const untilMs = clock.now() + overlapMs;
      await webhooks.rotateWebhookSecret(webhook.id, sealed, untilMs, actorOf(request));
      return {
        ...newWebhookJson(webhook, secret, webhook.accountName),
        old_secret_until: timestamp(untilMs),
      };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/test',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'testWebhook',
      tags: ['webhooks'],
      summary: 'Send a signed test event and return the response',
      description:
        'Also while it is paused. The event is named `test`, belongs to no message, and is not retried.',
      params: OneWebhook,
      response: {
        200: z.object({
          delivered: z.boolean(),
          status: z.number().nullable().describe('Status of the response; null: no response'),
          error: z.string().nullable(),
          response: z.string().nullable().describe('The beginning of the response body'),
          duration_ms: z.number(),
        }),
      },
    },
    async handler({ credential, params }) {
      const webhook = await find(credential, params.id);
      const { allowPrivateAddresses } = config.webhooks;
      const guard = { resolver: context.resolver, allowPrivateAddresses };
      const { error, statusCode, excerpt, durationMs } = await testWebhook(webhook, {
        guard,
        box,
        clock,
        random,
      });
      return {
        delivered: error === undefined,
        status: statusCode ?? null,
        error: error ?? null,
        response: excerpt ?? null,
        duration_ms: Math.round(durationMs),
      };
    },
  });

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
      const { id: webhookId } = await find(credential, params.id);
      const { state, before, limit } = query;
      const log = await reader.webhookDeliveries({ webhookId, state, before, limit });
      const last = log.length < limit ? undefined : log.at(-1);
      return {
        data: log.map(webhookDeliveryJson),
        next: last === undefined ? null : eventIdOf(last.sequence),
      };
    },
  });

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
      body: replayBody,
      response: { 202: z.object({ id: z.string(), replayed: z.number() }) },
    },
    async handler(request, reply) {
      const { id } = await find(request.credential, request.params.id);
      const selection = await replaySelection(request.body, reader);
      const replayed = await webhooks.replayWebhook(id, selection, clock.now(), actorOf(request));
      return await reply.code(202).send({ id, replayed });
    },
  });
}
