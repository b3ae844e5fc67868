/** `/v1/credentials`: logins, API keys and networks of an account. A secret is in one response only. */
import { z } from 'zod';
import {
  addCredential,
  credentialNamed,
  isCredentialName,
  MAX_NAME_CHARS,
  rotateCredential,
  type CredentialFacts,
} from '../../admin/credentials.ts';
import { readNetwork } from '../../admin/network.ts';
import { boundsExceeded, withBoundsOf, type CredentialBounds } from '../../policy/credential-bounds.ts';
import { credentialJson, newCredentialJson } from '../../api-json/credential-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import type { Credential } from '../../store/records.ts';
import { ApiError, conflict, invalidField, notFound } from '../api-error.ts';
import { PageQuery, pageOfItems } from '../paging.ts';
import { actorOf, type HttpApp, type RouteContext } from '../route-context.ts';
import {
  DomainName,
  futureTime,
  listOf,
  MaybeTimestamp,
  pageOf,
  Recipient,
  SenderKey,
  Timestamp,
} from '../schemas.ts';
import { SCOPES } from '../scopes.ts';

const KINDS = ['smtp', 'api', 'network'] as const;
const MOST_ENTRIES = 100;

const Limits = z.object({
  name: z.string(),
  account: z.string(),
  allow_ip: listOf(z.string()),
  domains: listOf(z.string()),
  from: listOf(z.string()),
  scopes: listOf(z.string()),
  stream: z.string(),
  rate_per_minute: z.number().nullable(),
  daily_quota: z.number().nullable(),
  require_tls: z.boolean(),
  send_dsn: z.boolean(),
  dsn_to: z.string().nullable(),
  expires_at: MaybeTimestamp,
  revoked_at: MaybeTimestamp,
  created_at: Timestamp,
});
const CredentialView = Limits.extend({
  id: z.string(),
  kind: z.enum(KINDS),
  username: z.string().nullable(),
  networks: listOf(z.string()),
}).meta({ id: 'Credential' });
const IssuedView = Limits.extend({
  id: z.string(),
  kind: z.enum(KINDS),
  username: z.string().nullable().optional(),
  password: z.string().nullable().optional().describe('smtp: shown only once'),
  key: z.string().nullable().optional().describe('api: shown only once'),
  networks: listOf(z.string()).optional(),
}).meta({ id: 'IssuedCredential' });

const Network = z
  .string()
  .max(64)
  .transform((text, context) => {
    const network = readNetwork(text);
    if (!('problem' in network)) return network.cidr;
    context.addIssue({
      code: 'custom',
      message: `${network.problem}${network.hint === undefined ? '' : `; ${network.hint}`}`.replace(
        /^: /,
        '',
      ),
    });
    return z.NEVER;
  });

/** By the request field that asks for it. */
const FIELDS: Readonly<Record<keyof CredentialBounds, string>> = {
  scopes: 'scopes',
  domains: 'domains',
  fromAddresses: 'from',
  networks: 'allow_ip',
  ratePerMinute: 'rate_per_minute',
  dailyQuota: 'daily_quota',
  expiresAtMs: 'expires_at',
};

const OneCredential = z.object({ id: z.string().max(64) });

