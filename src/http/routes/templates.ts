/** `/v1/templates`: add, change by a new version, preview. A template is named by its id or name. */
import { z } from 'zod';
import {
  addTemplate,
  changeTemplate,
  findTemplate,
  removeTemplate,
  TEMPLATE_NAME,
  tryTemplate,
  type TemplateDraft,
} from '../../admin/templates.ts';
import { renderedJson, templateLine, templateJson } from '../../api-json/template-json.ts';
import { MAX_PART_CHARACTERS } from '../../template/source-limits.ts';
import type { Credential } from '../../store/directory-records.ts';
import { adminContext } from '../admin-context.ts';
import { unlessRefused } from '../admin-refusal.ts';
import { notFound, type ApiError } from '../api-error.ts';
import type { HttpApp, RouteContext } from '../route-context.ts';
import { listOf, Timestamp } from '../schemas.ts';

/** Two parts of the largest size, in UTF-8 and as JSON. */
const BODY_LIMIT = 8 * MAX_PART_CHARACTERS;

const VariableView = z.object({ name: z.string(), required: z.boolean() });
const TemplateLine = z
  .object({ id: z.string(), name: z.string(), version: z.int(), created_at: Timestamp })
  .meta({ id: 'TemplateSummary' });
const TemplateView = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.int(),
    latest_version: z.int(),
    subject: z.string().nullable(),
    html: z.string().nullable(),
    text: z.string().nullable(),
    variables: listOf(VariableView),
    created_at: Timestamp,
  })
  .meta({ id: 'Template' });
const RenderedView = z
  .object({ subject: z.string().nullable(), html: z.string().nullable(), text: z.string() })
  .meta({ id: 'RenderedTemplate' });

/** What a template has, as it is added or changed. */
export const TEMPLATE_PARTS = {
  subject: z.string().optional().describe('Liquid, one line. Default: the subject of the message'),
  html: z.string().optional().describe('Liquid; variables are escaped'),
  text: z.string().optional().describe('Liquid. Default: derived from the HTML'),
  variables: z
    .array(z.union([z.string(), z.strictObject({ name: z.string(), required: z.boolean().default(true) })]))
    .optional()
    .describe('Names, or {name, required}. Default: all used variables, each required'),
};
const NewTemplate = z.strictObject({
  name: z
    .string()
    .regex(TEMPLATE_NAME, 'accepted: 1 to 64 letters, digits, ".", "_" and "-", such as welcome'),
  ...TEMPLATE_PARTS,
});
const ChangedTemplate = z.strictObject(TEMPLATE_PARTS);
const OneTemplate = z.object({ id: z.string().max(64).describe('Id or name') });
const OneVersion = z.strictObject({
  version: z.coerce.number().int().min(1).optional().describe('Default: the latest'),
});

export function registerTemplatesRoutes(app: HttpApp, context: RouteContext): void {
  for (const register of [list, add, show, change, remove, render]) register(app, context);
}

function list(app: HttpApp, { reader }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/templates',
    config: { scope: 'templates' },
    schema: {
      operationId: 'listTemplates',
      tags: ['templates'],
      summary: 'List the templates of the account',
      response: { 200: z.object({ data: listOf(TemplateLine) }) },
    },
    handler: async ({ credential }) => ({
      data: (await reader.listTemplates(credential.accountId)).map(templateLine),
    }),
  });
}

function add(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/templates',
    config: { scope: 'templates' },
    bodyLimit: BODY_LIMIT,
    schema: {
      operationId: 'addTemplate',
      tags: ['templates'],
      summary: 'Add a template',
      body: NewTemplate,
      response: { 201: TemplateView },
    },
    async handler(request, reply) {
      const { accountId } = request.credential;
      const { name, ...body } = request.body;
      const input = { accountId, name, draft: draftOf(body) };
      const { id } = unlessRefused(await addTemplate(input, adminContext(context, request)));
      return await reply.code(201).send(await view(context, accountId, id));
    },
  });
}

function show(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/v1/templates/:id',
    config: { scope: 'templates' },
    schema: {
      operationId: 'showTemplate',
      tags: ['templates'],
      summary: 'Show a template, or one of its versions',
      params: OneTemplate,
      querystring: OneVersion,
      response: { 200: TemplateView },
    },
    handler: ({ credential, params, query }) => view(context, credential.accountId, params.id, query.version),
  });
}

function change(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'PUT',
    url: '/v1/templates/:id',
    config: { scope: 'templates' },
    bodyLimit: BODY_LIMIT,
    schema: {
      operationId: 'changeTemplate',
      tags: ['templates'],
      summary: 'Change a template by adding a version',
      params: OneTemplate,
      body: ChangedTemplate,
      response: { 200: TemplateView },
    },
    async handler(request) {
      const template = await find(context, request.credential, request.params.id);
      const draft = draftOf(request.body);
      const changed = await changeTemplate(template, draft, adminContext(context, request));
      const { id, latestVersion } = unlessRefused(changed);
      return view(context, template.accountId, id, latestVersion);
    },
  });
}

function remove(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'DELETE',
    url: '/v1/templates/:id',
    config: { scope: 'templates' },
    schema: {
      operationId: 'removeTemplate',
      tags: ['templates'],
      summary: 'Remove a template with all its versions',
      params: OneTemplate,
      response: { 200: z.object({ id: z.string(), name: z.string(), removed: z.literal(true) }) },
    },
    async handler(request) {
      const template = await find(context, request.credential, request.params.id);
      await removeTemplate(template, adminContext(context, request));
      return { id: template.id, name: template.name, removed: true as const };
    },
  });
}

function render(app: HttpApp, context: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/v1/templates/:id/render',
    config: { scope: 'templates' },
    bodyLimit: BODY_LIMIT,
    schema: {
      operationId: 'renderTemplate',
      tags: ['templates'],
      summary: 'Render a template without sending it',
      params: OneTemplate,
      body: z.strictObject({
        variables: z.record(z.string(), z.unknown()).default({}),
        version: z.int().min(1).optional(),
      }),
      response: { 200: RenderedView },
    },
    async handler({ credential, params, body }) {
      const found = await findTemplate(context.reader, credential.accountId, params.id, body.version);
      if (found === undefined) throw noSuchTemplate(params.id, body.version);
      const rendered = await tryTemplate(found, body.variables, context.acceptance.templateEngine);
      return renderedJson(unlessRefused(rendered));
    },
  });
}

async function view({ reader }: RouteContext, accountId: string, id: string, version?: number) {
  const found = await findTemplate(reader, accountId, id, version);
  if (found === undefined) throw noSuchTemplate(id, version);
  return templateJson(found.template, found.version);
}

async function find({ reader }: RouteContext, { accountId }: Credential, id: string) {
  const template = await reader.findTemplate(accountId, id);
  if (template === undefined) throw noSuchTemplate(id);
  return template;
}

/** The parts of a body. */
export function draftOf({ subject, html, text, variables }: z.infer<typeof ChangedTemplate>): TemplateDraft {
  return {
    subject,
    html,
    text,
    variables: variables?.map((each) => (typeof each === 'string' ? { name: each, required: true } : each)),
  };
}

function noSuchTemplate(id: string, version?: number): ApiError {
  return notFound(
    `there is no template ${id}${version === undefined ? '' : `, or no version ${version} of it`}`,
  );
}
