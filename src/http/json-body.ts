/**
 * Reading request bodies: JSON and nothing else, UTF-8, within the route's limit. An empty body is none at all, whatever
 * its type says. Keys that would reach an object's prototype are refused.
 */
import { createHash } from 'node:crypto';
import { ApiError } from './api-error.ts';
import type { HttpApp } from './route-context.ts';

/** Requests without attachments. */
export const SMALL_BODY_BYTES = 64 * 1024;

const TOO_DEEP = new ApiError(400, 'invalid-json', 'the body is nested too deeply');

export function readJsonBodies(app: HttpApp): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
      if (body.length === 0) {
        done(null, undefined);
        return;
      }
      if (request.headers['idempotency-key'] !== undefined)
        request.bodyHash = createHash('sha256').update(body).digest();
      try {
        done(null, parse(body));
      } catch (error) {
        done(error instanceof RangeError ? TOO_DEEP : (error as Error));
      }
    },
  );
}

function parse(body: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new ApiError(400, 'invalid-json', 'the body is not valid UTF-8', { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    // The engine's words end in a piece of the text, which is not ours to repeat.
    const reason = message.replace(/, ?"?.{0,40}"? is not valid JSON$|"[^]*" is not valid JSON$/, '').trim();
    throw new ApiError(400, 'invalid-json', `the body is not JSON: ${reason}`, { cause });
  }
  // Looked for only where it can be: a walk through every body would cost too much.
  if (text.includes('__proto__') || text.includes('\\u005f')) refusePrototypes(value);
  return value;
}

function refusePrototypes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__'))
    throw new ApiError(400, 'invalid-json', 'the body has a key "__proto__", which is refused');
  for (const inner of Object.values(value)) refusePrototypes(inner);
}
