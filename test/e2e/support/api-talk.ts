/** Requests to the API of a running relay, with one key. */
import type { Relay } from './relay-process.ts';

export interface ApiAnswer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface ApiErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly field?: string;
    readonly errors?: readonly { readonly field: string; readonly message: string }[];
  };
}

export class ApiTalk {
  readonly #relay: Pick<Relay, 'httpUrl'>;
  readonly key: string;

  constructor(relay: Pick<Relay, 'httpUrl'>, key: string) {
    this.#relay = relay;
    this.key = key;
  }

  /** A new API key of the default account, with more arguments for `credential add`. */
  static async withKey(relay: Relay, ...args: string[]): Promise<ApiTalk> {
    const name = `api-${Math.random().toString(36).slice(2)}`;
    const added = await relay.ctl<{ key: string }>(
      'credential',
      'add',
      '--kind',
      'api',
      '--name',
      name,
      ...args,
    );
    return new ApiTalk(relay, added.key);
  }

  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer<T>> {
    const response = await fetch(`${this.#relay.httpUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as T,
    };
  }

  post<T = Record<string, unknown>>(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) {
    return this.call<T>('POST', path, body, headers);
  }
}
