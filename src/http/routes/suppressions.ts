/** `/v1/suppressions`: addresses that an account or one of its streams no longer mails. */
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
    scope: z.string().describe('The stream, or `account` for all streams'),
    created_at: Timestamp,
    expires_at: MaybeTimestamp,
    account: z.string(),
    evidence: z.string().describe('Its evidence: a reply or a note'),
    created_by: z.string(),
    event: z.string().nullable().describe('Its source event'),
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

  /** The scope of a stream: empty for the whole account. Throws ApiError. */
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
      description: 'Without expired ones.',
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
      summary: 'Suppress an address',
      description:
        'Queued deliveries to the address are not sent either. Replaces a suppression of the same address and scope.',
      body: z.strictObject({
        address: SuppressedAddress,
        stream: z.string().max(64).optional().describe('Of this stream only; default: of the whole account'),
        note: z.string().max(MAX_NOTE_CHARS).default('').describe('A note on the reason'),
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
      summary: 'Check whether an address is suppressed',
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
      summary: 'Remove a suppression',
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
