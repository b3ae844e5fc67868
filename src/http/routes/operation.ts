/**
 * `/healthz`, `/readyz`, `/metrics`: for load balancers, orchestrators and Prometheus. They reveal nothing about
 * mail.
 */
import { z } from 'zod';
import { authenticate, type AuthenticationOptions } from '../authenticate.ts';
import { publicReason, stopsMail, type CheckResult } from '../../policy/checks/registry.ts';
import { isFromHere } from '../local-request.ts';
import type { HttpApp } from '../route-context.ts';

export interface OperationOptions {
  readonly checks: () => Promise<readonly CheckResult[]>;
  /** Prometheus text format. */
  readonly metrics: () => Promise<string>;
  readonly authentication: AuthenticationOptions;
}

const Readiness = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), reason: z.string().optional() })),
});

export function registerOperationRoutes(app: HttpApp, options: OperationOptions): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    config: { open: true },
    schema: {
      operationId: 'isUp',
      tags: ['operation'],
      summary: 'Is the process up?',
      response: { 200: z.object({ up: z.literal(true) }) },
    },
    handler: () => ({ up: true as const }),
  });

  app.route({
    method: 'GET',
    url: '/readyz',
    config: { open: true },
    schema: {
      operationId: 'isReady',
      tags: ['operation'],
      summary: 'Is mail accepted and delivered?',
      description:
        '503 when mail cannot be accepted. Other problems are listed and do not change the status.',
      response: { 200: Readiness, 503: Readiness },
    },
    async handler(_request, reply) {
      const checks = await options.checks();
      const ready = !checks.some(stopsMail);
      const shown = checks.map((check) => {
        const { name, ok } = check;
        const reason = publicReason(check);
        return { name, ok, ...(reason === undefined ? {} : { reason }) };
      });
      return await reply.code(ready ? 200 : 503).send({ ready, checks: shown });
    },
  });

  app.route({
    method: 'GET',
    url: '/metrics',
    config: { open: true },
    schema: {
      operationId: 'readMetrics',
      tags: ['operation'],
      summary: 'Metrics for Prometheus',
      description:
        'From this machine itself without a key, unless through a proxy; otherwise with the scope `admin`.',
      response: { 200: { description: 'Figures', content: { 'text/plain': { schema: z.string() } } } },
    },
    async handler(request, reply) {
      if (!isFromHere(request) || request.headers.authorization !== undefined)
        request.credential = await authenticate(request, 'admin', options.authentication);
      return await reply.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics());
    },
  });
}
