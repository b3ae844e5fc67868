/** `/v1/suppressions`: addresses that an account or one of its streams no longer mails. */
import { z } from 'zod';
import { DEFAULT_STREAM } from '../../admin/streams.ts';
import {
  addSuppression,
  MAX_EVIDENCE_CHARS,
  removeSuppression,
  suppressionScope,
} from '../../admin/suppressions.ts';
import { checkSuppressions } from '../../admin/suppression-check.ts';
import { lookedAtJson, scopeName, suppressionJson } from '../../api-json/suppression-json.ts';
import { SUPPRESSION_REASONS } from '../../store/suppression-records.ts';
import { addressHashesOf } from '../../store/hashed-addresses.ts';
import type { Credential } from '../../store/directory-records.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import {
  limitOf,
  listOf,
  MAX_SUPPRESSED_CHARS,
  MaybeTimestamp,
  pageOf,
  PointInTime,
  SuppressedAddress,
  Timestamp,
} from '../schemas.ts';

const SuppressionView = z
  .object({
    address: z.string().describe('`hash:` and its hash where the address was erased'),
    erased: z.boolean().describe('The address was erased; mail to it is still not sent'),
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
      description: 'Without expired ones. A page with a filter may be short or empty and have a next one.',
      querystring: z.strictObject({
        after: z.string().max(MAX_SUPPRESSED_CHARS).optional().describe('The `next` of the page before'),
        stream: z.string().max(64).optional().describe('Of this stream; `account`: of the whole account'),
        reason: z.enum(SUPPRESSION_REASONS).optional().describe('For this reason'),
        limit: limitOf(MOST_A_PAGE, 100),
      }),
      response: { 200: pageOf(SuppressionView) },
    },
    async handler({ credential, query: { after, limit, stream, reason } }) {
      const page = await reader.listSuppressions(credential.accountId, after, limit);
      const nowMs = clock.now();
      return {
        data: page
          .filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > nowMs)
          .filter((one) => stream === undefined || scopeName(one.scope) === stream)
          .filter((one) => reason === undefined || one.reason === reason)
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
        'Queued deliveries to the address are not sent either. Replaces one by hand of the same address and scope.',
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
      const admin = adminContext(context, request);
      const suppression = unlessRefused(await addSuppression(input, admin, addressHashesOf(context.box)));
      return await reply.code(201).send(suppressionJson(suppression));
    },
  });
}

function check(app: HttpApp, { reader, clock, box }: RouteContext): void {
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
          looked_at: listOf(
            SuppressionView.extend({
              applies: z.boolean(),
              unless: z.enum(['expired', 'other-stream']).nullable().describe('Why it does not apply'),
            }),
          ).describe('All that there are of the address'),
        }),
      },
    },
    async handler({ credential, params: { address }, query: { stream } }) {
      const wanted = await suppressionScope(credential.accountId, stream, reader);
      const { scope } = unlessRefused(wanted, QUERY);
      const { applies, lookedAt } = await checkSuppressions(credential.accountId, scope, address, {
        reader,
        nowMs: clock.now(),
        hashes: addressHashesOf(box),
      });
      return {
        address,
        stream,
        suppressed: applies !== undefined,
        suppression: applies === undefined ? null : suppressionJson(applies),
        looked_at: lookedAt.map((one) => ({ ...lookedAtJson(one), unless: one.unless ?? null })),
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
      querystring: InStream.extend({
        reason: z
          .enum(SUPPRESSION_REASONS)
          .optional()
          .describe('For this reason only; default: all of that scope'),
      }).strict(),
      response: { 200: z.object({ address: z.string(), scope: z.string(), removed: z.literal(true) }) },
    },
    async handler(request) {
      const { address } = request.params;
      const { stream, reason } = request.query;
      const target = { account: accountOf(request), address, stream, reason };
      const admin = adminContext(context, request);
      const removed = await removeSuppression(target, admin, addressHashesOf(context.box));
      const { scope } = unlessRefused(removed, QUERY);
      return { address, scope: scopeName(scope), removed: true as const };
    },
  });
}

function accountOf({ credential }: { readonly credential: Credential }) {
  return { id: credential.accountId, name: credential.accountName };
}