export function registerCredentialsRoutes(app: HttpApp, context: RouteContext): void {
  const { reader, directory, box, random, clock } = context;

  const find = async ({ accountId }: Credential, id: string): Promise<Credential> => {
    const found = id.startsWith('crd_') ? await reader.findCredential(accountId, id) : undefined;
    if (found === undefined) throw notFound(`there is no credential ${id}`);
    return found;
  };
  const usable = async (holder: Credential, id: string): Promise<Credential> => {
    const found = await find(holder, id);
    if (found.revokedAtMs !== undefined) throw conflict(`credential ${found.name} has been revoked`);
    return found;
  };

  app.route({
    method: 'GET',
    url: '/v1/credentials',
    config: { scope: 'admin' },
    schema: {
      operationId: 'listCredentials',
      tags: ['credentials'],
      summary: 'List the credentials of the account, without their secrets',
      description: 'By time of creation, including revoked ones.',
      querystring: PageQuery,
      response: { 200: pageOf(CredentialView) },
    },
    async handler({ credential, query }) {
      const all = await reader.listCredentials(credential.accountId);
      const { items, next } = pageOfItems(all, ({ id }) => id, query);
      return { data: items.map(credentialJson), next };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/credentials/:id',
    config: { scope: 'admin' },
    schema: {
      operationId: 'showCredential',
      tags: ['credentials'],
      summary: 'Show a credential, without its secret',
      params: OneCredential,
      response: { 200: CredentialView },
    },
    handler: async ({ credential, params }) => credentialJson(await find(credential, params.id)),
  });

  app.route({
    method: 'POST',
    url: '/v1/credentials',
    config: { scope: 'admin' },
    schema: {
      operationId: 'addCredential',
      tags: ['credentials'],
      summary: 'Add a login, an API key or a network',
      description:
        'The response has the password or key, shown only once. A key that is itself bound (domains, from, ' +
        'allow_ip, rate_per_minute, daily_quota, expires_at) cannot add a less bound credential: absent fields are ' +
        'taken from the key, wider ones are 403.',
      body: z.strictObject({
        kind: z.enum(KINDS).default('smtp'),
        name: z
          .string()
          .refine(isCredentialName, `accepted: at most ${MAX_NAME_CHARS} characters on one line`)
          .optional(),
        scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).default(['send']),
        domains: z.array(DomainName).max(MOST_ENTRIES).default([]).describe('Allowed senders'),
        from: z.array(SenderKey).max(MOST_ENTRIES).default([]).describe('Allowed senders'),
        allow_ip: z.array(Network).max(MOST_ENTRIES).default([]).describe('Allowed client networks'),
        stream: z.string().max(64).default('transactional'),
        rate_per_minute: z.int().min(1).max(1_000_000_000).optional().describe('Messages a minute'),
        daily_quota: z.int().min(1).max(1_000_000_000_000).optional().describe('Recipients a day (UTC)'),
        require_tls: z.boolean().default(false).describe('network only: refuse mail without TLS'),
        send_dsn: z.boolean().default(true).describe('Send failure reports for its mail'),
        dsn_to: Recipient.optional().describe('Address for failure reports'),
        expires_at: futureTime(() => clock.now()).optional(),
      }),
      response: { 201: IssuedView },
    },
    async handler(request, reply) {
      const { body, credential: holder } = request;
      if (body.kind === 'network' && body.allow_ip.length === 0)
        throw invalidField('allow_ip', 'a network needs the addresses that may send without a login');
      if (body.kind !== 'network' && body.require_tls)
        throw invalidField('require_tls', 'is for networks: a login is taken over TLS only in any case');
      if ((await reader.streamByName(holder.accountId, body.stream)) === undefined)
        throw invalidField('stream', `there is no stream ${body.stream}`);
      if (
        body.name !== undefined &&
        (await credentialNamed(body.name, holder.accountId, reader)) !== undefined
      )
        throw conflict(`there is a credential ${body.name} already`, 'name');
      const facts: CredentialFacts = {
        accountId: holder.accountId,
        accountName: holder.accountName,
        kind: body.kind,
        networks: body.allow_ip,
        domains: body.domains,
        fromAddresses: body.from,
        scopes: body.scopes,
        stream: body.stream,
        ratePerMinute: body.rate_per_minute,
        dailyQuota: body.daily_quota,
        requireTls: body.require_tls,
        sendDsn: body.send_dsn,
        dsnTo: body.dsn_to,
        expiresAtMs: body.expires_at,
      };
      const bound = withBoundsOf(facts, holder);
      refuseWider(bound, holder);
      const needs = { directory, box, random, actor: actorOf(request) };
      const { credential, secret } = await addCredential(bound, body.name, clock.now(), needs);
      return await reply.code(201).send(newCredentialJson(credential, secret));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/credentials/:id/rotate',
    config: { scope: 'admin' },
    schema: {
      operationId: 'rotateCredential',
      tags: ['credentials'],
      summary: 'Rotate the secret; the old one stops working within a second',
      description: '403 for a credential that is less bound than the calling key.',
      params: OneCredential,
      response: { 200: IssuedView },
    },
    async handler(request) {
      const found = await usable(request.credential, request.params.id);
      if (found.kind === 'network')
        throw conflict(`credential ${found.name} is a network: it has no secret to replace`);
      // The caller gets the new secret, which is equivalent to adding a credential.
      refuseWider(found, request.credential);
      const secret = await rotateCredential(found, { directory, box, random, actor: actorOf(request) });
      return newCredentialJson(found, secret);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/credentials/:id',
    config: { scope: 'admin' },
    schema: {
      operationId: 'revokeCredential',
      tags: ['credentials'],
      summary: 'Revoke a credential: it stops working within a second, permanently',
      params: OneCredential,
      response: { 200: z.object({ id: z.string(), revoked_at: Timestamp }) },
    },
    async handler(request) {
      const { id } = await usable(request.credential, request.params.id);
      const nowMs = clock.now();
      await directory.revokeCredential(id, nowMs, actorOf(request));
      return { id, revoked_at: timestamp(nowMs) };
    },
  });
}

/** Throws ApiError 403 with everything that exceeds the holder's bounds. */
function refuseWider(wanted: CredentialBounds, holder: CredentialBounds): void {
  const errors = boundsExceeded(wanted, holder).map(({ bound, problem }) => ({
    field: FIELDS[bound],
    message: problem,
  }));
  const [first] = errors;
  if (first === undefined) return;
  const message = `${first.field}: ${first.message}; use a key that is not bound in this way, or relayctl`;
  throw new ApiError(403, 'beyond-own-limits', message, { field: first.field, errors });
}
