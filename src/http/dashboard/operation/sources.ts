/** `operation/sources`: the addresses that mail leaves from, with their state; suspending and resuming one. */
import { z } from 'zod';
import { sourceStates } from '../../../admin/source-state.ts';
import { resumeSource, suspend } from '../../../admin/suspensions.ts';
import { sourceStateJson } from '../../../api-json/source-json.ts';
import { timestamp } from '../../../api-json/timestamp.ts';
import { adminContext } from '../../admin-context.ts';
import { unlessRefused } from '../../admin-refusal.ts';
import { conflict, notFound } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import { listOf, MaybeTimestamp, PointInTime } from '../../schemas.ts';
import type { OperationContext } from './operation-context.ts';
import { SourceStateView } from './routing-schemas.ts';

const Name = z.object({ name: z.string().max(255) });
const Changed = z.object({ source: z.string(), suspended: z.boolean(), suspended_until: MaybeTimestamp });

export function registerSourcesRoutes(app: HttpApp, context: OperationContext): void {
  const { reader, config, files, clock } = context;
  app.route({
    method: 'GET',
    url: '/sources',
    config: { scope: 'messages:read', relayWide: true },
    schema: { operationId: 'listSources', response: { 200: z.object({ data: listOf(SourceStateView) }) } },
    async handler() {
      const states = await sourceStates({ reader, config, files: files(), nowMs: clock.now() });
      return { data: states.map(sourceStateJson) };
    },
  });
  app.route({
    method: 'POST',
    url: '/sources/:name/suspend',
    config: { scope: 'send', relayWide: true },
    schema: {
      operationId: 'suspendSource',
      params: Name,
      body: z.strictObject({
        until: PointInTime.optional().describe('Default: until somebody resumes it'),
        reason: z.string().max(1_000).optional(),
      }),
      response: { 200: Changed },
    },
    async handler(request) {
      const { name } = request.params;
      if (!config.egress.sources.some((one) => one.name === name))
        throw notFound(`there is no source ${name}`);
      const { until: untilMs, reason } = request.body;
      unlessRefused(await suspend('source', name, { untilMs, reason }, adminContext(context, request)));
      return { source: name, suspended: true, suspended_until: timestamp(untilMs) };
    },
  });
  app.route({
    method: 'POST',
    url: '/sources/:name/resume',
    config: { scope: 'send', relayWide: true },
    schema: {
      operationId: 'resumeSource',
      params: Name,
      body: z.strictObject({}),
      response: { 200: Changed },
    },
    async handler(request) {
      const { name } = request.params;
      if (!(await resumeSource(name, adminContext(context, request))))
        throw conflict(`the source ${name} is not suspended`, undefined);
      return { source: name, suspended: false, suspended_until: null };
    },
  });
}
