/** What the process that reads previews does (app/isolated-previews.ts). */
import { drawHtml } from './draw-html.ts';
import type { DrawnHtml, Preview } from './preview.ts';
import { readAttachment, readPreview } from './read-preview.ts';

export interface PreviewOperations {
  readonly read: (bytes: Uint8Array) => Promise<Preview>;
  readonly attachment: (input: AttachmentInput) => Promise<Uint8Array | undefined>;
  readonly draw: (html: string) => DrawnHtml;
}

export interface AttachmentInput {
  readonly bytes: Uint8Array;
  readonly index: number;
}

export function previewOperations() {
  return {
    read: readPreview,
    attachment: ({ bytes, index }: AttachmentInput) => readAttachment(bytes, index),
    draw: (html: string) => drawHtml(html, () => undefined),
  } satisfies PreviewOperations;
}
