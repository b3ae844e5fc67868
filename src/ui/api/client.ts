/**
 * The one way to the server: JSON over `/ui/api/…`, for the account chosen. Every request ends in a value or an ApiFailure; an
 * answer 401 also tells the shell, which shows the sign-in page where the person was. A read that is told to come back within
 * five seconds does so once by itself.
 */
import { withQuery } from '../pure/query.ts';
import { ApiFailure, failureOf } from './failure.ts';

const BASE = '/ui/api/';
const LONGEST_WAIT_SECONDS = 5;
const TIME_OUT_MS = 30_000;

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** In place of a body: sent as it is. */
  readonly file?: Blob;
  readonly signal?: AbortSignal;
}

export interface ApiClient {
  /** `path`: after `/ui/api/`, such as `v1/messages`. Throws ApiFailure, or the signal's reason when it is aborted. */
  get<T>(path: string, options?: RequestOptions): Promise<T>;
  send<T>(method: Exclude<Method, 'GET'>, path: string, options?: RequestOptions): Promise<T>;
  /** An answer that goes on: until `signal` is aborted, or its end. */
  open(path: string, options: RequestOptions): Promise<ReadableStream<Uint8Array>>;
  /** Octets, such as a file. */
  getBlob(path: string, options?: RequestOptions): Promise<Blob>;
}

/** `accountId`: empty for the first one that the person has. `onChanged`: after each request that changed something. */
export function createClient(accountId: string, onSignedOut: () => void, onChanged = () => {}): ApiClient {
  const tell = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof ApiFailure && error.kind === 'unauthorized') onSignedOut();
      throw error;
    }
  };
  const call = <T>(method: Method, path: string, options: RequestOptions): Promise<T> =>
    tell(request<T>(method, path, options, accountId));
  return {
    getBlob: (path, options = {}) => tell(requestBlob(path, options, accountId)),
    async get(path, options = {}) {
      try {
        return await call('GET', path, options);
      } catch (error) {
        const seconds = error instanceof ApiFailure && error.kind === 'busy' ? error.retryAfter : 0;
        if (seconds <= 0 || seconds > LONGEST_WAIT_SECONDS) throw error;
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        options.signal?.throwIfAborted();
        return await call('GET', path, options);
      }
    },
    async send<T>(method: Exclude<Method, 'GET'>, path: string, options: RequestOptions = {}) {
      const answer = await call<T>(method, path, options);
      onChanged();
      return answer;
    },
    open: (path, options) => tell(opened(path, options, accountId)),
  };
}

async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions,
  accountId: string,
): Promise<T> {
  const response = await answerTo(method, path, options, accountId);
  return parsed(await whole(response.text(), options.signal)) as T;
}

async function requestBlob(path: string, options: RequestOptions, accountId: string): Promise<Blob> {
  const response = await answerTo('GET', path, options, accountId);
  return await whole(response.blob(), options.signal);
}

/** Throws ApiFailure where it is none of success. */
async function answerTo(
  method: Method,
  path: string,
  { query = {}, body, file, signal }: RequestOptions,
  accountId: string,
): Promise<Response> {
  const timeOut = AbortSignal.timeout(TIME_OUT_MS);
  const init: RequestInit = {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(file === undefined ? {} : { 'content-type': 'application/octet-stream' }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(accountId === '' ? {} : { 'x-account': accountId }),
    },
    signal: signal === undefined ? timeOut : AbortSignal.any([signal, timeOut]),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(file === undefined ? {} : { body: file }),
  };
  const response = await whole(fetch(withQuery(BASE + path, query), init), signal);
  if (response.ok) return response;
  const answer = parsed(await whole(response.text(), signal));
  throw failureOf(response.status, answer, response.headers.get('retry-after'));
}

async function whole<T>(arriving: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await arriving;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiFailure({ kind: 'network', message: '' });
  }
}

/** Its head has to come in time; what follows may take as long as it likes. */
async function opened(
  path: string,
  { query = {}, signal }: RequestOptions,
  accountId: string,
): Promise<ReadableStream<Uint8Array>> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIME_OUT_MS);
  let response: Response;
  try {
    response = await fetch(withQuery(BASE + path, query), {
      credentials: 'same-origin',
      headers: { accept: 'text/event-stream', ...(accountId === '' ? {} : { 'x-account': accountId }) },
      signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiFailure({ kind: 'network', message: '' });
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok)
    throw failureOf(response.status, parsed(await response.text()), response.headers.get('retry-after'));
  if (response.body === null) throw new ApiFailure({ kind: 'network', message: '' });
  return response.body;
}

/** A proxy in between may answer with a page. */
function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
