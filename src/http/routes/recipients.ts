/** `/v1/recipients`: one person's data of the account, by the address. */
import { z } from 'zod';
import { eraseRecipient } from '../../admin/erasure/recipient-erasure.ts';
import { erasureJson, NOT_REACHED } from '../../api-json/erasure-json.ts';
import { ERASED_KINDS } from '../../store/erasure.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { listOf, SuppressedAddress } from '../schemas.ts';

/** A client waits for so long at most; relayd goes on. */
const WITHIN_MS = 10_000;

const Counts = z.object(Object.fromEntries(ERASED_KINDS.map((kind) => [kind, z.number()])));
const ErasureView = z
  .object({
    address: z.string(),
    account: z.string(),
    finished: z.boolean().describe('false: the relay goes on; the same request asks again'),
    waits_for: z.number().describe('Messages under way to others that mention the address'),
    pseudonym: z.string().describe('What stands in place of the address from now on'),
    erased: Counts.describe('Rows by kind, of this and earlier requests of the same erasure'),
    leaves_rests: z
      .boolean()
      .describe('The log of the database may have some of it for a while: the same request tries again'),
    left: listOf(z.object({ what: z.string(), name: z.string(), remedy: z.string() })).describe(
      'Configuration that has the address, and how it is changed',
    ),
    not_reached: listOf(z.string()).describe('What no relay reaches'),
  })
  .meta({ id: 'Erasure' });

export function registerRecipientsRoutes(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'DELETE',
    url: '/v1/recipients/:address',
    config: { scope: 'recipients' },
    schema: {
      operationId: 'eraseRecipient',
      tags: ['recipients'],
      summary: 'Erase what the account has of one person',
      description:
        'Addresses become a pseudonym; content and subject of mail to and from the address go; its suppressions stay as hashes, so ' +
        'that it is still not mailed. Cannot be undone. 202: it goes on; repeat the request for its end.',
      params: z.object({ address: SuppressedAddress }),
      querystring: z.strictObject({
        cancel: z
          .enum(['true', 'false'])
          .default('false')
          .describe('Cancel mail to and from it that has no final state; else that is a conflict'),
      }),
      response: { 200: ErasureView, 202: ErasureView },
    },
    async handler(request, reply) {
      const { credential, params, query } = request;
      const account = { id: credential.accountId, name: credential.accountName };
      const wish = { cancelsMail: query.cancel === 'true', beside: true, withinMs: WITHIN_MS };
      const outcome = await eraseRecipient(account, params.address, wish, adminContext(context, request));
      const erased = unlessRefused(outcome);
      // The configuration is the operator's.
      const left = erased.left.filter(({ what }) => what === 'credential');
      const answer = { address: params.address, ...erasureJson({ ...erased, left }) };
      return await reply.code(erased.finished ? 200 : 202).send({ ...answer, not_reached: [...NOT_REACHED] });
    },
  });
}
