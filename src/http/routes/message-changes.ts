/**
 * Changes to accepted messages: reschedule and cancel. A key may change messages that it submitted; other messages of
 * the account need the scope `admin`.
 */
import { z } from 'zod';
import { isFinal } from '../../policy/delivery-state.ts';
import { messageJson } from '../../api-json/message-json.ts';
import type { Credential } from '../../store/records.ts';
import type { MessageView } from '../../store/views.ts';
import { ApiError, notFound } from '../api-error.ts';
import { invalidMessage, readSendAt } from '../read-message.ts';
import { actorOf, type HttpApp, type RouteContext } from '../route-context.ts';
import { hasScope } from '../scopes.ts';
import { findMessage, MessageLine } from './messages.ts';

const OneMessage = z.object({ id: z.string().max(64) });

export function registerMessageChangesRoutes(app: HttpApp, context: RouteContext): void {
  const { queue, clock } = context;

  app.route({
    method: 'PATCH',
    url: '/v1/messages/:id',
    config: { scope: 'send' },
    schema: {
      operationId: 'rescheduleMessage',
      tags: ['sending'],
      summary: 'Reschedule a message',
      description:
        'Until its delivery has started. A time in the past means now. Its time to live counts from the new time. A message that ' +
        'this key submitted; for those of other credentials the scope `admin` is needed.',
      params: OneMessage,
      body: z.strictObject({ send_at: z.string() }),
      response: { 200: MessageLine },
    },
    async handler(request) {
      const { credential, params, body } = request;
      const nowMs = clock.now();
      const errors: { field: string; message: string }[] = [];
      const sendAtMs = readSendAt(body.send_at, nowMs, (field, message) => errors.push({ field, message }));
      if (sendAtMs === undefined) throw invalidMessage(errors);
      const { id } = (await findChangeable(context, credential, params.id)).facts;
      const changed = await queue.reschedule(credential.accountId, id, sendAtMs, nowMs, actorOf(request));
      if (changed === 0) throw tooLate(await shown(context, credential, id), 'is not scheduled any more');
      return messageJson(await shown(context, credential, id));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/messages/:id/cancel',
    config: { scope: 'send' },
    schema: {
      operationId: 'cancelMessage',
      tags: ['sending'],
      summary: 'Cancel the unsent deliveries of a message',
      description:
        'Waiting and held deliveries are cancelled; those that are settled, or in progress at this moment, are ' +
        'not. 409 when there is none to cancel. A message that this key submitted; for those of other credentials the ' +
        'scope `admin` is needed.',
      params: OneMessage,
      response: { 200: MessageLine },
    },
    async handler(request) {
      const { credential, params } = request;
      const { id } = (await findChangeable(context, credential, params.id)).facts;
      const selection = { accountId: credential.accountId, id, destination: undefined };
      const cancelled = await queue.cancel(selection, clock.now(), actorOf(request));
      if (cancelled === 0)
        throw tooLate(await shown(context, credential, id), 'cannot be cancelled any more');
      return messageJson(await shown(context, credential, id));
    },
  });
}

/** Messages of other credentials are not found, like missing ones. Throws ApiError 404. */
async function findChangeable(
  context: RouteContext,
  credential: Credential,
  id: string,
): Promise<MessageView> {
  const message = await findMessage(context, credential, id);
  if (message.facts.credentialId !== credential.id && !hasScope(credential, 'admin'))
    throw notFound(`there is no message ${id}`);
  return message;
}

/** Without attempts. */
async function shown(context: RouteContext, credential: Credential, id: string): Promise<MessageView> {
  const message = await findMessage(context, credential, id);
  return {
    ...message,
    deliveries: message.deliveries.map((delivery) => ({ ...delivery, history: undefined })),
  };
}

function tooLate({ facts, deliveries }: MessageView, what: string): ApiError {
  const states = [...new Set(deliveries.map(({ state, claimed }) => (claimed ? 'in progress' : state)))];
  const over = deliveries.every(({ state }) => isFinal(state));
  const message = `${facts.id} ${what}: ${over ? 'its deliveries are' : 'deliveries are'} ${states.join(', ')}`;
  return new ApiError(409, 'too-late', message);
}
