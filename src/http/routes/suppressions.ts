/** `/v1/suppressions`: the addresses that an account, or a stream of it, does not mail any more. */
import { z } from 'zod';
import { ACCOUNT_SCOPE, scopeName, suppressionJson } from '../../api-json/suppression-json.ts';
import type { NewSuppression } from '../../store/records.ts';
import { invalidField, notFound } from '../api-error.ts';
import { actorOf, type HttpApp, type RouteContext } from '../route-context.ts';
import {
  futureTime,
  limitOf,
  MAX_SUPPRESSED_CHARS,
  MaybeTimestamp,
  pageOf,
  SuppressedAddress,
  Timestamp,
} from '../schemas.ts';

const SuppressionView = z
  .object({
    address: z.string(),
    reason: z.string().describe('unknown-address, complaint, soft-bounces, manual, import or unsubscribe'),
    scope: z.string().describe('The stream, or `account` for all of them'),
    created_at: Timestamp,
    expires_at: MaybeTimestamp,
    account: z.string(),
    evidence: z.string().describe('What it rests on: a reply, a note'),
    created_by: z.string(),
    event: z.string().nullable().describe('The event that it rests on'),
  })
  .meta({ id: 'Suppression' });

const DEFAULT_STREAM = 'transactional';
const MOST_A_PAGE = 1_000;
const MAX_NOTE_CHARS = 1_000;

const OneAddress = z.object({ address: SuppressedAddress });
const InStream = z.object({
  stream: z.string().max(64).optional().describe('Of this stream only; default: of the whole account'),
});

export function registerSuppressionsRoutes(app: HttpApp, context: RouteContext): void {
  const { reader, suppressions, clock } = context;

  /** The stream as a scope: empty for the whole account. Throws ApiError. */
  const scopeOf = async (accountId: string, stream: string | undefined, field: string): Promise<string> => {
    if (stream === undefined || stream === ACCOUNT_SCOPE) return '';
    if ((await reader.streamByName(accountId, stream)) !== undefined) return stream;
    const known = (await reader.listStreams(accountId)).map(({ name }) => name);
    throw invalidField(field, `there is no stream ${stream}; accepted: ${known.join(', ')}`);
  };

  app.route({
    method: 'GET',
    url: '/v1/suppressions',
    config: { scope: 'suppressions' },
    schema: {
      operationId: 'listSuppressions',
      tags: ['suppressions'],
      summary: 'List the suppressions of the account, by address',
      description: 'Those that have expired are left out.',
      querystring: z.strictObject({
        after: z.string().max(MAX_SUPPRESSED_CHARS).optional().describe('The `next` of the page before'),
        limit: limitOf(MOST_A_PAGE, 100),
      }),
      response: { 200: pageOf(SuppressionView) },
    },
    async handler({ credential, query: { after, limit } }) {
      const page = await reader.listSuppressions(credential.accountId, after, limit);
      const nowMs = clock.now();
      return {
        data: page
          .filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > nowMs)
          .map(suppressionJson),
        next: page.length < limit ? null : (page.at(-1)?.address ?? null),
      };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/suppressions',
    config: { scope: 'suppressions' },
    schema: {
      operationId: 'addSuppression',
      tags: ['suppressions'],
      summary: 'Stop mailing an address',
      description:
        'What waits for the address is not sent either. One for the same address and scope is replaced.',
      body: z.strictObject({
        address: SuppressedAddress,
        stream: z.string().max(64).optional().describe('Of this stream only; default: of the whole account'),
        note: z.string().max(MAX_NOTE_CHARS).default('').describe('Why, for whoever looks at it later'),
        expires_at: futureTime(() => clock.now()).optional(),
      }),
      response: { 201: SuppressionView },
    },
    async handler(request, reply) {
      const { credential, body } = request;
      const suppression: NewSuppression = {
        accountId: credential.accountId,
        scope: await scopeOf(credential.accountId, body.stream, 'stream'),
        address: body.address,
        reason: 'manual',
        evidence: body.note,
        createdAtMs: clock.now(),
        expiresAtMs: body.expires_at,
        createdBy: actorOf(request),
      };
      await suppressions.addSuppression(suppression, actorOf(request));
      return await reply
        .code(201)
        .send(suppressionJson({ ...suppression, accountName: credential.accountName }));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/suppressions/:address',
    config: { scope: 'suppressions' },
    schema: {
      operationId: 'checkSuppression',
      tags: ['suppressions'],
      summary: 'Would an address be mailed?',
      params: OneAddress,
      querystring: z.strictObject({
        stream: z.string().max(64).default(DEFAULT_STREAM).describe('For mail of this stream'),
      }),
      response: {
        200: z.object({
          address: z.string(),
          stream: z.string(),
          suppressed: z.boolean(),
          suppression: SuppressionView.nullable().describe('The one that applies'),
        }),
      },
    },
    async handler({ credential, params: { address }, query: { stream } }) {
      const scope = await scopeOf(credential.accountId, stream, 'query.stream');
      const found = await reader.suppressionFor(credential.accountId, scope, address, clock.now());
      return {
        address,
        stream,
        suppressed: found !== undefined,
        suppression: found === undefined ? null : suppressionJson(found),
      };
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/suppressions/:address',
    config: { scope: 'suppressions' },
    schema: {
      operationId: 'removeSuppression',
      tags: ['suppressions'],
      summary: 'Mail an address again',
      params: OneAddress,
      querystring: InStream.strict(),
      response: { 200: z.object({ address: z.string(), scope: z.string(), removed: z.literal(true) }) },
    },
    async handler(request) {
      const { credential, params, query } = request;
      const scope = await scopeOf(credential.accountId, query.stream, 'query.stream');
      const { address } = params;
      const removed = await suppressions.removeSuppression(
        credential.accountId,
        scope,
        address,
        actorOf(request),
      );
      if (removed === 0) throw notFound(`${address} is not suppressed in ${scopeName(scope)}`);
      return { address, scope: scopeName(scope), removed: true as const };
    },
  });
}
