/** `/v1/messages`: accepted messages with their deliveries, in the JSON of `relayctl message`. */
import { z } from 'zod';
import { DELIVERY_STATES } from '../../policy/delivery-state.ts';
import { LOCAL_CLASSES } from '../../policy/local-failures.ts';
import { findMessages, MOST_SEARCHED } from '../../admin/find-messages.ts';
import { eventJson } from '../../api-json/event-json.ts';
import { messageJson } from '../../api-json/message-json.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { MessageView as StoredMessage } from '../../store/views.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { notFound } from '../api-error.ts';
import { readStoredContent } from '../read-content.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { Searching } from '../searching.ts';
import { DomainName, limitOf, listOf, MaybeTimestamp, pageOf, PointInTime, Timestamp } from '../schemas.ts';
import { EventView } from './events.ts';

const AttemptView = z.object({
  at: Timestamp,
  host: z.string().nullable(),
  address: z.string().nullable(),
  tls: z.string().nullable(),
  tls_failure: z
    .string()
    .nullable()
    .describe('Why it was sent in clear although the host offers TLS; else null'),
  reply: z.string(),
  duration_ms: z.number(),
  stage: z.string(),
  reply_code: z.number().nullable(),
  status: z.string().nullable(),
  local_class: z
    .enum(LOCAL_CLASSES)
    .nullable()
    .describe('Class of a failure of this relay itself; else null'),
  route: z.string().nullable().describe('The [[route]] that it took; null: direct, by none'),
  source: z.string().nullable().describe('The [[source]] that it left from; null: the address of the system'),
});
const DeliveryView = z.object({
  id: z.string(),
  recipient: z.string(),
  destination: z.string(),
  state: z.enum(DELIVERY_STATES),
  attempts: z
    .number()
    .describe('Its own attempts, and those that failed for its whole destination while it waited'),
  next_attempt_at: MaybeTimestamp,
  last_reply: z.string().nullable(),
  settled_at: MaybeTimestamp,
  in_progress: z.boolean(),
  history: listOf(AttemptView)
    .optional()
    .describe(
      'Its attempts, oldest first, and the last 25 that failed for its whole destination; not in lists',
    ),
});
export const MessageLine = z
  .object({
    id: z.string(),
    account: z.string(),
    stream: z.string(),
    reverse_path: z.string(),
    header_from: z.string(),
    subject: z.string().nullable(),
    size_bytes: z.number(),
    accepted_at: Timestamp,
    deliveries: listOf(DeliveryView),
    via: z.enum(['smtp', 'http', 'dsn']),
    credential_id: z.string().nullable(),
    message_id_header: z.string(),
    tags: listOf(z.string()),
    metadata: z.record(z.string(), z.string()),
    send_at: MaybeTimestamp,
    expires_at: MaybeTimestamp,
    has_content: z.boolean(),
  })
  .meta({ id: 'Message' });
const MessageView = MessageLine.extend({
  events: listOf(EventView).describe('Events, oldest first; at most the first 1,000'),
}).meta({ id: 'MessageWithEvents' });

/** Octets, although typed as text. */
const Octets = z.string().meta({ format: 'binary' }) as unknown as z.ZodType<Uint8Array>;
const OneMessage = z.object({ id: z.string().max(64) });
const MOST_EVENTS = 1_000;
/** A search ends its page then, with what it has. */
const SEARCH_MS = 150;
const Searched = z.string().max(MOST_SEARCHED);

export function registerMessagesRoutes(app: HttpApp, context: RouteContext): void {
  for (const register of [list, show, readContent]) register(app, context);
}

