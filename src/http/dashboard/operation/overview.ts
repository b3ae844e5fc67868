/** `operation/overview`: how the relay itself is. */
import { z } from 'zod';
import type { CheckResult } from '../../../policy/checks/registry.ts';
import type { HttpApp } from '../../route-context.ts';
import type { OperationContext } from './operation-context.ts';

const LEVELS = ['ok', 'warning', 'failing'] as const;
type Level = (typeof LEVELS)[number];

const Overview = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      level: z.enum(LEVELS),
      detail: z.string(),
      remedy: z.string().describe('Empty where there is nothing to do'),
    }),
  ),
});

export function registerOverviewRoutes(app: HttpApp, { checks }: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/overview',
    config: { scope: 'messages:read', relayWide: true },
    schema: { operationId: 'readOverview', response: { 200: Overview } },
    async handler() {
      return { checks: (await checks()).map(shown) };
    },
  });
}

function shown({ name, ok, detail, remedy }: CheckResult) {
  // With something to know all the same.
  const level: Level = !ok ? 'failing' : remedy === undefined ? 'ok' : 'warning';
  return { name, level, detail, remedy: remedy ?? '' };
}
