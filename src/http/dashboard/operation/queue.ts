/** `operation/queue`: what waits by destination, why and until when; suspending a destination and resuming it. */
import { z } from 'zod';
import { resumeDestination, suspend } from '../../../admin/suspensions.ts';
import { limitJson } from '../../../api-json/limit-json.ts';
import { destinationJson, queueJson } from '../../../api-json/queue-json.ts';
import { suspensionJson } from '../../../api-json/suspension-json.ts';
import { timestamp } from '../../../api-json/timestamp.ts';
import { earliestAtMs, waitsFor } from '../../../api-json/waits-for.ts';
import type { AutomaticLimit } from '../../../policy/shaping/automatic-limit.ts';
import { limitAt } from '../../../policy/shaping/next-limit.ts';
import { normalizeDomain } from '../../../smtp/address.ts';
import type { MessageView } from '../../../store/views.ts';
import { adminContext } from '../../admin-context.ts';
import { unlessRefused } from '../../admin-refusal.ts';
import { invalidField, notFound } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import { MaybeTimestamp, PointInTime } from '../../schemas.ts';
import type { OperationContext } from './operation-context.ts';
import { Queue, QueueOfDestination } from './queue-schemas.ts';

const MOST_DESTINATIONS = 200;
const NEWEST = 50;
const Name = z.object({ destination: z.string().max(255) });
const READS = { scope: 'messages:read', relayWide: true } as const;
const CHANGES = { scope: 'send', relayWide: true } as const;

export function registerQueueRoutes(app: HttpApp, context: OperationContext): void {
  lists(app, context);
  shows(app, context);
  suspends(app, context);
  resumes(app, context);
}

/** As it is stored. Throws ApiError 400. */
export function destinationNamed(text: string): string {
  const name = normalizeDomain(text);
  if (name === undefined) throw invalidField('destination', `${text} is no domain`);
  return name;
}

function lists(app: HttpApp, context: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/queue',
    config: READS,
    schema: { operationId: 'readQueue', response: { 200: Queue } },
    async handler() {
      const summary = await context.reader.summary(MOST_DESTINATIONS);
      return { ...queueJson(summary), limits: (await limitsInForce(context)).map(limitJson) };
    },
  });
}

function shows(app: HttpApp, context: OperationContext): void {
  const { reader, clock } = context;
  app.route({
    method: 'GET',
    url: '/queue/:destination',
    config: READS,
    schema: { operationId: 'readQueueOfDestination', params: Name, response: { 200: QueueOfDestination } },
    async handler(request) {
      const name = destinationNamed(request.params.destination);
      const row = await reader.destination(name);
      if (row === undefined) throw notFound(`nothing went to ${name} yet`);
      const suspension = (await reader.suspensions()).find(
        ({ kind, subject }) => kind === 'destination' && subject === name,
      );
      const selection = { accountId: undefined, id: undefined, destination: name };
      const newest = await reader.listQueue(selection, NEWEST);
      return {
        ...destinationJson(row),
        ...suspensionJson(suspension),
        limits: (await limitsOf(context, name)).map(limitJson),
        newest: newest.flatMap((message) => waiting(message, clock.now())).slice(0, NEWEST),
      };
    },
  });
}

function suspends(app: HttpApp, context: OperationContext): void {
  app.route({
    method: 'POST',
    url: '/queue/:destination/suspend',
    config: CHANGES,
    schema: {
      operationId: 'suspendDestination',
      params: Name,
      body: z.strictObject({
        until: PointInTime.optional().describe('Default: until somebody resumes it'),
        reason: z.string().max(1_000).optional(),
      }),
      response: { 200: z.object({ destination: z.string(), suspended_until: MaybeTimestamp }) },
    },
    async handler(request) {
      const destination = destinationNamed(request.params.destination);
      const { until: untilMs, reason } = request.body;
      const details = { untilMs, reason };
      unlessRefused(await suspend('destination', destination, details, adminContext(context, request)));
      return { destination, suspended_until: timestamp(untilMs) };
    },
  });
}

function resumes(app: HttpApp, context: OperationContext): void {
  app.route({
    method: 'POST',
    url: '/queue/:destination/resume',
    config: CHANGES,
    schema: {
      operationId: 'resumeDestination',
      params: Name,
      body: z.strictObject({}),
      response: { 200: z.object({ destination: z.string(), limits_lifted: z.number().int() }) },
    },
    async handler(request) {
      const destination = destinationNamed(request.params.destination);
      const subjects = new Set((await limitsOf(context, destination)).map(({ subject }) => subject));
      const lifted = await resumeDestination(destination, [...subjects], adminContext(context, request));
      return { destination, limits_lifted: lifted };
    },
  });
}

function waiting({ facts, accountName, deliveries }: MessageView, nowMs: number) {
  return deliveries.map((delivery) => ({
    id: delivery.id,
    message_id: facts.id,
    account: accountName,
    recipient: delivery.recipient,
    state: delivery.state,
    waits_for: waitsFor(delivery, nowMs),
    earliest_at: timestamp(earliestAtMs(delivery)),
  }));
}

async function limitsInForce({ reader, clock }: OperationContext): Promise<readonly AutomaticLimit[]> {
  return (await reader.destinationLimits()).flatMap((limit) => limitAt(limit, clock.now()) ?? []);
}

/** Those that its mail met. Others of its MX hosts are in the list of all: whose they are, DNS alone says. */
async function limitsOf(context: OperationContext, name: string): Promise<readonly AutomaticLimit[]> {
  return (await limitsInForce(context)).filter(
    (limit) => limit.destination === name || limit.subject === name,
  );
}
