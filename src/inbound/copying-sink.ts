/** Takes a message of which only the beginning is kept and read: too large ones are refused at their end, or cut off. */
import type { ContentMemory } from '../intake/content-memory.ts';
import type { Reply } from '../smtp/reply.ts';
import { STREAMED_ON, tooBig } from '../smtp/server/replies.ts';
import type { DataSink } from '../smtp/server/server-session.ts';
import { ReportCopy } from './report-copy.ts';

export interface CopyingLimits {
  readonly memory: ContentMemory;
  readonly maxMessageBytes: number;
}

/** `take` decides the final reply; what is kept is released after it. */
export function copyingSink(
  { memory, maxMessageBytes }: CopyingLimits,
  take: (copy: ReportCopy) => Promise<Reply>,
): DataSink {
  const copy = new ReportCopy(memory);
  let sizeBytes = 0;
  return {
    push: (bytes) => {
      sizeBytes += bytes.length;
      copy.push(bytes);
      return sizeBytes > 2 * maxMessageBytes ? STREAMED_ON : undefined;
    },
    end: async () => {
      try {
        return sizeBytes > maxMessageBytes ? tooBig(maxMessageBytes) : await take(copy);
      } finally {
        copy.release();
      }
    },
    abort: () => copy.release(),
  };
}
