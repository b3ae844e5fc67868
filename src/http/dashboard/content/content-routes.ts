/** What messages and drafts of templates look like, for people: routes that no API key has. */
import type { HttpApp } from '../../route-context.ts';
import type { ContentContext } from './content-context.ts';
import { registerMessagePreviewRoutes } from './message-preview.ts';
import { registerTemplateDraftRoutes } from './template-drafts.ts';

/** One call for each noun beside this file. */
export function registerContentRoutes(app: HttpApp, context: ContentContext): void {
  registerMessagePreviewRoutes(app, context);
  registerTemplateDraftRoutes(app, context);
}
