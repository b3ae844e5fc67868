/** `/v1/events`: the event log, by cursor and as a stream. */
import { z } from 'zod';
import { ALL_EVENT_TYPES, type AnyEventType } from '../../policy/delivery-state.ts';
import { eventJson } from '../../api-json/event-json.ts';
import { eventIdOf, parseEventId } from '../../store/public-ids.ts';
import { invalidField } from '../api-error.ts';
import { clientAddress } from '../authenticate.ts';
import type { EventStreams, StreamFilter } from '../event-streams.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { EventId, limitOf, listOf, Recipient, Timestamp } from '../schemas.ts';

/** For reading events and following them. */
export const EVENTS_SCOPE = 'messages:read';

const EventType = z.enum(ALL_EVENT_TYPES as [AnyEventType, ...AnyEventType[]]);

/** Further keys by event: replies, codes, class. */
export const EventView = z
  .looseObject({
    id: z.string().describe('Sortable by time; the cursor'),
    event: EventType,
    message_id: z.string().nullable(),
    delivery_id: z.string().nullable(),
    recipient: z.string().nullable(),
    timestamp: Timestamp,
    account: z.string(),
    stream: z.string().nullable(),
    tags: listOf(z.string()),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Event' });

const FILTERS = {
  message: z.string().max(64).optional().describe('Of this message'),
  recipient: Recipient.optional(),
  type: z
    .union([EventType, z.array(EventType).max(ALL_EVENT_TYPES.length)])
    .optional()
    .describe('May be repeated'),
  stream: z.string().max(64).optional(),
  tag: z.string().max(128).optional(),
};

type Filters = z.output<z.ZodObject<typeof FILTERS>>;

function filterOf({ message, recipient, type, stream, tag }: Filters, accountId: string): StreamFilter {
  return {
    accountId,
    messageId: message,
    recipient,
    types: type === undefined ? [] : [type].flat(),
    stream,
    tag,
  };
}

export function registerEventsRoutes(app: HttpApp, context: RouteContext, streams: EventStreams): void {
  list(app, context);
  follow(app, context, streams);
}

function list(app: HttpApp, { reader }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/events',
    config: { scope: EVENTS_SCOPE },
    schema: {
      operationId: 'listEvents',
      tags: ['events'],
      summary: 'List events, oldest first',
      description:
        'Pass `next` as `after` to continue, now or later: no event is skipped or repeated. A page may be ' +
        'empty although `more` is true.',
      querystring: z.strictObject({
        ...FILTERS,
        after: EventId.optional().describe('Events after this one; default: from the oldest event kept'),
        limit: limitOf(1_000, 100),
      }),
      response: {
        200: z.object({
          data: listOf(EventView),
          next: z.string().describe('The cursor after this page'),
          more: z.boolean().describe('There were further events at the time of the read'),
        }),
      },
    },
    async handler({ credential, query }) {
      const { after, limit, ...filters } = query;
      const page = await reader.readEvents({
        ...filterOf(filters, credential.accountId),
        after: after ?? 0,
        limit,
      });
      return { data: page.events.map(eventJson), next: eventIdOf(page.next), more: page.more };
    },
  });
}

function follow(app: HttpApp, { reader }: RouteContext, streams: EventStreams): void {
  app.route({
    method: 'GET',
    url: '/v1/events/stream',
    exposeHeadRoute: false,
    config: { scope: EVENTS_SCOPE, streams: true },
    schema: {
      operationId: 'streamEvents',
      tags: ['events'],
      summary: 'Follow events (server-sent events)',
      description:
        'Each has the event id as `id`, its type as `event` and the event as `data`. After an interruption the header ' +
        'Last-Event-ID, or `after`, resumes there; without either the stream begins now.',
      querystring: z.strictObject({ ...FILTERS, after: EventId.optional() }),
      response: { 200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } } },
    },
    async handler(request, reply) {
      const { credential, query } = request;
      const { after, ...filters } = query;
      const start =
        resumeFrom(request.headers['last-event-id']) ?? after ?? (await reader.lastEventSequence());
      streams.admit(credential);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        // nginx would buffer the events.
        'x-accel-buffering': 'no',
      });
      const follower = { credential, client: clientAddress(request) };
      streams.open(reply.raw, follower, filterOf(filters, credential.accountId), start);
    },
  });
}

function resumeFrom(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const sequence = typeof header === 'string' ? parseEventId(header) : undefined;
  if (sequence === undefined)
    throw invalidField('header.last-event-id', 'accepted: the id of an event, such as evt_00000000000042');
  return sequence;
}
