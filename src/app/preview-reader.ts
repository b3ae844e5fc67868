/** The reader of previews in its own process, and its limits: strangers and tenants wrote what it reads. */
import type { Clock } from '../platform/clock.ts';
import { createIsolatedProcess } from '../platform/isolated-process.ts';
import type { IsolatedResult } from '../platform/isolated-result.ts';
import type { Log } from '../platform/log.ts';
import { workerUrl } from '../platform/worker-url.ts';
import type { AttachmentInput } from '../preview/preview-operations.ts';
import {
  MOST_PREVIEWED_BYTES,
  type DrawnHtml,
  type Preview,
  type Previewed,
  type PreviewReader,
} from '../preview/preview.ts';

/** Several times what the largest message takes on an idle core. */
const READING_MS = 10_000;
/** Buffers of the largest message are outside of it. */
const READING_HEAP_MIB = 160;
/** A document with its images, its text and its fields; or an attachment. */
const OUTPUT_BYTES = MOST_PREVIEWED_BYTES + 1024 * 1024;
/** Each holds its message. */
const MOST_WAITING = 8;
const IDLE_MS = 60_000;

/** The process starts with the first preview. */
export function openPreviewReader(clock: Clock, log: Log): PreviewReader {
  const isolated = createIsolatedProcess({
    ...{ name: 'relay-previews', entry: workerUrl(import.meta.url, './isolated-previews') },
    ...{
      timeMs: READING_MS,
      heapMiB: READING_HEAP_MIB,
      maxWaiting: MOST_WAITING,
      maxOutputBytes: OUTPUT_BYTES,
    },
    ...{ idleMs: IDLE_MS, clock, log },
  });
  const resultOf = <Value>(result: IsolatedResult<Value>): Previewed<Value> => {
    switch (result.kind) {
      case 'done':
      case 'busy':
        return result;
      case 'limit':
        return { kind: 'unreadable', why: result.limit };
      case 'failed':
        log.warn('preview reader failed', { reason: result.reason, fault: result.fault });
        // An end of the process from outside is not a fault of the message.
        return result.fault === 'operation' ? { kind: 'unreadable', why: 'failed' } : { kind: 'busy' };
    }
  };
  return {
    read: async (bytes, flow) => resultOf(await isolated.run<Preview>('read', bytes, flow)),
    attachment: async (bytes, index, flow) => {
      const input: AttachmentInput = { bytes, index };
      return resultOf(await isolated.run<Uint8Array | undefined>('attachment', input, flow));
    },
    draw: async (html, flow) => resultOf(await isolated.run<DrawnHtml>('draw', html, flow)),
    stop: () => isolated.stop(),
  };
}
