/** `content/drafts…`: a template while it is edited, filled and drawn as a message would be. Nothing of it is stored. */
import { z } from 'zod';
import { tryDraft } from '../../../admin/templates.ts';
import { MAX_PART_CHARACTERS } from '../../../template/source-limits.ts';
import { unlessRefused } from '../../admin-refusal.ts';
import { ApiError } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import { draftOf, TEMPLATE_PARTS } from '../../routes/templates.ts';
import { listOf } from '../../schemas.ts';
import { LinkView, type ContentContext } from './content-context.ts';
import { refuseOtherPlaces, sendDocument } from './document-answer.ts';
import { DrawnDrafts } from './drawn-drafts.ts';
import { unlessUnreadable } from './unless-unreadable.ts';

/** Two parts of the largest size, in UTF-8 and as JSON, and values. */
const BODY_LIMIT = 10 * MAX_PART_CHARACTERS;
const MAX_ID_CHARACTERS = 100;

const DraftView = z.object({
  subject: z.string().nullable(),
  text: z.string(),
  html: z
    .object({
      document: z.string().describe('Its id: a frame asks for it'),
      links: listOf(LinkView),
      images_left_out: z.int(),
      cut: z.boolean(),
    })
    .nullable(),
});

export function registerTemplateDraftRoutes(app: HttpApp, context: ContentContext): void {
  const drafts = new DrawnDrafts(context);
  render(app, context, drafts);
  document(app, drafts);
}

function render(app: HttpApp, { acceptance, previews }: ContentContext, drafts: DrawnDrafts): void {
  app.route({
    method: 'POST',
    url: '/content/drafts',
    config: { scope: 'templates' },
    bodyLimit: BODY_LIMIT,
    schema: {
      operationId: 'previewDraft',
      body: z.strictObject({
        ...TEMPLATE_PARTS,
        values: z.record(z.string(), z.unknown()).default({}).describe('Of the variables'),
      }),
      response: { 200: DraftView },
    },
    async handler({ credential, body: { values, ...parts } }) {
      const { accountId, id: personId } = credential;
      const tried = await tryDraft(draftOf(parts), values, accountId, acceptance.templateEngine);
      const { subject, html, text } = unlessRefused(tried);
      if (html === undefined) return { subject: subject ?? null, text, html: null };
      const drawn = unlessUnreadable(await previews.draw(html, accountId));
      return {
        ...{ subject: subject ?? null, text },
        html: {
          document: drafts.add(personId, drawn.document),
          ...{ links: drawn.links, images_left_out: drawn.imagesLeftOut, cut: drawn.isCut },
        },
      };
    },
  });
}

function document(app: HttpApp, drafts: DrawnDrafts): void {
  app.route({
    method: 'GET',
    url: '/content/drafts/:document',
    config: { scope: 'templates', accountInQuery: true },
    schema: {
      params: z.object({ document: z.string().max(MAX_ID_CHARACTERS) }),
      querystring: z.strictObject({ account: z.string().max(64).optional() }),
    },
    async handler(request, reply) {
      refuseOtherPlaces(request);
      const found = drafts.find(request.credential.id, request.params.document);
      if (found === undefined)
        throw new ApiError(410, 'gone', 'this preview is not here any more: change the draft to see it anew');
      return await sendDocument(reply, found);
    },
  });
}
