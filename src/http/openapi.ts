/**
 * The API's description, OpenAPI 3.1, made from the routes' own schemas: what is validated is what is written. What all
 * routes have in common (the key and its scope, errors, limits) is added here, so that no route can leave it out. Loaded
 * when somebody asks for it (docs-page.ts): it takes as much memory as the API itself.
 */
import swagger from '@fastify/swagger';
import { fastify } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Config } from '../config/config.ts';
import type { RegisteredRoute } from './http-app.ts';
import { TAGS } from './route-table.ts';
import { ErrorAnswer } from './schemas.ts';
import { OWN_COMPILERS_ONLY } from './validation.ts';

const DESCRIPTION = `Postern takes mail by SMTP and by this API; both share one spool, one suppression list and one event log.

Requests carry an API key: \`Authorization: Bearer pst_live_...\` (made with \`relayctl credential add --kind api\`). Each
operation names the scope that the key needs; \`admin\` is all of them. Bodies are JSON. A refusal is
\`{"error": {"code", "message", "field"}}\`, with all mistakes of a request in \`errors\`. Every answer has an
\`X-Request-Id\`; the fields \`RateLimit-Policy\` and \`RateLimit\` say what is left of the key's limits.`;

const REFERENCE = '#/components/schemas/';

/** Responses of every operation with a key. */
const REFUSALS = {
  400: 'The request is invalid; nothing was done',
  401: 'The API key is missing or not valid',
  403: 'The key may not do this, or not from this address',
  429: 'Rate limit reached: see Retry-After',
  503: 'Temporarily not possible, nothing was done: see Retry-After',
} as const;

/** The document of these routes, which are registered once more for it in an application without sockets. */
export async function describeApi(
  routes: readonly RegisteredRoute[],
  version: string,
  config: Config,
): Promise<object> {
  const app = fastify({ exposeHeadRoutes: false, schemaController: OWN_COMPILERS_ONLY });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => () => '');
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Postern',
        version,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: config.http.publicUrl ?? '/', description: 'This relay' }],
      tags: [...TAGS],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'pst_live_...', description: 'An API key' },
        },
      },
    },
    transform: (document) => {
      const { scope } = document.route.config ?? {};
      const open = scope === undefined;
      const described = {
        ...document.schema,
        security: open ? [] : [{ apiKey: [scope] }],
        response: { ...refusals(open), ...(document.schema.response as object | undefined) },
      };
      if (scope !== undefined) {
        const { description } = document.schema;
        described.description = `${description === undefined ? '' : `${description}\n\n`}Scope: \`${scope}\`.`;
      }
      return jsonSchemaTransform({ ...document, schema: described });
    },
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
  for (const { method, url, scope, schema } of routes)
    if (method !== 'HEAD')
      app.route({
        method,
        url,
        config: scope === undefined ? {} : { scope },
        schema: schema ?? {},
        handler: () => undefined,
      });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}

function refusals(open: boolean): object {
  const known = open ? { '4XX': 'The request is invalid' } : REFUSALS;
  return Object.fromEntries(
    Object.entries(known).map(([status, description]) => [
      status,
      { description, content: { 'application/json': { schema: ErrorAnswer } } },
    ]),
  );
}

interface OpenApi {
  components?: { schemas?: Record<string, unknown> };
}

/**
 * Every schema is generated for input and output, one of which is unused. Removes unused ones, and the suffix of
 * input-only ones.
 */
function withoutUnused<T extends object>(document: T): T {
  const schemas = (document as OpenApi).components?.schemas;
  if (schemas === undefined) return document;
  for (let removed = true; removed;) {
    const written = JSON.stringify(document);
    const unused = Object.keys(schemas).filter((name) => !written.includes(`"${REFERENCE}${name}"`));
    for (const name of unused) Reflect.deleteProperty(schemas, name);
    removed = unused.length > 0;
  }
  let written = JSON.stringify(document);
  for (const name of Object.keys(schemas)) {
    const plain = name.replace(/Input$/, '');
    if (plain === name || plain in schemas) continue;
    written = written
      .replaceAll(`"${REFERENCE}${name}"`, `"${REFERENCE}${plain}"`)
      .replace(`"${name}":{`, `"${plain}":{`);
  }
  return JSON.parse(written) as T;
}
