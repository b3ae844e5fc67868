/** `/v1/streams`: the streams of an account and their terms. */
import { z } from 'zod';
import { streamJson } from '../../api-json/stream-json.ts';
import { LEAST_PRIORITY, MOST_PRIORITY, TRACKED, type StreamTermsInput } from '../../admin/stream-terms.ts';
import {
  addStream,
  changeStream,
  findStream,
  removeStream,
  STREAM_KINDS,
  STREAM_NAME,
} from '../../admin/streams.ts';
import { streamWarnings } from '../../admin/stream-warnings.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { PageQuery, pageOfItems } from '../paging.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { listOf, pageOf, Timestamp } from '../schemas.ts';

const MaybeText = z.string().nullable();
const MaybeNumber = z.number().nullable();

const StreamView = z
  .object({
    name: z.string(),
    kind: z.enum(STREAM_KINDS),
    account: z.string(),
    created_at: Timestamp,
    title: MaybeText.describe('Its name for recipients'),
    subdomain: MaybeText.describe('Mail from this label below the domains is of the stream'),
    pool: MaybeText.describe('Sources that its mail leaves from; the operator sets it'),
    retry_schedule_ms: listOf(z.number()).nullable().describe('null: as configured'),
    max_age_ms: MaybeNumber.describe('How long its mail is tried; null: as configured'),
    priority: MaybeNumber.describe('Below 0 it is bulk; null: as its kind says'),
    headers: z.record(z.string(), z.string()).describe('Of messages that do not have them'),
    track: listOf(z.enum(TRACKED)),
  })
  .meta({ id: 'Stream' });
const WithWarnings = StreamView.extend({
  warnings: listOf(z.string()).describe('What is wrong with it, or with the mail that is sent in it'),
}).meta({ id: 'StreamWithWarnings' });

const FIELDS_DESCRIPTION =
  'Header fields of messages that do not have them, such as Feedback-ID; {account}, {stream}, {domain} and {tag} stand for ' +
  'what is known of the message';
const terms = {
  title: z.string().max(200).nullable().optional().describe('Its name for recipients'),
  subdomain: z.string().max(63).nullable().optional().describe('A label such as news'),
  pool: z.string().max(64).nullable().optional().describe('The operator’s to say: a key gets 422'),
  retry_schedule_ms: z.array(z.number()).max(50).nullable().optional(),
  max_age_ms: z.number().nullable().optional(),
  priority: z.number().min(LEAST_PRIORITY).max(MOST_PRIORITY).nullable().optional(),
  track: z.array(z.enum(TRACKED)).max(TRACKED.length).nullable().optional(),
};
const NewStream = z.strictObject({
  name: z
    .string()
    .regex(STREAM_NAME, 'accepted: 1 to 64 lower-case letters, digits, - and _, such as newsletter')
    .describe('Lower-case letters, digits, - and _'),
  kind: z.enum(STREAM_KINDS).default('transactional'),
  ...terms,
  headers: z.record(z.string(), z.string()).optional().describe(FIELDS_DESCRIPTION),
});
const ChangedStream = z.strictObject({
  kind: z.enum(STREAM_KINDS).optional(),
  ...terms,
  headers: z
    .record(z.string(), z.string().nullable())
    .optional()
    .describe(`${FIELDS_DESCRIPTION}. Each by itself; null takes a field away`),
});
const OneStream = z.object({ name: z.string().max(64) });

export function registerStreamsRoutes(app: HttpApp, context: RouteContext): void {
  for (const register of [list, add, show, change, remove]) register(app, context);
}

function list(app: HttpApp, { reader, config }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/streams',
    config: { scope: 'messages:read' },
    schema: {
      operationId: 'listStreams',
      tags: ['streams'],
      summary: 'List the streams of the account, by name, and how mail does not fit them',
      querystring: PageQuery,
      response: { 200: pageOf(WithWarnings) },
    },
    async handler({ credential: { accountId, accountName }, query }) {
      const { items, next } = pageOfItems(await reader.listStreams(accountId), ({ name }) => name, query);
      const misfits = await reader.streamMisfits(accountId);
      const data = items.map((stream) => ({
        ...streamJson(stream, accountName),
        warnings: [...streamWarnings(stream, config, misfits)],
      }));
      return { data, next };
    },
  });
}

function add(app: HttpApp, context: RouteContext): void {
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
      const { name, kind, ...body } = request.body;
      const input = { accountId, name, kind, terms: inputOf(body) };
      const added = await addStream(input, adminContext(context, request));
      return await reply.code(201).send(streamJson(unlessRefused(added), accountName));
    },
  });
}

function show(app: HttpApp, { reader, config }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/streams/:name',
    config: { scope: 'messages:read' },
    schema: {
      operationId: 'showStream',
      tags: ['streams'],
      summary: 'Show a stream, and how mail does not fit it',
      params: OneStream,
      response: { 200: WithWarnings },
    },
    async handler({ credential: { accountId, accountName }, params: { name } }) {
      const stream = unlessRefused(await findStream({ id: accountId }, name, reader));
      const warnings = streamWarnings(stream, config, await reader.streamMisfits(accountId));
      return { ...streamJson(stream, accountName), warnings: [...warnings] };
    },
  });
}

function change(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'PATCH',
    url: '/v1/streams/:name',
    config: { scope: 'admin' },
    schema: {
      operationId: 'changeStream',
      tags: ['streams'],
      summary: 'Change a stream; null takes a term away',
      params: OneStream,
      body: ChangedStream,
      response: { 200: StreamView },
    },
    async handler(request) {
      const { accountId, accountName } = request.credential;
      const { kind, ...body } = request.body;
      const changed = await changeStream(
        { accountId, name: request.params.name },
        { ...inputOf(body), ...(kind !== undefined && { kind }) },
        adminContext(context, request),
      );
      return streamJson(unlessRefused(changed), accountName);
    },
  });
}

function remove(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'DELETE',
    url: '/v1/streams/:name',
    config: { scope: 'admin' },
    schema: {
      operationId: 'removeStream',
      tags: ['streams'],
      summary: 'Remove a stream that no credential sends in; its suppressions stay',
      params: OneStream,
      response: { 200: z.object({ name: z.string(), removed: z.literal(true) }) },
    },
    async handler(request) {
      const { accountId } = request.credential;
      const { name } = request.params;
      unlessRefused(await removeStream({ accountId, name }, adminContext(context, request)));
      return { name, removed: true as const };
    },
  });
}

const FIELDS = [
  ['title', 'title'],
  ['subdomain', 'subdomain'],
  ['pool', 'pool'],
  ['retry_schedule_ms', 'retryScheduleMs'],
  ['max_age_ms', 'maxAgeMs'],
  ['priority', 'priority'],
  ['track', 'track'],
] as const;

type Body = Partial<z.infer<typeof ChangedStream>>;

/** Names what the body names; null is to be taken away. */
function inputOf(body: Body): StreamTermsInput {
  const { headers } = body;
  return {
    ...Object.fromEntries(
      FIELDS.flatMap(([from, to]) => (body[from] === undefined ? [] : [[to, body[from] ?? undefined]])),
    ),
    ...(headers !== undefined && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? undefined])),
    }),
  };
}
