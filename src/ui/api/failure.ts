/** Why a request did not do what was asked, in a form that pages can show: the API's own words where it gave any. */

export type FailureKind = 'unauthorized' | 'forbidden' | 'missing' | 'busy' | 'refused' | 'fault' | 'network';

export interface FailureParts {
  readonly kind: FailureKind;
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  readonly field?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number;
}

export class ApiFailure extends Error implements FailureParts {
  readonly kind: FailureKind;
  readonly status: number;
  readonly code: string;
  readonly field: string;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly retryAfter: number;

  constructor(parts: FailureParts) {
    super(parts.message);
    this.kind = parts.kind;
    this.status = parts.status ?? 0;
    this.code = parts.code ?? '';
    this.field = parts.field ?? '';
    this.errors = parts.errors ?? [];
    this.retryAfter = parts.retryAfter ?? 0;
  }

  /**
   * What the API said of the field `name`, as `body.name` or `name`, of an entry of it, or of something in it, which is named: `name.key: …`.
   * Empty where it said nothing.
   */
  of(name: string): string {
    const said = [...this.errors, { field: this.field, message: this.message }];
    for (const { field, message } of said) {
      const plain = field.replace(/^(?:body|query)\./, '');
      if (plain === name || plain.startsWith(`${name}[`)) return message;
      if (plain.startsWith(`${name}.`)) return `${plain}: ${message}`;
    }
    return '';
  }
}

/** `body`: the parsed answer, or `undefined` where it was no JSON. */
export function failureOf(status: number, body: unknown, retryAfter: string | null): ApiFailure {
  const { code, message, field, errors } = errorOf(body);
  const seconds = Number(retryAfter ?? '');
  return new ApiFailure({
    kind: kindOf(status),
    status,
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : '',
    field: typeof field === 'string' ? field : '',
    errors: Array.isArray(errors) ? errors.filter(isFieldError) : [],
    retryAfter: Number.isFinite(seconds) ? seconds : 0,
  });
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'missing';
  if (status === 429 || status === 503) return 'busy';
  return status >= 500 ? 'fault' : 'refused';
}

function errorOf(body: unknown): Readonly<Record<string, unknown>> {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
}

function isFieldError(one: unknown): one is { field: string; message: string } {
  return (
    typeof one === 'object' &&
    one !== null &&
    'field' in one &&
    'message' in one &&
    typeof one.field === 'string' &&
    typeof one.message === 'string'
  );
}
