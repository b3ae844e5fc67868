/** A domain's look-up, asked for by a tenant: of name servers that the tenant chooses, so an account has some at once at the most. */
import { lookAtRotation } from '../../admin/dkim-rotation.ts';
import { verifyDomain } from '../../admin/domain-check.ts';
import { recordsToPublish } from '../../admin/records-to-publish.ts';
import { domainJson } from '../../api-json/domain-json.ts';
import { MostAtOnce } from '../../platform/most-at-once.ts';
import { adminContext } from '../admin-context.ts';
import { tooManyRequests, unavailable } from '../api-error.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { contextOf, DomainView, findDomain, OneDomain, seeChanges } from './one-domain.ts';

const MOST_LOOKS = 10;
const RETRY_AFTER_SECONDS = 5;

export function registerVerification(app: HttpApp, context: RouteContext): void {
  const looks = new MostAtOnce(MOST_LOOKS);
  app.route({
    method: 'POST',
    url: '/v1/domains/:domain/verify',
    config: { scope: 'domains' },
    schema: {
      operationId: 'verifyDomain',
      tags: ['domains'],
      summary: 'Verify a domain: look up its DNS records now',
      description:
        'The response gives for each record whether it is ok, missing or different. The domain is verified when its DKIM ' +
        'records are ok and no other account was verified before (`verified_elsewhere`); a verified domain stays verified ' +
        'when DNS does not answer (503).',
      params: OneDomain,
      response: { 200: DomainView },
    },
    async handler(request) {
      const { credential, params } = request;
      const found = await findDomain(context, credential, params.domain);
      const admin = adminContext(context, request);
      const look = looks.run(credential.accountId, async () => {
        const verification = await verifyDomain(found, admin);
        const { domain, outcome } = verification;
        if (outcome === 'dns-failed')
          throw unavailable(`DNS could not be asked for the DKIM records of ${domain.name}`, 30);
        return { ...verification, looked: await lookAtRotation(domain, admin) };
      });
      if (look === undefined)
        throw tooManyRequests(
          `${MOST_LOOKS} domains of the account are being looked up; try again in ${RETRY_AFTER_SECONDS} seconds`,
          RETRY_AFTER_SECONDS,
        );
      const { domain, records: known, looked } = await look;
      await seeChanges(context);
      const records = await recordsToPublish(domain, known, admin, looked.records);
      return domainJson(domain, await contextOf(context, domain, credential), records);
    },
  });
}
