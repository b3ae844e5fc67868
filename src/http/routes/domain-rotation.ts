/** Rotation of a domain's DKIM keys. */
import { cancelRotation, rotateDkim } from '../../admin/dkim-rotation.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { notFound } from '../api-error.ts';
import type { KeyMaking } from '../key-making.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { viewDomain } from './domains.ts';
import { DomainView, findDomain, OneDomain, seeChanges } from './one-domain.ts';

export function registerRotationRoutes(app: HttpApp, context: RouteContext, keyMaking: KeyMaking): void {
  rotate(app, context, keyMaking);
  cancel(app, context);
}

function rotate(app: HttpApp, context: RouteContext, keyMaking: KeyMaking): void {
  app.route({
    method: 'POST',
    url: '/v1/domains/:domain/rotate-dkim',
    config: { scope: 'domains' },
    schema: {
      operationId: 'rotateDkim',
      tags: ['domains'],
      summary: 'Make new DKIM keys, which sign when their records are in DNS',
      description:
        'The records to publish have purposes that end in `-next`. The new keys sign ten minutes after all their records were ' +
        'seen; the present ones sign until then, and their records (`-old`) stay until the event `domain_changed` names them ' +
        'as `removable`. While new keys wait this returns the same ones again.',
      params: OneDomain,
      response: { 200: DomainView },
    },
    async handler(request) {
      const { credential, params } = request;
      const domain = await findDomain(context, credential, params.domain);
      const make = () => rotateDkim(domain, adminContext(context, request));
      unlessRefused(await keyMaking.run(credential.accountId, make));
      await seeChanges(context);
      return await viewDomain(context, domain, credential);
    },
  });
}

function cancel(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'DELETE',
    url: '/v1/domains/:domain/rotate-dkim',
    config: { scope: 'domains' },
    schema: {
      operationId: 'cancelDkimRotation',
      tags: ['domains'],
      summary: 'Take back new DKIM keys that wait; the present ones go on signing',
      params: OneDomain,
      response: { 200: DomainView },
    },
    async handler(request) {
      const { credential, params } = request;
      const domain = await findDomain(context, credential, params.domain);
      if ((await cancelRotation(domain, adminContext(context, request))) === 0)
        throw notFound(`no new DKIM keys of ${domain.name} wait`);
      await seeChanges(context);
      return await viewDomain(context, domain, credential);
    },
  });
}
