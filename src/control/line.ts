/** Reads one line from a socket, within limits of size and time. */
import type { Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';

export type LineRead =
  { readonly kind: 'line'; readonly line: string } | { readonly kind: 'too-long' | 'too-late' | 'closed' };

const LF = 0x0a;

/** Never rejects. Octets after the line are ignored. */
export function readLine(
  socket: Socket,
  {
    maxBytes,
    withinMs,
    clock,
  }: { readonly maxBytes: number; readonly withinMs: number; readonly clock: Clock },
): Promise<LineRead> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const end = (read: LineRead) => {
      timer.cancel();
      socket.off('data', take).off('end', closed).off('close', closed);
      socket.pause();
      resolve(read);
    };
    const closed = () => end({ kind: 'closed' });
    const take = (chunk: Buffer) => {
      const at = chunk.indexOf(LF);
      const part = at < 0 ? chunk : chunk.subarray(0, at);
      sizeBytes += part.length;
      if (sizeBytes > maxBytes) {
        end({ kind: 'too-long' });
        return;
      }
      chunks.push(part);
      if (at >= 0) end({ kind: 'line', line: Buffer.concat(chunks).toString('utf8') });
    };
    const timer = clock.after(withinMs, () => end({ kind: 'too-late' }));
    socket.on('data', take).on('end', closed).on('close', closed);
  });
}
