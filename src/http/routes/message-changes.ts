/** What may still be changed of a message that was accepted: when it is sent, and whether at all (admin/messages.ts). */
import { z } from 'zod';
import { cancelMessage, rescheduleMessage } from '../../admin/messages.ts';
import { messageJson } from '../../api-json/message-json.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { invalidMessage, readSendAt } from '../read-message.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { findMessage, MessageLine } from './messages.ts';

const OneMessage = z.object({ id: z.string().max(64) });

export function registerMessageChangesRoutes(app: HttpApp, context: RouteContext): void {
  reschedule(app, context);
  cancel(app, context);
}

function reschedule(app: HttpApp, context: RouteContext): void {
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
      const errors: { field: string; message: string }[] = [];
      const sendAtMs = readSendAt(body.send_at, context.clock.now(), (field, message) =>
        errors.push({ field, message }),
      );
      if (sendAtMs === undefined) throw invalidMessage(errors);
      const message = await findMessage(context, credential, params.id);
      return messageJson(
        unlessRefused(await rescheduleMessage(message, sendAtMs, adminContext(context, request))),
      );
    },
  });
}

function cancel(app: HttpApp, context: RouteContext): void {
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
      const message = await findMessage(context, request.credential, request.params.id);
      return messageJson(unlessRefused(await cancelMessage(message, adminContext(context, request))));
    },
  });
}
