/** `POST /v1/send`: one message, answered once it is durable. */
import { z } from 'zod';
import { submit, suppressedRecipients } from '../../intake/api-submission.ts';
import { apiClientOf } from '../api-client.ts';
import type { IdempotentRequests } from '../idempotent-requests.ts';
import { MessageRequest } from '../message-schema.ts';
import { oversizedField } from '../message-size.ts';
import { invalidMessage, readMessage } from '../read-message.ts';
import { refusalError } from '../refusal-error.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { visibleJson } from '../../platform/visible-text.ts';

export const SentAnswer = z
  .object({
    id: z.string().describe('The message: `msg_...`'),
    status: z.enum(['queued', 'scheduled']),
    to: z.unknown().optional().describe('As given'),
    suppressed: z
      .array(z.string())
      .optional()
      .describe('Suppressed recipients, who are not mailed; absent when there are none'),
  })
  .meta({ id: 'Sent' });
export type SentAnswer = z.infer<typeof SentAnswer>;

export function sentAnswer(
  id: string,
  status: SentAnswer['status'],
  to: unknown,
  suppressed: readonly string[],
): SentAnswer {
  return { id, status, to, ...(suppressed.length > 0 && { suppressed: [...suppressed] }) };
}

// Loose: the validated object replaces the request's headers.
export const IdempotencyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .describe('A repeat with the same key within 24 hours gets the first response and sends nothing'),
});

export function registerSendRoutes(
  app: HttpApp,
  context: RouteContext,
  idempotent: IdempotentRequests,
): void {
  const { acceptance, clock } = context;
  app.route({
    method: 'POST',
    url: '/v1/send',
    config: { scope: 'send', unmetered: true, asksOnAccept: true, takesMessage: true },
    schema: {
      operationId: 'send',
      tags: ['sending'],
      summary: 'Send a message',
      description:
        'Answered once the message is durable. With the header Idempotency-Key a repeat within 24 hours gets ' +
        'the first response and sends nothing.',
      headers: IdempotencyHeader,
      body: MessageRequest,
      response: { 200: SentAnswer },
    },
    // The response is made here: serializing it through the schema would cost as much as everything else.
    serializerCompiler: () => (answer: object) => visibleJson(answer),
    preValidation: (request, _reply, done) => {
      const oversized = oversizedField(request.body);
      done(oversized && invalidMessage([oversized]));
    },
    async handler(request, reply) {
      const { body } = request;
      const nowMs = clock.now();
      const submission = readMessage(body, nowMs);
      if (!('recipients' in submission)) throw invalidMessage(submission);
      const status = (submission.control.sendAtMs ?? 0) > nowMs ? 'scheduled' : 'queued';
      return await idempotent.run<SentAnswer>(request, reply, async (markOf) => {
        const client = apiClientOf(request);
        const answer = (id: string, suppressed: readonly string[]) =>
          sentAnswer(id, status, body.to, suppressed);
        // The stored result of a repeat is written before the store has decided; otherwise that look-up would be made
        // twice.
        const known = markOf && (await suppressedRecipients(submission, client.credential, acceptance));
        const markFor = markOf && ((id: string) => markOf(answer(id, known ?? [])));
        const verdict = await submit(submission, client, acceptance, markFor);
        if (verdict.kind === 'refused') throw refusalError(verdict.refusal);
        if (verdict.kind === 'repeated') return { first: verdict.first };
        return answer(verdict.facts.id, known ?? verdict.suppressed);
      });
    },
  });
}
