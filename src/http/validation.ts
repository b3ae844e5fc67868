/**
 * Validates a request against a route's zod schemas. All errors are reported at once, each with its field, the given
 * value (shortened; never a secret) and what is accepted. Routes get the schema's output.
 */
import type { z } from 'zod';
import { fieldsAt, suggestField } from './field-suggestion.ts';
import { ApiError, type FieldError } from './api-error.ts';

type Part = 'body' | 'params' | 'querystring' | 'headers';
type Issue = z.core.$ZodIssue;

const MOST_ERRORS = 50;
const GIVEN_CHARS = 60;
const SECRET_FIELD = /secret|password|token|key$|authorization/i;

/**
 * For Fastify's `schemaController`: without it Fastify loads compilers of JSON Schema (Ajv, fast-json-stringify), 4 MB of
 * memory that nobody asks where routes have zod schemas.
 */
export const OWN_COMPILERS_ONLY = {
  compilersFactory: { buildValidator: notAsked, buildSerializer: notAsked },
};

function notAsked(): never {
  throw new Error('the application has compilers of its own');
}

/** For Fastify's `setValidatorCompiler`. */
export function compileValidator({
  schema,
  httpPart,
}: {
  readonly schema: z.ZodType;
  readonly httpPart?: string;
}): (data: unknown) => { value: unknown } | { error: Error } {
  const part = (httpPart ?? 'body') as Part;
  return (data) => {
    const given = part === 'body' && data === undefined ? null : data;
    const result = schema.safeParse(given);
    return result.success
      ? { value: result.data }
      : { error: validationError(result.error, given, schema, part) };
  };
}

/** 400 with all errors. `data` was parsed with `schema`. */
export function validationError(
  error: z.ZodError,
  data: unknown,
  schema: z.ZodType,
  part: Part = 'body',
): ApiError {
  const errors = error.issues
    .flatMap((issue) => fieldErrors(issue, data, { schema, part }))
    .slice(0, MOST_ERRORS);
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more, see errors)` : '';
  const where = first === undefined || first.field === '' ? '' : `${first.field}: `;
  return new ApiError(400, 'invalid-request', `${where}${first?.message ?? 'is not valid'}${more}`, {
    field: first?.field,
    errors,
  });
}

interface Asked {
  readonly schema: z.ZodType;
  readonly part: Part;
}

function fieldErrors(issue: Issue, data: unknown, { schema, part }: Asked): FieldError[] {
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch !== undefined)
      return branch.flatMap((inner) =>
        fieldErrors({ ...inner, path: [...issue.path, ...inner.path] }, data, { schema, part }),
      );
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MOST_ERRORS).map((key) => ({
      field: fieldName([...issue.path, key], part),
      message: `is not a field of this request; ${suggestField(key, fieldsAt(schema, issue.path))}`,
    }));
  return [{ field: fieldName(issue.path, part), message: messageOf(issue, data) }];
}

/** The alternative of a union that was probably meant: one whose type matches and that fails further inside. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches
    .filter((issues) => issues.every((issue) => !(issue.code === 'invalid_type' && issue.path.length === 0)))
    .toSorted((one, other) => one.length - other.length)[0];
}

function messageOf(issue: Issue, data: unknown): string {
  const given = valueAt(data, issue.path);
  const shown = issue.path.some((key) => SECRET_FIELD.test(String(key))) ? 'a value' : words(given);
  switch (issue.code) {
    case 'invalid_type':
      return given === undefined || (given === null && issue.path.length === 0)
        ? `is required: ${article(issue.expected)}`
        : `${shown} was given; accepted: ${article(issue.expected)}`;
    case 'invalid_union':
      return `${shown} was given; accepted: ${expectedOfUnion(issue)}`;
    case 'invalid_value':
      return `${shown} was given; accepted: ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_big':
      return `${sizeWords(issue.origin, given, shown)} was given; accepted: at most ${issue.maximum}${unit(issue.origin)}`;
    case 'too_small':
      return `${sizeWords(issue.origin, given, shown)} was given; accepted: at least ${issue.minimum}${unit(issue.origin)}`;
    default:
      return issue.message.startsWith('is required') ? issue.message : `${issue.message}; ${shown} was given`;
  }
}

function expectedOfUnion(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const expected = issue.errors
    .flat()
    .map((inner) => (inner.code === 'invalid_type' ? article(inner.expected) : inner.message));
  return [...new Set(expected)].join(' or ');
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function article(expected: string): string {
  return ARTICLES[expected] ?? expected;
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}

function sizeWords(origin: string, given: unknown, shown: string): string {
  if (origin === 'string' && typeof given === 'string') return `${given.length} characters`;
  if (origin === 'array' && Array.isArray(given)) return `a list of ${given.length}`;
  return shown;
}

function words(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length <= GIVEN_CHARS ? text : `${text.slice(0, GIVEN_CHARS)}…`;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** `to[2].email`; fields outside the body have a prefix: `query.limit`. */
function fieldName(path: readonly PropertyKey[], part: Part): string {
  const name = path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
  if (part === 'body') return name;
  const place = part === 'querystring' ? 'query' : part === 'params' ? 'path' : 'header';
  return name === '' ? place : `${place}.${name}`;
}
