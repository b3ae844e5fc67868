/** What the routes of content work with, and what several of their answers have. */
import { z } from 'zod';
import type { PreviewReader } from '../../../preview/preview.ts';
import type { RouteContext } from '../../route-context.ts';

export interface ContentContext extends RouteContext {
  readonly previews: PreviewReader;
}

export const LinkView = z.object({ text: z.string(), href: z.string() });
