/** `/v1/credentials`: logins, API keys and networks of an account. A secret is in one response only. */
import { z } from 'zod';
import { addCredential } from '../../admin/credentials/add.ts';
import { revokeCredential } from '../../admin/credentials/revoke.ts';
import { changeCredential, NO_LIST_CHANGES, type CredentialChanges } from '../../admin/credentials/change.ts';
import { endOldSecret, rotateCredential } from '../../admin/credentials/rotate.ts';
import { credentialJson, newCredentialJson, rotatedCredentialJson } from '../../api-json/credential-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { termsWithLimits } from '../../policy/usage-limits.ts';
import type { Credential } from '../../store/directory-records.ts';
import { usesOf } from '../../store/uses-of.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { notFound } from '../api-error.ts';
import {
  CredentialChange,
  CredentialView,
  IssuedView,
  NewCredential,
  OneCredential,
  Rotation,
} from '../credential-schemas.ts';
import { PageQuery } from '../paging.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { pageOf, Timestamp } from '../schemas.ts';

export function registerCredentialsRoutes(app: HttpApp, context: RouteContext): void {
  for (const register of [list, show, add, change, rotate, revoke]) register(app, context);
}

function list(app: HttpApp, { reader }: RouteContext): void {
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
      const { after, limit } = query;
      const found = await reader.listCredentials(credential.accountId, after, limit + 1);
      const page = found.slice(0, limit);
      const uses = await usesOf(
        reader,
        page.map(({ id }) => id),
      );
      return {
        data: page.map((one) => credentialJson(one, uses.get(one.id))),
        next: found.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    },
  });
}

function show(app: HttpApp, context: RouteContext): void {
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
    handler: async ({ credential, params }) =>
      await view(context, await find(context, credential, params.id)),
  });
}

function add(app: HttpApp, context: RouteContext): void {
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
        'allow_ip, rate_per_minute, daily_quota, limits, expires_at) cannot add a less bound credential: absent fields are ' +
        'taken from the key, wider ones are 403.',
      body: NewCredential,
      response: { 201: IssuedView },
    },
    async handler(request, reply) {
      const { accountId, accountName } = request.credential;
      const input = { accountId, accountName, ...inputOf(request.body) };
      const added = await addCredential(input, adminContext(context, request));
      const { credential, secret } = unlessRefused(added);
      return await reply.code(201).send(newCredentialJson(credential, secret));
    },
  });
}

function change(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'PATCH',
    url: '/v1/credentials/:id',
    config: { scope: 'admin' },
    schema: {
      operationId: 'changeCredential',
      tags: ['credentials'],
      summary: 'Change a credential; its user name and secret stay',
      description:
        'In force within a second, in open sessions too. Absent fields stay as they are, lists are replaced as a whole (an empty ' +
        'one allows everything), null takes a limit away. 403 where the result would be less bound than the calling key.',
      params: OneCredential,
      body: CredentialChange,
      response: { 200: CredentialView },
    },
    async handler(request) {
      const found = await find(context, request.credential, request.params.id);
      unlessRefused(await changeCredential(found, changesOf(request.body), adminContext(context, request)));
      return await view(context, await find(context, request.credential, found.id));
    },
  });
}

function rotate(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/credentials/:id/rotate',
    config: { scope: 'admin' },
    schema: {
      operationId: 'rotateCredential',
      tags: ['credentials'],
      summary: 'Rotate the secret; the old one stops working within a second, or stays valid for a while',
      description:
        '403 for a credential that is less bound than the calling key; 409 for one that logs in by a client certificate. With end_old nothing is made: the response has no secret.',
      params: OneCredential,
      body: Rotation,
      response: { 200: IssuedView },
    },
    async handler(request) {
      const found = await find(context, request.credential, request.params.id);
      const { keep_old_seconds: seconds, end_old: ends } = request.body ?? {};
      if (ends === true) {
        unlessRefused(await endOldSecret(found, adminContext(context, request)));
        return rotatedCredentialJson(found, undefined, undefined);
      }
      const keepOldMs = seconds === undefined ? undefined : seconds * 1_000;
      const rotated = await rotateCredential(found, adminContext(context, request), keepOldMs);
      const { credential, secret, oldUntilMs } = unlessRefused(rotated);
      return rotatedCredentialJson(credential, secret, oldUntilMs);
    },
  });
}

function revoke(app: HttpApp, context: RouteContext): void {
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
      const found = await find(context, request.credential, request.params.id);
      const { revokedAtMs } = unlessRefused(await revokeCredential(found, adminContext(context, request)));
      return { id: found.id, revoked_at: timestamp(revokedAtMs) };
    },
  });
}

/** Also for those of other accounts there is none. Throws ApiError 404. */
async function find({ reader }: RouteContext, { accountId }: Credential, id: string): Promise<Credential> {
  const found = id.startsWith('crd_') ? await reader.findCredential(accountId, id) : undefined;
  if (found === undefined) throw notFound(`there is no credential ${id}`);
  return found;
}

async function view({ reader }: RouteContext, credential: Credential) {
  const [use] = await reader.lastUses([credential.id]);
  return credentialJson(credential, use);
}

function changesOf(body: z.output<typeof CredentialChange>): CredentialChanges {
  return {
    ...NO_LIST_CHANGES,
    lists: given({
      domains: body.domains,
      fromAddresses: body.from,
      networks: body.allow_ip,
      scopes: body.scopes,
    }),
    terms: given({
      name: body.name,
      stream: body.stream,
      ratePerMinute: body.rate_per_minute,
      dailyQuota: body.daily_quota,
      requireTls: body.require_tls,
      sendDsn: body.send_dsn,
      dsnTo: body.dsn_to,
      expiresAtMs: body.expires_at,
    }),
    limits: given(body.limits ?? {}),
  };
}

/** The fields that were given; null, which takes away, as `undefined`. */
function given<Fields extends object>(fields: Fields) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, (value as unknown) ?? undefined])) as {
    readonly [Name in keyof Fields]?:
      Exclude<Fields[Name], null | undefined> | (null extends Fields[Name] ? undefined : never);
  };
}

function inputOf(body: z.output<typeof NewCredential>) {
  return {
    kind: body.kind,
    name: body.name,
    networks: body.allow_ip,
    domains: body.domains,
    fromAddresses: body.from,
    scopes: body.scopes,
    stream: body.stream,
    ...termsWithLimits({ ratePerMinute: body.rate_per_minute, dailyQuota: body.daily_quota }, body.limits),
    requireTls: body.require_tls,
    sendDsn: body.send_dsn,
    dsnTo: body.dsn_to,
    expiresAtMs: body.expires_at,
  };
}
