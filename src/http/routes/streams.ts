/** `/v1/streams`: the streams of an account. */
import { z } from 'zod';
import { streamJson } from '../../api-json/stream-json.ts';
import { addStream, STREAM_NAME } from '../../admin/add-stream.ts';
import { conflict } from '../api-error.ts';
import { PageQuery, pageOfItems } from '../paging.ts';
import { actorOf, type HttpApp, type RouteContext } from '../route-context.ts';
import { pageOf, Timestamp } from '../schemas.ts';

const STREAM_KINDS = ['transactional', 'broadcast'] as const;

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
  const { reader, directory, clock } = context;
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
      const { credential, body } = request;
      const { accountId, accountName } = credential;
      const stream = { accountId, ...body, createdAtMs: clock.now() };
      if (!(await addStream(stream, { reader, directory, actor: actorOf(request) })))
        throw conflict(`there is a stream ${body.name} already`, 'name');
      return await reply.code(201).send(streamJson(stream, accountName));
    },
  });
}
