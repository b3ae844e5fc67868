/** `/v1/streams`: the streams of an account. */
import { z } from 'zod';
import { streamJson } from '../../api-json/stream-json.ts';
import { addStream, STREAM_KINDS, STREAM_NAME } from '../../admin/streams.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { PageQuery, pageOfItems } from '../paging.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { pageOf, Timestamp } from '../schemas.ts';

const StreamView = z
  .object({ name: z.string(), kind: z.enum(STREAM_KINDS), account: z.string(), created_at: Timestamp })
  .meta({ id: 'Stream' });

const NewStream = z.strictObject({
  name: z
    .string()
    .regex(STREAM_NAME, 'accepted: 1 to 64 lower-case letters, digits, - and _, such as newsletter')
    .describe('Lower-case letters, digits, - and _'),
  kind: z.enum(STREAM_KINDS).default('transactional'),
});

export function registerStreamsRoutes(app: HttpApp, context: RouteContext): void {
  listStreams(app, context);
  addStreams(app, context);
}

function listStreams(app: HttpApp, { reader }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/streams',
    config: { scope: 'messages:read' },
    schema: {
      operationId: 'listStreams',
      tags: ['streams'],
      summary: 'List the streams of the account, by name',
      querystring: PageQuery,
      response: { 200: pageOf(StreamView) },
    },
    async handler({ credential: { accountId, accountName }, query }) {
      const { items, next } = pageOfItems(await reader.listStreams(accountId), ({ name }) => name, query);
      return { data: items.map((stream) => streamJson(stream, accountName)), next };
    },
  });
}

function addStreams(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/streams',
    config: { scope: 'admin' },
    schema: {
      operationId: 'addStream',
      tags: ['streams'],
      summary: 'Add a stream',
      body: NewStream,
      response: { 201: StreamView },
    },
    async handler(request, reply) {
      const { accountId, accountName } = request.credential;
      const added = await addStream({ accountId, ...request.body }, adminContext(context, request));
      return await reply.code(201).send(streamJson(unlessRefused(added), accountName));
    },
  });
}
