/**
 * `content/messages/:id…`: a message as its recipients see it, for people with the right to read content. The first answer is a line in
 * the audit log; the others are parts of that view (view-token.ts).
 */
import { z } from 'zod';
import { MOST_PREVIEWED_BYTES, type Preview } from '../../../preview/preview.ts';
import type { Credential } from '../../../store/directory-records.ts';
import { notFound } from '../../api-error.ts';
import { readStoredContent } from '../../read-content.ts';
import type { HttpApp } from '../../route-context.ts';
import { findMessage } from '../../routes/messages.ts';
import { listOf } from '../../schemas.ts';
import { LinkView, type ContentContext } from './content-context.ts';
import { refuseOtherPlaces, sendDocument } from './document-answer.ts';
import { unlessUnreadable, WHY_UNREADABLE } from './unless-unreadable.ts';
import { checkViewToken, makeViewToken, MAX_VIEW_TOKEN_CHARACTERS } from './view-token.ts';

const PreviewView = z.object({
  view: z.string().describe('For the other parts of this view, for an hour'),
  size_bytes: z.number(),
  readable: z.boolean().describe('False: too large, or beyond reading; the source is there all the same'),
  reason: z.string().describe('Why it is not readable; else empty'),
  fields: listOf(z.object({ name: z.string(), value: z.string() })),
  text: z.string().nullable(),
  html: z
    .object({ links: listOf(LinkView), images_left_out: z.int(), cut: z.boolean() })
    .nullable()
    .describe('Its document is asked for by a frame'),
  attachments: listOf(
    z.object({
      index: z.int(),
      name: z.string(),
      type: z.string(),
      size_bytes: z.number(),
      inline: z.boolean(),
    }),
  ),
  cut: z.boolean().describe('There are more fields, text or attachments than are shown'),
});

const OneMessage = z.object({ id: z.string().max(64) });
const View = z
  .string()
  .max(MAX_VIEW_TOKEN_CHARACTERS)
  .regex(/^[\w-]+$/, 'accepted: the `view` of a preview');
const MAX_INDEX = 10_000;

export function registerMessagePreviewRoutes(app: HttpApp, context: ContentContext): void {
  for (const register of [preview, document, attachment, source]) register(app, context);
}

function preview(app: HttpApp, context: ContentContext): void {
  app.route({
    method: 'GET',
    url: '/content/messages/:id',
    config: { scope: 'admin', content: true },
    schema: { operationId: 'previewMessage', params: OneMessage, response: { 200: PreviewView } },
    async handler({ credential, params: { id } }) {
      const content = await contentOf(context, credential, id);
      const view = makeViewToken(viewOf(credential, id), context);
      const facts = { view, size_bytes: content.length };
      if (content.length > MOST_PREVIEWED_BYTES)
        return { ...facts, ...NOTHING, reason: `it is larger than ${MOST_PREVIEWED_BYTES} octets` };
      const previewed = await context.previews.read(content, credential.accountId);
      // The view is in the audit log, so it has what it can have: the source.
      if (previewed.kind === 'unreadable')
        return { ...facts, ...NOTHING, reason: WHY_UNREADABLE[previewed.why] };
      return { ...facts, ...shown(unlessUnreadable(previewed)) };
    },
  });
}

const NOTHING = { readable: false, fields: [], text: null, html: null, attachments: [], cut: false };

function shown(one: Preview) {
  const { fields, text, html, attachments } = one;
  return {
    ...{ readable: true, reason: '', fields, text: text ?? null },
    html:
      html === undefined ? null : { links: html.links, images_left_out: html.imagesLeftOut, cut: html.isCut },
    attachments: attachments.map(({ sizeBytes, ...rest }) => ({ ...rest, size_bytes: sizeBytes })),
    cut: one.fieldsAreCut || one.textIsCut || one.attachmentsAreCut,
  };
}

function document(app: HttpApp, context: ContentContext): void {
  app.route({
    method: 'GET',
    url: '/content/messages/:id/document',
    config: { scope: 'admin', content: 'part', accountInQuery: true },
    schema: {
      params: OneMessage,
      querystring: z.strictObject({ view: View, account: z.string().max(64).optional() }),
    },
    async handler(request, reply) {
      const { credential, params, query } = request;
      refuseOtherPlaces(request);
      checkViewToken(query.view, viewOf(credential, params.id), context);
      const content = await contentOf(context, credential, params.id);
      const { html } = unlessUnreadable(await context.previews.read(content, credential.accountId));
      if (html === undefined) throw notFound('this message has no HTML');
      return await sendDocument(reply, html.document);
    },
  });
}

function attachment(app: HttpApp, context: ContentContext): void {
  app.route({
    method: 'GET',
    url: '/content/messages/:id/attachments/:index',
    config: { scope: 'admin', content: 'part' },
    schema: {
      params: OneMessage.extend({ index: z.coerce.number().int().min(0).max(MAX_INDEX) }),
      querystring: z.strictObject({ view: View }),
    },
    async handler({ credential, params: { id, index }, query }, reply) {
      checkViewToken(query.view, viewOf(credential, id), context);
      const content = await contentOf(context, credential, id);
      const { accountId } = credential;
      const octets = unlessUnreadable(await context.previews.attachment(content, index, accountId));
      if (octets === undefined) throw notFound('this message has no such attachment');
      // The page names the file; what it is, no browser is told.
      return await reply
        .header('content-disposition', 'attachment')
        .type('application/octet-stream')
        .send(Buffer.from(octets));
    },
  });
}

function source(app: HttpApp, context: ContentContext): void {
  app.route({
    method: 'GET',
    url: '/content/messages/:id/source',
    config: { scope: 'admin', content: 'part' },
    schema: { params: OneMessage, querystring: z.strictObject({ view: View }) },
    async handler({ credential, params: { id }, query }, reply) {
      checkViewToken(query.view, viewOf(credential, id), context);
      const content = await contentOf(context, credential, id);
      return await reply
        .header('content-disposition', 'attachment')
        .type('application/octet-stream')
        .send(content);
    },
  });
}

/** Rejects with ApiError 404, 410, 422. */
async function contentOf(context: ContentContext, credential: Credential, id: string): Promise<Buffer> {
  await findMessage(context, credential, id);
  return await readStoredContent(context.reader, id);
}

function viewOf({ accountId, id: personId }: Credential, messageId: string) {
  return { messageId, accountId, personId };
}
