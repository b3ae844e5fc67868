/** The reader of previews with its operations in this process: the same code without a child. */
import { previewOperations } from '../../src/preview/preview-operations.ts';
import type { Previewed, PreviewReader } from '../../src/preview/preview.ts';

export function previewsInProcess(): PreviewReader {
  const operations = previewOperations();
  const done = async <Value>(work: () => Value | Promise<Value>): Promise<Previewed<Value>> => {
    try {
      return { kind: 'done', value: await work() };
    } catch {
      return { kind: 'unreadable', why: 'failed' };
    }
  };
  return {
    read: (bytes) => done(() => operations.read(bytes)),
    attachment: (bytes, index) => done(() => operations.attachment({ bytes, index })),
    draw: (html) => done(() => operations.draw(html)),
    stop: () => Promise.resolve(),
  };
}
