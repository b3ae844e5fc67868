/** `operation/refused`: mail of clients with a credential that was refused for good after its content had arrived. */
import { z } from 'zod';
import { refusedJson } from '../../../api-json/refused-json.ts';
import type { RefusalReader, RefusedMessage } from '../../../store/refusals.ts';
import { notFound } from '../../api-error.ts';
import { limitOf, listOf, pageOf, Timestamp } from '../../schemas.ts';
import { AccountName, accountNamed } from './account-filter.ts';
import type { HttpApp } from '../../route-context.ts';
import type { OperationContext } from './operation-context.ts';

const Refused = z.object({
  id: z.string(),
  account: z.string(),
  refused_at: Timestamp,
  reply: z.string(),
  fix: z.string().nullable().describe('The command that solves it'),
  reverse_path: z.string().describe('Empty: the null reverse-path'),
  recipients: listOf(z.string()).describe('The first ones'),
  recipient_count: z.number(),
  header_from: z.string().nullable(),
  subject: z.string().nullable(),
  credential_id: z.string(),
  credential: z.string().nullable().describe('Its name; null: it no longer exists'),
  client: z.string(),
  via: z.enum(['smtp', 'http']),
  left_out: z.number().describe('Refused before it, too fast to be kept'),
});

const READ_AT_ONCE = 200;
/** What one request looks through; the next one goes on from there. */
const MOST_READ = 2_000;

export function registerRefusedRoutes(app: HttpApp, { reader }: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/refused',
    config: { scope: 'messages:read', relayWide: true },
    schema: {
      operationId: 'listRefused',
      querystring: z.strictObject({
        account: AccountName,
        search: z.string().max(320).optional().describe('In reply, client, credential, addresses or subject'),
        after: z.string().max(64).optional(),
        limit: limitOf(200, 50),
      }),
      response: { 200: pageOf(Refused) },
    },
    async handler({ query: { account, ...query } }) {
      const { found, next } = await searchRefused(await accountNamed(account, reader), query, reader);
      return { data: found.map(refusedJson), next };
    },
  });
  app.route({
    method: 'GET',
    url: '/refused/:id',
    config: { scope: 'messages:read', relayWide: true },
    schema: {
      operationId: 'readRefused',
      params: z.object({ id: z.string().max(64) }),
      response: { 200: Refused },
    },
    async handler({ params: { id } }) {
      const found = await reader.refusedMessage(id);
      if (found === undefined)
        throw notFound(`no message ${id} was refused, or it is not kept any more (retention.refused)`);
      return refusedJson(found);
    },
  });
}

interface RefusedQuery {
  readonly search?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

async function searchRefused(
  accountId: string | undefined,
  { search = '', after, limit }: RefusedQuery,
  reader: Pick<RefusalReader, 'refusedMessages'>,
): Promise<{ readonly found: readonly RefusedMessage[]; readonly next: string | null }> {
  const wanted = search.trim().toLowerCase();
  const atOnce = wanted === '' ? limit : READ_AT_ONCE;
  const found: RefusedMessage[] = [];
  let before = after;
  for (let read = 0; read < MOST_READ; read += atOnce) {
    const page = await reader.refusedMessages(accountId, before, atOnce);
    for (const message of page) {
      before = message.id;
      if (!saysOf(message, wanted)) continue;
      found.push(message);
      if (found.length === limit) return { found, next: before };
    }
    if (page.length < atOnce) return { found, next: null };
  }
  return { found, next: before ?? null };
}

function saysOf(message: RefusedMessage, wanted: string): boolean {
  if (wanted === '') return true;
  const { reply, client, credentialId, credentialName, headerFrom, reversePath, subject, recipients } =
    message;
  return [reply, client, credentialId, credentialName, headerFrom, reversePath, subject, ...recipients].some(
    (text) => text?.toLowerCase().includes(wanted) === true,
  );
}
