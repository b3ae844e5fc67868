/** `/healthz`, `/readyz`, `/metrics`: for load balancers, orchestrators and Prometheus. They tell nothing of any mail. */
import { z } from 'zod';
import { authenticate, type AuthenticationOptions } from '../authenticate.ts';
import { isLoopback } from '../http-ports.ts';
import type { HttpApp } from '../route-context.ts';

/** One thing that has to be so for the relay to take mail. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  /** In words, where it is not. */
  readonly reason?: string | undefined;
}

export interface OperationNeeds {
  readonly readiness: () => Promise<readonly ReadinessCheck[]>;
  /** Text in the exposition format of Prometheus. */
  readonly metrics: () => string;
  readonly authentication: AuthenticationOptions;
}

const FORWARDED = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'] as const;

const Readiness = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), reason: z.string().optional() })),
});

export function registerOperationRoutes(app: HttpApp, needs: OperationNeeds): void {
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
      summary: 'Is mail taken and delivered?',
      response: { 200: Readiness, 503: Readiness },
    },
    async handler(_request, reply) {
      const checks = await needs.readiness();
      const ready = checks.every(({ ok }) => ok);
      const shown = checks.map(({ name, ok, reason }) => ({
        name,
        ok,
        ...(reason === undefined ? {} : { reason }),
      }));
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
      summary: 'Figures for Prometheus',
      description:
        'Without a key from this machine itself, unless the request came through a proxy; else with the scope `admin`.',
      response: { 200: { description: 'Figures', content: { 'text/plain': { schema: z.string() } } } },
    },
    async handler(request, reply) {
      const direct = FORWARDED.every((name) => request.headers[name] === undefined);
      const local = isLoopback(request.socket.remoteAddress ?? '') && direct;
      if (!local || request.headers.authorization !== undefined)
        request.credential = authenticate(request, 'admin', needs.authentication);
      return await reply.type('text/plain; version=0.0.4; charset=utf-8').send(needs.metrics());
    },
  });
}
