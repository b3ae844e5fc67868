/** `operation/routes`, `operation/route-test`: the routes in their order, and what would happen to mail to an address. */
import { z } from 'zod';
import { askedDomain, outlookOf, type Obstacle, type RouteOutlook } from '../../../admin/route-outlook.ts';
import { DEFAULT_STREAM, unknownStream } from '../../../admin/streams.ts';
import { routeJson, sourceJson } from '../../../api-json/route-json.ts';
import { timestamp } from '../../../api-json/timestamp.ts';
import { OneAtATime, TooManyWaitingError } from '../../../platform/one-at-a-time.ts';
import { errorOf } from '../../admin-refusal.ts';
import { invalidField, tooManyRequests } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import { listOf } from '../../schemas.ts';
import type { OperationContext } from './operation-context.ts';
import { OutlookView, RouteView } from './routing-schemas.ts';

/** Each may wait for DNS for seconds; more are refused. */
const MOST_TESTS_WAITING = 10;
const RETRY_AFTER_SECONDS = 5;

export function registerRoutesRoutes(app: HttpApp, context: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/routes',
    config: { scope: 'messages:read', relayWide: true },
    schema: { operationId: 'listRoutes', response: { 200: z.object({ data: listOf(RouteView) }) } },
    handler: () => ({ data: context.config.egress.routes.map(routeJson) }),
  });
  const tests = new OneAtATime(MOST_TESTS_WAITING);
  app.route({
    method: 'GET',
    url: '/route-test',
    config: { scope: 'messages:read', relayWide: true },
    schema: {
      operationId: 'testRoute',
      querystring: z.strictObject({
        to: z.string().max(320).describe('An address, or a domain alone'),
        stream: z.string().max(64).optional().describe('Of the account; default: transactional'),
      }),
      response: { 200: OutlookView },
    },
    async handler({ credential, query }) {
      const test = () => testRoute(context, credential, query);
      const outlook = await tests.run(credential.id, test).catch((error: unknown) => {
        if (!(error instanceof TooManyWaitingError)) throw error;
        throw tooManyRequests('too many routes are tested at once; try again shortly', RETRY_AFTER_SECONDS);
      });
      return outlookView(outlook);
    },
  });
}

/** For mail of the account that the request is for. */
async function testRoute(
  { reader, config, files, resolver, random, clock, checks }: OperationContext,
  { accountId, accountName }: { readonly accountId: string; readonly accountName: string },
  { to, stream }: { readonly to: string; readonly stream?: string | undefined },
): Promise<RouteOutlook> {
  const domain = askedDomain(to);
  if (domain === undefined)
    throw invalidField('query.to', 'accepted: an address such as alice@example.com, or a domain alone');
  const refusal = stream === undefined ? undefined : await unknownStream(accountId, stream, reader);
  if (refusal !== undefined) throw errorOf(refusal, { stream: 'query.stream' });
  return await outlookOf(
    { to, domain, account: accountName, accountId, stream: stream ?? DEFAULT_STREAM },
    { reader, config, files: files(), resolver, random, checks, nowMs: clock.now() },
  );
}

function outlookView({ explained, rule, mx, relayAddresses, ...outlook }: RouteOutlook) {
  const { to, domain, account, stream, provider, sources, shaping, obstacles } = outlook;
  return {
    ...{ to, domain, account, stream },
    decided: explained.at(-1)?.verdict !== 'unknown',
    route: rule === undefined ? null : routeJson(rule),
    passed_over: explained.flatMap(({ rule: { name }, verdict }) =>
      verdict === 'matches' ? [] : [{ route: name, because: verdict }],
    ),
    mx: mx === undefined ? null : mxView(mx),
    provider: provider ?? null,
    smart_host:
      relayAddresses === undefined
        ? null
        : {
            found: relayAddresses.kind === 'found',
            text: relayAddresses.kind === 'found' ? '' : relayAddresses.text,
          },
    sources: sources.map(sourceJson),
    shaping: shaping.map(({ name }) => name),
    obstacles: obstacles.map(obstacleView),
  };
}

function mxView(mx: NonNullable<RouteOutlook['mx']>) {
  if (mx.kind === 'hosts')
    return {
      kind: mx.kind,
      hosts: mx.hosts.map(({ name, preference }) => ({ name, preference })),
      text: '',
    };
  return { kind: mx.kind, hosts: [], text: mx.kind === 'null-mx' ? '' : mx.text };
}

function obstacleView(obstacle: Obstacle) {
  const { kind } = obstacle;
  switch (kind) {
    case 'suppressed': {
      const { reason, expiresAtMs } = obstacle.suppression;
      return { kind, subject: obstacle.address, detail: reason, until: timestamp(expiresAtMs) };
    }
    case 'destination': {
      const { name, suspended, blockedUntilMs, waitsFor, lastError } = obstacle.row;
      const detail = suspended ? 'suspended' : (waitsFor ?? lastError ?? '');
      return { kind, subject: name, detail, until: timestamp(suspended ? undefined : blockedUntilMs) };
    }
    case 'source-limit': {
      const { provider, reply, untilMs } = obstacle.limit;
      return { kind, subject: obstacle.source, detail: `${provider}: ${reply}`, until: timestamp(untilMs) };
    }
    case 'ceiling':
      return {
        ...{ kind, subject: obstacle.source, until: null },
        detail: obstacle.today.reason === 'not-begun' ? 'not-begun' : String(obstacle.today.ceiling),
      };
    case 'check':
      return { kind, subject: obstacle.name, detail: obstacle.detail, until: null };
  }
}
