/**
 * `/v1/webhooks`: webhooks of the account. A secret is only in the responses to creation and rotation. Their delivery logs:
 * webhook-deliveries.ts.
 */
import { z } from 'zod';
import { addWebhook } from '../../admin/webhooks/add.ts';
import { changeWebhook, removeWebhook } from '../../admin/webhooks/change.ts';
import { rotateWebhookSecret, SECRET_OVERLAP_MS } from '../../admin/webhooks/rotate.ts';
import { testWebhook } from '../../admin/webhooks/test-webhook.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { EVERY_EVENT, newWebhookJson, webhookJson } from '../../api-json/webhook-json.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { Webhook } from '../../store/webhooks.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { notFound } from '../api-error.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { listOf, MaybeTimestamp } from '../schemas.ts';
import {
  EventNames,
  IssuedWebhookView,
  RotateBody,
  WebhookTestView,
  WebhookUrl,
  WebhookView,
} from '../webhook-schemas.ts';

export const OneWebhook = z.object({ id: z.string().max(64) });

export function registerWebhooksRoutes(app: HttpApp, context: RouteContext): void {
  const routes = [list, add, show, change, remove, rotate, test];
  for (const register of routes) register(app, context);
}

/** Also for those of other accounts there is none. Throws ApiError 404. */
export async function findWebhook(
  { reader }: RouteContext,
  { accountId }: Credential,
  id: string,
): Promise<Webhook> {
  const found = await reader.webhookById(id);
  if (found?.accountId !== accountId) throw notFound(`there is no webhook ${id}`);
  return found;
}

function list(app: HttpApp, { reader }: RouteContext): void {
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
}

function add(app: HttpApp, context: RouteContext): void {
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
      body: z.strictObject({ url: WebhookUrl, events: EventNames.default([EVERY_EVENT]) }),
      response: { 201: IssuedWebhookView },
    },
    async handler(request, reply) {
      const { accountId: id, accountName: name } = request.credential;
      const input = { account: { id, name }, ...request.body };
      const { webhook, secret } = unlessRefused(await addWebhook(input, adminContext(context, request)));
      return await reply.code(201).send(newWebhookJson(webhook, secret, name));
    },
  });
}

function show(app: HttpApp, context: RouteContext): void {
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
    handler: async ({ credential, params }) => webhookJson(await findWebhook(context, credential, params.id)),
  });
}

function change(app: HttpApp, context: RouteContext): void {
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
        url: WebhookUrl.optional(),
        events: EventNames.optional(),
        state: z.enum(['active', 'paused']).optional(),
        skip: z.boolean().default(false).describe('With `state` active: skip the events of the meantime'),
      }),
      response: { 200: WebhookView },
    },
    async handler(request) {
      const webhook = await findWebhook(context, request.credential, request.params.id);
      const changed = await changeWebhook(webhook, request.body, adminContext(context, request));
      return webhookJson(unlessRefused(changed));
    },
  });
}

function remove(app: HttpApp, context: RouteContext): void {
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
      const webhook = await findWebhook(context, request.credential, request.params.id);
      await removeWebhook(webhook, adminContext(context, request));
      return { id: webhook.id, removed: true as const };
    },
  });
}

function rotate(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/rotate',
    config: { scope: 'webhooks' },
    schema: {
      operationId: 'rotateWebhookSecret',
      tags: ['webhooks'],
      summary: 'Rotate the secret; both sign until the old one expires',
      params: OneWebhook,
      body: RotateBody,
      response: { 200: IssuedWebhookView.extend({ old_secret_until: MaybeTimestamp }) },
    },
    async handler(request) {
      const webhook = await findWebhook(context, request.credential, request.params.id);
      const overlapMs = (request.body?.overlap_seconds ?? SECRET_OVERLAP_MS / 1000) * 1000;
      const rotated = await rotateWebhookSecret(webhook, overlapMs, adminContext(context, request));
      const { secret, oldUntilMs } = unlessRefused(rotated);
      const issued = newWebhookJson(webhook, secret, webhook.accountName);
      return { ...issued, old_secret_until: timestamp(oldUntilMs) };
    },
  });
}

function test(app: HttpApp, context: RouteContext): void {
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
      response: { 200: WebhookTestView },
    },
    async handler({ credential, params }) {
      const webhook = await findWebhook(context, credential, params.id);
      const { box, clock, random, resolver, config } = context;
      const { allowPrivateAddresses } = config.webhooks;
      const tools = { guard: { resolver, allowPrivateAddresses }, box, clock, random };
      const { error, statusCode, excerpt, durationMs } = await testWebhook(webhook, tools);
      return {
        delivered: error === undefined,
        status: statusCode ?? null,
        error: error ?? null,
        response: excerpt ?? null,
        duration_ms: Math.round(durationMs),
      };
    },
  });
}
