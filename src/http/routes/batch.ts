/**
 * `POST /v1/batch`: up to a thousand messages, each with its own result; all valid ones are stored in one
 * transaction.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import { assert } from '../../platform/assert.ts';
import type { Clock } from '../../platform/clock.ts';
import { submitBatch, type BatchItem } from '../../intake/api-batch.ts';
import { suppressedRecipients } from '../../intake/api-submission.ts';
import type { ApiSubmission } from '../../intake/receive-composed.ts';
import { ApiError } from '../api-error.ts';
import { apiClientOf } from '../api-client.ts';
import type { IdempotentRequests } from '../idempotent-requests.ts';
import { MessageRequest } from '../message-schema.ts';
import { oversizedField } from '../message-size.ts';
import { invalidMessage, readMessage } from '../read-message.ts';
import { refusalError } from '../refusal-error.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { ErrorAnswer } from '../schemas.ts';
import { validationError } from '../validation.ts';
import { visibleJson } from '../../platform/visible-text.ts';
import { IdempotencyHeader, SentAnswer, sentAnswer } from './send.ts';

const MAX_MESSAGES = 1_000;
const TURN_MS = 5;

const BatchRequest = z.strictObject({
  // Validated separately: an invalid message does not affect the others.
  messages: z.array(z.unknown()).min(1).max(MAX_MESSAGES).describe('Each like the body of /v1/send'),
});

const BatchAnswer = z
  .object({
    results: z
      .array(z.union([SentAnswer, ErrorAnswer]))
      .describe('In the order of the messages: the message, or the error'),
    accepted: z.int(),
    refused: z.int(),
  })
  .meta({ id: 'BatchResult' });
type BatchAnswer = z.infer<typeof BatchAnswer>;
type Result = BatchAnswer['results'][number];

export function registerBatchRoutes(
  app: HttpApp,
  context: RouteContext,
  idempotent: IdempotentRequests,
): void {
  const { acceptance, clock } = context;
  app.route({
    method: 'POST',
    url: '/v1/batch',
    config: { scope: 'send', unmetered: true, asksOnAccept: true, takesMessage: true },
    schema: {
      operationId: 'sendBatch',
      tags: ['sending'],
      summary: 'Send up to 1,000 messages',
      description:
        'Valid messages are stored in one transaction; the others have an error as their result. The ' +
        'header Idempotency-Key applies to the whole request.',
      headers: IdempotencyHeader,
      body: BatchRequest,
      response: { 200: BatchAnswer },
    },
    serializerCompiler: () => (answer: object) => visibleJson(answer),
    async handler(request, reply) {
      return await idempotent.run<BatchAnswer>(request, reply, async (markOf) => {
        const client = apiClientOf(request);
        const suppressedOf = (one: ApiSubmission) => suppressedRecipients(one, client.credential, acceptance);
        const read = await readAll(request.body.messages, clock, suppressedOf);
        const results = (items: readonly (BatchItem | undefined)[]) =>
          answerOf(read.map((each, index) => resultOf(each, items[index])));
        const verdict = await submitBatch(
          read.map((each) => (each instanceof ApiError ? undefined : each.submission)),
          client,
          acceptance,
          markOf && ((items) => markOf(results(items))),
        );
        if (verdict.kind === 'refused') throw refusalError(verdict.refusal);
        return verdict.kind === 'repeated' ? { first: verdict.first } : results(verdict.items);
      });
    },
  });
}

interface ReadOne {
  readonly submission: ApiSubmission;
  readonly to: MessageRequest['to'];
  readonly suppressed: readonly string[];
}

type SuppressedOf = (submission: ApiSubmission) => Promise<readonly string[]>;

/** Yields to other requests in between. */
async function readAll(
  messages: readonly unknown[],
  clock: Clock,
  suppressedOf: SuppressedOf,
): Promise<readonly (ReadOne | ApiError)[]> {
  const read: (ReadOne | ApiError)[] = [];
  const nowMs = clock.now();
  let turnEndsMs = clock.monotonic() + TURN_MS;
  for (const message of messages) {
    read.push(await readOne(message, nowMs, suppressedOf));
    if (clock.monotonic() < turnEndsMs) continue;
    await turn();
    turnEndsMs = clock.monotonic() + TURN_MS;
  }
  return read;
}

async function readOne(
  message: unknown,
  nowMs: number,
  suppressedOf: SuppressedOf,
): Promise<ReadOne | ApiError> {
  const oversized = oversizedField(message);
  if (oversized !== undefined) return invalidMessage([oversized]);
  const parsed = MessageRequest.safeParse(message);
  if (!parsed.success) return validationError(parsed.error, message, MessageRequest);
  const submission = readMessage(parsed.data, nowMs);
  if (!('recipients' in submission)) return invalidMessage(submission);
  return { submission, to: parsed.data.to, suppressed: await suppressedOf(submission) };
}

function resultOf(read: ReadOne | ApiError, item: BatchItem | undefined): Result {
  if (read instanceof ApiError) return errorResult(read);
  assert(item !== undefined, 'every message that could be read has a result');
  if (item.kind === 'refused') return errorResult(refusalError(item.refusal));
  const { id, sendAtMs } = item.draft.facts;
  return sentAnswer(id, sendAtMs === undefined ? 'queued' : 'scheduled', read.to, read.suppressed);
}

function errorResult(error: ApiError): Result {
  return error.toJSON() as z.infer<typeof ErrorAnswer>;
}

function answerOf(results: Result[]): BatchAnswer {
  const accepted = results.filter((result) => 'id' in result).length;
  return { results, accepted, refused: results.length - accepted };
}
