/** Reads a body that has to be small. */
import type { IncomingMessage } from 'node:http';

/** `undefined`: it is larger than `mostBytes`. Rejects when the client leaves. */
export async function readSmallBody(
  request: IncomingMessage,
  mostBytes: number,
): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return undefined;
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > mostBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
