/** `/v1/domains`: sending domains and their DNS records. */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import { z } from 'zod';
import { DKIM_KEY_SETS, WHY_NOT_ED25519_ALONE } from '../../dkim/dkim-key.ts';
import { recordsToPublish } from '../../admin/records-to-publish.ts';
import { knownRecords } from '../../admin/domain-records.ts';
import { addDomain, removeDomain } from '../../admin/domains.ts';
import { domainRemovalJson } from '../../api-json/domain-removal-json.ts';
import { domainLineJson, domainJson } from '../../api-json/domain-json.ts';
import type { Credential, Domain } from '../../store/directory-records.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import type { KeyMaking } from '../key-making.ts';
import { PageQuery, pageOfItems } from '../paging.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { DomainName, pageOf } from '../schemas.ts';
import { contextOf, DomainLine, DomainView, findDomain, OneDomain, seeChanges } from './one-domain.ts';
import { registerVerification } from './domain-verification.ts';

const KeySet = z
  .string()
  .refine((text) => text !== 'ed25519', `accepted: "both", "rsa"; ${WHY_NOT_ED25519_ALONE}`)
  .pipe(z.enum(DKIM_KEY_SETS))
  .default('both')
  .meta({ enum: [...DKIM_KEY_SETS] })
  .describe(
    'The keys to generate: RSA-2048 and Ed25519, or RSA-2048 alone (one record, one signature a message). Fixed afterwards.',
  );

/** Open messages read at a removal, about 30 ms. */
const MOST_LOOKED_AT = 10_000;

const DomainRemoval = z.object({
  domain: z.string(),
  removed: z.literal(true),
  waiting: z.number().describe('Queued messages from it, which can no longer be signed'),
  waiting_at_least: z
    .boolean()
    .describe('True: only the newest queued messages were counted; there may be more'),
});

export function registerDomainsRoutes(app: HttpApp, context: RouteContext, keyMaking: KeyMaking): void {
  list(app, context);
  add(app, context, keyMaking);
  for (const register of [show, registerVerification, remove]) register(app, context);
}

function list(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/domains',
    config: { scope: 'domains' },
    schema: {
      operationId: 'listDomains',
      tags: ['domains'],
      summary: 'List the sending domains of the account, by name',
      querystring: PageQuery,
      response: { 200: pageOf(DomainLine) },
    },
    async handler({ credential, query }) {
      const domains = await context.reader.listDomains(credential.accountId);
      const { items, next } = pageOfItems(domains, ({ name }) => name, query);
      const data = await flatMapInTurn(items, async (domain) => [
        domainLineJson(domain, await contextOf(context, domain, credential)),
      ]);
      return { data, next };
    },
  });
}

function add(app: HttpApp, context: RouteContext, keyMaking: KeyMaking): void {
  app.route({
    method: 'POST',
    url: '/v1/domains',
    config: { scope: 'domains' },
    schema: {
      operationId: 'addDomain',
      tags: ['domains'],
      summary: 'Add a sending domain',
      description:
        'Generates its DKIM keys and returns the DNS records to publish. Publishing them verifies the domain: what ' +
        'other accounts added and never verified does not count.',
      body: z.strictObject({ domain: DomainName, dkim: KeySet }),
      response: { 201: DomainView },
    },
    async handler(request, reply) {
      const { credential, body } = request;
      const { accountId } = credential;
      const input = { name: body.domain, accountId, keySet: body.dkim };
      const add = () => addDomain(input, adminContext(context, request));
      const added = await keyMaking.run(accountId, add);
      return await reply.code(201).send(await viewDomain(context, unlessRefused(added), credential));
    },
  });
}

function show(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/domains/:domain',
    config: { scope: 'domains' },
    schema: {
      operationId: 'showDomain',
      tags: ['domains'],
      summary: 'Show a domain with its DNS records and the last look-up',
      params: OneDomain,
      response: { 200: DomainView },
    },
    handler: async ({ credential, params }) =>
      viewDomain(context, await findDomain(context, credential, params.domain), credential),
  });
}

function remove(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'DELETE',
    url: '/v1/domains/:domain',
    config: { scope: 'domains' },
    schema: {
      operationId: 'removeDomain',
      tags: ['domains'],
      summary: 'Remove a domain and its DKIM keys',
      description:
        'Mail from it is refused from then on; queued messages (`waiting`) can no longer be signed, and are deferred ' +
        'until they expire. The keys cannot be restored.',
      params: OneDomain,
      response: { 200: DomainRemoval },
    },
    async handler(request) {
      const domain = await findDomain(context, request.credential, request.params.domain);
      const mail = await context.reader.mailOfDomain(domain, MOST_LOOKED_AT);
      await removeDomain(domain, adminContext(context, request));
      await seeChanges(context);
      return domainRemovalJson(domain.name, mail);
    },
  });
}

/** With the records to publish, as last looked up. */
export async function viewDomain(context: RouteContext, domain: Domain, credential: Credential) {
  const known = await knownRecords(domain, context.reader, context.config);
  const records = await recordsToPublish(domain, known, context);
  return domainJson(domain, await contextOf(context, domain, credential), records);
}
