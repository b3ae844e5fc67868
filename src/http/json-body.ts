/**
 * Reads request bodies: JSON only, UTF-8, within the route's limit. An empty body counts as none, whatever its type.
 * Keys that would reach an object's prototype are refused.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.ts';
import { prototypeKey } from '../platform/prototype-keys.ts';
import { ApiError } from './api-error.ts';
import { jsonStructureProblem } from './json-structure.ts';
import { readBody } from './read-body.ts';
import type { HttpApp } from './route-context.ts';

/** Requests without attachments. */
export const SMALL_BODY_BYTES = 64 * 1024;
/** JSON overhead of a message. */
const JSON_ROOM_BYTES = 1024 * 1024;

const TOO_DEEP = new ApiError(400, 'invalid-json', 'the body is nested too deeply');

/** Octets of a body with one message, or many small ones. */
export function messageBodyLimit({ submission }: Pick<Config, 'submission'>): number {
  return submission.maxMessageBytes + JSON_ROOM_BYTES;
}

export function readJsonBodies(app: HttpApp, config: Pick<Config, 'submission'>): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    const { bodyLimit, config: route } = request.route;
    const limit = route.takesMessage === true ? messageBodyLimit(config) : bodyLimit;
    const body = await readBody(payload, limit, request.exchange);
    if (body.length === 0) return undefined;
    const problem = body.length > SMALL_BODY_BYTES ? jsonStructureProblem(body) : undefined;
    if (problem !== undefined) throw new ApiError(400, 'invalid-json', `the body ${problem}`);
    if (request.headers['idempotency-key'] !== undefined)
      request.bodyHash = createHash('sha256').update(body).digest();
    try {
      return parse(body);
    } catch (error) {
      throw error instanceof RangeError ? TOO_DEEP : error;
    }
  });
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
    // The engine's message quotes the text, which must not be repeated.
    const reason = message.replace(/, ?"?.{0,40}"? is not valid JSON$|"[^]*" is not valid JSON$/, '').trim();
    throw new ApiError(400, 'invalid-json', `the body is not JSON: ${reason}`, { cause });
  }
  const key = prototypeKey(text, value);
  if (key !== undefined)
    throw new ApiError(400, 'invalid-json', `the body has a key "${key}", which is refused`);
  return value;
}
