/**
 * Refusals of requests: an HTTP status and `{ "error": { "code", "message", "field" } }`. Handlers throw an ApiError;
 * any other exception is an internal error, answered 500 without its text. RFC 9110 §15.
 */
import { StoreError } from '../store/errors.ts';
import { TemplateEngineError } from '../template/template-engine.ts';

/** One of several errors in one request. */
export interface FieldError {
  /** Its position: `to[2].email`, `query.limit`; empty for the whole body. */
  readonly field: string;
  readonly message: string;
}

export interface ApiErrorOptions extends ErrorOptions {
  /** The field at fault, as {@link FieldError.field}. */
  readonly field?: string | undefined;
  /** All errors, if there are several. */
  readonly errors?: readonly FieldError[] | undefined;
  /** Whole seconds after which the same request may succeed: the header Retry-After. */
  readonly retryAfterSeconds?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export class ApiError extends Error {
  /** The HTTP status. */
  readonly statusCode: number;
  /** Stable, for programs: `invalid-request`, `not-found`, ... */
  readonly code: string;
  readonly field: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, code: string, message: string, options: ApiErrorOptions = {}) {
    super(message, options);
    this.statusCode = statusCode;
    this.code = code;
    this.field = options.field;
    this.errors = options.errors;
    const { retryAfterSeconds } = options;
    this.headers = {
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...options.headers,
    };
  }

  /** The response body. */
  toJSON(): object {
    const { code, message, field, errors } = this;
    return {
      error: {
        code,
        message,
        ...(field === undefined ? {} : { field }),
        ...(errors === undefined ? {} : { errors }),
      },
    };
  }
}

/** 400 for one field; `message` says what was given and what is accepted. */
export function invalidField(field: string, message: string): ApiError {
  return new ApiError(400, 'invalid-request', message, { field, errors: [{ field, message }] });
}

/** 404, also for what belongs to another account. */
export function notFound(message: string): ApiError {
  return new ApiError(404, 'not-found', message);
}

/** 409: the request conflicts with the present state. */
export function conflict(message: string, field?: string): ApiError {
  return new ApiError(409, 'conflict', message, { field });
}

/** 403: the key is valid, but not for this. */
export function forbidden(code: string, message: string): ApiError {
  return new ApiError(403, code, message);
}

/** 429 with Retry-After. */
export function tooManyRequests(message: string, retryAfterSeconds: number): ApiError {
  return new ApiError(429, 'rate-limited', message, { retryAfterSeconds });
}

/** 503 with Retry-After: nothing was done, the same request may be repeated. */
export function unavailable(message: string, retryAfterSeconds = 5): ApiError {
  return new ApiError(503, 'unavailable', message, { retryAfterSeconds });
}

/** An error of the store as a response; `undefined` for other errors. */
export function ofStoreError(error: unknown): ApiError | undefined {
  if (!(error instanceof StoreError)) return undefined;
  switch (error.code) {
    case 'not-found':
      return new ApiError(404, 'not-found', error.message, { cause: error });
    case 'conflict':
      return new ApiError(409, 'conflict', 'it exists already, or what it refers to is gone', {
        cause: error,
      });
    case 'busy':
    case 'closed':
      return unavailable('the relay cannot take more for the moment; nothing was changed', 1);
    case 'disk-full':
      return unavailable('the relay is short of disk space; nothing was changed', 60);
    case 'failed':
    case 'locked':
    case 'unsafe':
    case 'incompatible':
      return unavailable('the store failed; nothing was changed', 30);
  }
}

/** An error of the template engine as a response; `undefined` for other errors. */
export function ofTemplateEngineError(error: unknown): ApiError | undefined {
  if (!(error instanceof TemplateEngineError)) return undefined;
  const { code, message, retryAfterSeconds } = error;
  return code === 'held'
    ? tooManyRequests(message, retryAfterSeconds)
    : unavailable(`${message}; nothing was changed`, retryAfterSeconds);
}
