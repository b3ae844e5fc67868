/** `/v1/domains`: sending domains, the DNS records to publish for them, and whether these are there. */
import { z } from 'zod';
import { knownRecords } from '../../directory/domain-records.ts';
import { addDomain, verifyDomain } from '../../directory/domains.ts';
import { domainLineShape, domainShape } from '../../shape/domain-shape.ts';
import type { Credential, Domain } from '../../store/records.ts';
import { conflict, notFound, unavailable } from '../api-error.ts';
import { PageQuery, pageOfItems } from '../paging.ts';
import { actorOf, type HttpApp, type RouteContext } from '../route-context.ts';
import { DomainName, MaybeTimestamp, pageOf, Timestamp } from '../schemas.ts';

const DomainLine = z.object({
  domain: z.string(),
  verified: z.boolean().describe('Its DKIM records were seen: mail from it is taken'),
  id: z.string(),
  account: z.string(),
  verified_at: MaybeTimestamp,
  created_at: Timestamp,
});
const DomainView = DomainLine.extend({
  records: z
    .array(
      z.object({
        purpose: z.string().describe('dkim-rsa, dkim-ed25519, spf, dmarc, return-path-mx or return-path-spf'),
        type: z.enum(['TXT', 'MX']),
        name: z.string(),
        value: z.string().describe('The record data: a TXT unquoted and whole, an MX as `10 host.`'),
        status: z.enum(['unchecked', 'ok', 'missing', 'different']),
      }),
    )
    .describe('What to publish in DNS'),
}).meta({ id: 'Domain' });

const OneDomain = z.object({ domain: DomainName });

export function registerDomainsRoutes(app: HttpApp, context: RouteContext): void {
  const { reader, directory, box, random, clock, config, resolver } = context;

  /** Also for domains of other accounts there is none. Throws ApiError 404. */
  const find = ({ accountId }: Credential, name: string): Domain => {
    const domain = reader.domainByName(name);
    if (domain?.accountId !== accountId) throw notFound(`there is no domain ${name}`);
    return domain;
  };
  const view = (domain: Domain, { accountName }: Credential) =>
    domainShape(domain, accountName, knownRecords(domain, reader, config));

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
    handler({ credential: { accountId, accountName }, query }) {
      const { items, next } = pageOfItems(reader.listDomains(accountId), ({ name }) => name, query);
      return { data: items.map((domain) => domainLineShape(domain, accountName)), next };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/domains',
    config: { scope: 'domains' },
    schema: {
      operationId: 'addDomain',
      tags: ['domains'],
      summary: 'Add a sending domain',
      description: 'Makes its DKIM keys and answers with the DNS records to publish.',
      body: z.strictObject({ domain: DomainName }),
      response: { 201: DomainView },
    },
    async handler(request, reply) {
      const { credential, body } = request;
      if (reader.domainByName(body.domain) !== undefined)
        throw conflict(`${body.domain} has been added to this relay before`, 'domain');
      const needs = { directory, box, random, nowMs: clock.now(), actor: actorOf(request) };
      const domain = await addDomain(body.domain, credential.accountId, needs);
      return await reply.code(201).send(view(domain, credential));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/domains/:domain',
    config: { scope: 'domains' },
    schema: {
      operationId: 'showDomain',
      tags: ['domains'],
      summary: 'Show a domain with its DNS records and what the last look-up found',
      params: OneDomain,
      response: { 200: DomainView },
    },
    handler: ({ credential, params }) => view(find(credential, params.domain), credential),
  });

  app.route({
    method: 'POST',
    url: '/v1/domains/:domain/verify',
    config: { scope: 'domains' },
    schema: {
      operationId: 'verifyDomain',
      tags: ['domains'],
      summary: 'Look the DNS records up now',
      description:
        'The answer says of each record whether it is ok, missing or different. The domain is verified when its DKIM ' +
        'records are ok; one that was verified stays so when DNS cannot be asked (503).',
      params: OneDomain,
      response: { 200: DomainView },
    },
    async handler(request) {
      const { credential, params } = request;
      const needs = { reader, directory, resolver, config, nowMs: clock.now(), actor: actorOf(request) };
      const { domain, records, verdict } = await verifyDomain(find(credential, params.domain), needs);
      if (verdict === undefined)
        throw unavailable(`DNS could not be asked for the DKIM records of ${domain.name}`, 30);
      return domainShape(domain, credential.accountName, records);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/domains/:domain',
    config: { scope: 'domains' },
    schema: {
      operationId: 'removeDomain',
      tags: ['domains'],
      summary: 'Remove a domain and its DKIM keys',
      description:
        'Mail from it is refused from then on; what still waits would leave without a signature. The keys cannot be ' +
        'brought back.',
      params: OneDomain,
      response: { 200: z.object({ domain: z.string(), removed: z.literal(true) }) },
    },
    async handler(request) {
      const { name } = find(request.credential, request.params.domain);
      await directory.removeDomain(name, actorOf(request));
      return { domain: name, removed: true as const };
    },
  });
}
