/** `/v1/audit`: what was changed in the account, by whom. */
import { z } from 'zod';
import { accountAuditJson } from '../../api-json/audit-json.ts';
import { auditIdOf, parseAuditId } from '../../store/public-ids.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { limitOf, pageOf, PointInTime, Timestamp } from '../schemas.ts';

const AuditView = z
  .object({
    id: z.string(),
    at: Timestamp,
    actor: z
      .string()
      .describe(
        'A key of the account (`api:crd_...`), a person at the dashboard (`user:usr_...`), `operator`, or `relay`',
      ),
    credential: z.string().nullable().describe('The id of the key'),
    origin: z.string().nullable().describe('The address that the key was used from'),
    action: z.string().describe('Such as `suppression add`'),
    subject: z
      .string()
      .describe('What it was done to; `(erased)` in place of an address that is not kept any more'),
  })
  .meta({ id: 'AuditLine' });

const MOST_A_PAGE = 1_000;
const MAX_CHARS = 100;

export function registerAuditRoutes(app: HttpApp, { reader }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/audit',
    config: { scope: 'admin' },
    schema: {
      operationId: 'listAudit',
      tags: ['audit'],
      summary: 'List what was changed in the account, the newest first',
      description: 'Changes by keys of the account, by the operator and by the relay.',
      querystring: z.strictObject({
        after: z
          .string()
          .regex(/^aud_\d{1,15}$/)
          .optional()
          .describe('The `next` of the page before'),
        since: PointInTime.optional(),
        until: PointInTime.optional(),
        credential: z.string().max(MAX_CHARS).optional().describe('By this key: its id'),
        actor: z
          .string()
          .max(MAX_CHARS)
          .regex(/^(?:user|api):./, 'accepted: a person, such as user:usr_..., or a key, such as api:crd_...')
          .optional()
          .describe('By this person at the dashboard (`user:usr_...`), or this key (`api:crd_...`)'),
        action: z
          .string()
          .max(MAX_CHARS)
          .optional()
          .describe('Such as `suppression add`, or `suppression` for all of them'),
        limit: limitOf(MOST_A_PAGE, 100),
      }),
      response: { 200: pageOf(AuditView) },
    },
    async handler({ credential: key, query }) {
      const { after, since, until, credential, actor, action, limit } = query;
      const filter = { account: key.accountId, sinceMs: since, untilMs: until, credential, actor, action };
      const before = after === undefined ? undefined : parseAuditId(after);
      const page = await reader.auditLines({ ...filter, before }, limit);
      const last = page.at(-1);
      return {
        data: page.map(accountAuditJson),
        next: page.length < limit || last === undefined ? null : auditIdOf(last.id),
      };
    },
  });
}