function list(app: HttpApp, { reader, clock }: RouteContext): void {
  const searching = new Searching(reader);
  const searches = {
    listMessages: reader.listMessages.bind(reader),
    pageOfMessages: reader.pageOfMessages.bind(reader),
    searchMessages: searching.searchMessages.bind(searching),
  };
  app.route({
    method: 'GET',
    url: '/v1/messages',
    config: { scope: 'messages:read' },
    schema: {
      operationId: 'listMessages',
      tags: ['messages'],
      summary: 'List messages, newest first',
      description:
        'A page may be empty without being the last: continue while `next` is not null. Texts are found whatever their case, ' +
        'in parts of three characters and more. `index_behind`: the index of texts is being filled, so a search takes more pages.',
      querystring: z.strictObject({
        state: z.enum(DELIVERY_STATES).optional().describe('With a delivery in this state'),
        search: Searched.optional().describe(
          'With this in a recipient, the sender or the subject, or this Message-ID',
        ),
        recipient: Searched.optional().describe('To this address; or with this part of it in a recipient'),
        sender: Searched.optional().describe('With this in the reverse-path or the From address'),
        subject: Searched.optional().describe('With this in the subject'),
        message_id: Searched.optional().describe('With this Message-ID field, with or without its brackets'),
        reply: Searched.optional().describe(
          'With this in a reply that failed, or with this queue id in one that accepted',
        ),
        since: PointInTime.optional().describe('Accepted at this time or later'),
        until: PointInTime.optional().describe('Accepted before this time'),
        destination: DomainName.optional().describe('With a delivery to this domain'),
        stream: z.string().max(64).optional(),
        tag: z.string().max(128).optional(),
        after: z.string().max(64).optional().describe('The `next` of the page before'),
        limit: limitOf(100, 50),
      }),
      response: { 200: pageOf(MessageLine).extend({ index_behind: z.boolean() }) },
    },
    async handler({ credential, query }) {
      const { after, message_id: messageId, since: sinceMs, until: untilMs } = query;
      const { limit, state, destination, stream, tag, search, recipient, sender, subject, reply } = query;
      const found = await findMessages(
        {
          ...{ accountId: credential.accountId, state, destination, stream, tag, before: after, limit },
          ...{ search, recipient, sender, subject, messageId, reply, sinceMs, untilMs },
        },
        SEARCH_MS,
        { reader: searches, clock },
      );
      const { messages, next, indexBehind } = unlessRefused(found);
      return { data: messages.map(messageJson), next: next ?? null, index_behind: indexBehind };
    },
  });
}

function show(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/messages/:id',
    config: { scope: 'messages:read' },
    schema: {
      operationId: 'showMessage',
      tags: ['messages'],
      summary: 'Show a message: its deliveries, every attempt, every event',
      params: OneMessage,
      response: { 200: MessageView },
    },
    async handler({ credential, params }) {
      const message = await findMessage(context, credential, params.id);
      const { events } = await context.reader.readEvents({
        accountId: credential.accountId,
        messageId: message.facts.id,
        recipient: undefined,
        types: [],
        after: 0,
        limit: MOST_EVENTS,
      });
      return { ...messageJson(message), events: events.map(eventJson) };
    },
  });
}

function readContent(app: HttpApp, context: RouteContext): void {
  const { reader } = context;
  app.route({
    method: 'GET',
    url: '/v1/messages/:id/raw',
    config: { scope: 'admin', content: true },
    schema: {
      operationId: 'readMessageContent',
      tags: ['messages'],
      summary: 'Get the content of a message, octet for octet',
      description:
        'As stored, without the fields that delivery adds. Needs the scope admin, because it is private content.',
      params: OneMessage,
      response: {
        200: { description: 'The content', content: { 'message/rfc822': { schema: Octets } } },
      },
    },
    async handler({ credential, params }, reply) {
      const { id } = (await findMessage(context, credential, params.id)).facts;
      const content = await readStoredContent(reader, id);
      return await reply
        .header('content-disposition', `attachment; filename="${id}.eml"`)
        .type('message/rfc822')
        .send(content);
    },
  });
}

/** A message of the key's account; any other is not found. Throws ApiError 404. */
export async function findMessage(
  { reader }: Pick<RouteContext, 'reader'>,
  { accountId }: Credential,
  id: string,
): Promise<StoredMessage> {
  const message = await reader.messageById(id);
  if (message?.facts.accountId !== accountId) throw notFound(`there is no message ${id}`);
  return message;
}
