/** `/v1/suppressions`: addresses that an account or one of its streams no longer mails. */
import { z } from 'zod';
import { DEFAULT_STREAM } from '../../admin/streams.ts';
import {
  addSuppression,
  MAX_EVIDENCE_CHARS,
  removeSuppression,
  suppressionScope,
} from '../../admin/suppressions.ts';
import { scopeName, suppressionJson } from '../../api-json/suppression-json.ts';
import type { Credential } from '../../store/directory-records.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import {
  limitOf,
  MAX_SUPPRESSED_CHARS,
  MaybeTimestamp,
  pageOf,
  PointInTime,
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

const MOST_A_PAGE = 1_000;

const OneAddress = z.object({ address: SuppressedAddress });
const InStream = z.object({
  stream: z.string().max(64).optional().describe('Of this stream only; default: of the whole account'),
});
/** Where the stream stands in the path's query. */
const QUERY = { stream: 'query.stream' };

export function registerSuppressionsRoutes(app: HttpApp, context: RouteContext): void {
  for (const register of [list, add, check, remove]) register(app, context);
}

function list(app: HttpApp, { reader, clock }: RouteContext): void {
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
}

function add(app: HttpApp, context: RouteContext): void {
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
        note: z.string().max(MAX_EVIDENCE_CHARS).default('').describe('A note on the reason'),
        expires_at: PointInTime.optional(),
      }),
      response: { 201: SuppressionView },
    },
    async handler(request, reply) {
      const { address, stream, note, expires_at: expiresAtMs } = request.body;
      const input = { account: accountOf(request), address, stream, note, expiresAtMs };
      const suppression = unlessRefused(await addSuppression(input, adminContext(context, request)));
      return await reply.code(201).send(suppressionJson(suppression));
    },
  });
}

function check(app: HttpApp, { reader, clock }: RouteContext): void {
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
      const wanted = await suppressionScope(credential.accountId, stream, reader);
      const { scope } = unlessRefused(wanted, QUERY);
      const found = await reader.suppressionFor(credential.accountId, scope, address, clock.now());
      return {
        address,
        stream,
        suppressed: found !== undefined,
        suppression: found === undefined ? null : suppressionJson(found),
      };
    },
  });
}

function remove(app: HttpApp, context: RouteContext): void {
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
      const { address } = request.params;
      const target = { account: accountOf(request), address, stream: request.query.stream };
      const removed = await removeSuppression(target, adminContext(context, request));
      const { scope } = unlessRefused(removed, QUERY);
      return { address, scope: scopeName(scope), removed: true as const };
    },
  });
}

function accountOf({ credential }: { readonly credential: Credential }) {
  return { id: credential.accountId, name: credential.accountName };
}
