/** What an authority says is wrong: a problem document of RFC 8555 §6.7, read with care, for it is shown to people. */
import type { HttpsAnswer } from './https-request.ts';

export interface Problem {
  /** The last part of its type, such as `rateLimited`; `http-500` where it has none. */
  readonly type: string;
  /** One line, cut. */
  readonly detail: string;
}

/** An answer that is not the one that was asked for. */
export class AcmeProblem extends Error {
  readonly problem: Problem;
  readonly status: number;
  /** Retry-After. */
  readonly retryAfterMs: number | undefined;
  constructor(problem: Problem, status: number, retryAfterMs?: number) {
    super(`${problem.type}: ${problem.detail}`);
    this.problem = problem;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

const URN = 'urn:ietf:params:acme:error:';
const MOST_CHARS = 400;

/** Of an answer that is no success. */
export function problemOf({ status, headers, body }: HttpsAnswer, nowMs: number): AcmeProblem {
  const problem = readProblem(jsonObject(body)) ?? {
    type: `http-${status}`,
    detail: `it answered with HTTP status ${status}`,
  };
  return new AcmeProblem(problem, status, retryAfterMs(headers['retry-after'], nowMs));
}

/** A problem document, also one within a challenge or an order; `undefined`: it is none. */
export function readProblem(value: unknown): Problem | undefined {
  if (!isObject(value)) return undefined;
  const { type, detail, subproblems } = value;
  if (typeof type !== 'string') return undefined;
  const kind = type.startsWith(URN) ? type.slice(URN.length) : type;
  // Of a compound problem (RFC 8555 §6.7.1) the first part is more specific.
  if (kind === 'compound' && Array.isArray(subproblems)) return readProblem(subproblems[0]);
  return {
    type: oneLine(kind, 60),
    detail: typeof detail === 'string' ? oneLine(detail) : oneLine(kind, 60),
  };
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const waitMs = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return waitMs > 0 ? waitMs : undefined;
}

export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Words of an authority as people are shown them. */
export function oneLine(text: string, most = MOST_CHARS): string {
  const one = text.replaceAll(/\s+/g, ' ').trim();
  return one.length <= most ? one : `${one.slice(0, most)}…`;
}
