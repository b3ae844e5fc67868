/** `operation/queue-now`: how much waits in the whole relay at this moment. */
import { z } from 'zod';
import { timestamp } from '../../../api-json/timestamp.ts';
import type { HttpApp } from '../../route-context.ts';
import { MaybeTimestamp } from '../../schemas.ts';
import type { OperationContext } from './operation-context.ts';

const QueueNow = z.object({
  scheduled: z.number(),
  queued: z.number(),
  deferred: z.number(),
  held: z.number(),
  oldest_at: MaybeTimestamp.describe('When the oldest message was accepted that waits; null: nothing waits'),
});

export function registerQueueNowRoutes(app: HttpApp, { reader }: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/queue-now',
    config: { scope: 'messages:read', relayWide: true },
    schema: { operationId: 'readQueueNow', response: { 200: QueueNow } },
    async handler() {
      const { scheduled, queued, deferred, held, oldestAtMs } = await reader.summary(1);
      return { scheduled, queued, deferred, held, oldest_at: timestamp(oldestAtMs) };
    },
  });
}
