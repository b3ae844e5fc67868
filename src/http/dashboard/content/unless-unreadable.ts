/** What the reader of previews resolved to, or why not, in words for people. */
import type { Previewed } from '../../../preview/preview.ts';
import { ApiError, unavailable } from '../../api-error.ts';

export const WHY_UNREADABLE: Readonly<Record<(Previewed<unknown> & { kind: 'unreadable' })['why'], string>> =
  {
    time: 'reading it takes too long',
    memory: 'reading it takes too much memory',
    output: 'it is too large once it is read',
    failed: 'its MIME structure cannot be read',
  };

/** Throws ApiError 422 for what cannot be previewed, 503 while too many are read. */
export function unlessUnreadable<Value>(previewed: Previewed<Value>): Value {
  switch (previewed.kind) {
    case 'done':
      return previewed.value;
    case 'unreadable':
      throw new ApiError(
        422,
        'unreadable',
        `no preview: ${WHY_UNREADABLE[previewed.why]}; its source can be downloaded`,
      );
    case 'busy':
      throw unavailable('too many messages are being read; try again soon');
  }
}
