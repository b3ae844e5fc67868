/** What an operation refuses (admin/refusal.ts) as an answer of HTTP: fields by their names in the request. */
import { inWords, isRefusal, type AdminRefusal } from '../admin/refusal.ts';
import { ApiError, conflict, invalidField, notFound } from './api-error.ts';

/** Fields that are not called as in the operation's input, in the request's own spelling of it. */
type Names = Readonly<Record<string, string>>;

const NAMES: Names = {
  networks: 'allow_ip',
  fromAddresses: 'from',
  overlapMs: 'overlap_seconds',
  keepOldMs: 'keep_old_seconds',
};

/** The outcome of an operation that was not refused. `names`: of this request. Throws ApiError. */
export function unlessRefused<Outcome extends object>(
  outcome: Outcome,
  names: Names = {},
): Exclude<Outcome, AdminRefusal> {
  if (isRefusal(outcome)) throw errorOf(outcome, names);
  return outcome as Exclude<Outcome, AdminRefusal>;
}

export function errorOf(refusal: AdminRefusal, names: Names = {}): ApiError {
  const nameOf = (field: string) => names[field] ?? NAMES[field] ?? snakeCase(field);
  const { refused, problem, remedy } = refusal;
  const said = inWords(problem, nameOf);
  const field = refusal.field === undefined ? undefined : nameOf(refusal.field);
  const message = remedy === undefined ? said : `${said}; ${inWords(remedy, nameOf)}`;
  const all = refusal.all?.map((one) => ({
    field: nameOf(one.field),
    message: inWords(one.problem, nameOf),
  }));
  switch (refused) {
    case 'invalid':
    case 'nothing-to-change':
      return field === undefined
        ? new ApiError(400, 'invalid-request', message)
        : invalidField(field, message);
    case 'not-found':
      return field === undefined ? notFound(message) : invalidField(field, message);
    case 'conflict':
    case 'revoked':
    case 'no-secret':
    case 'not-bound':
    case 'last-entry':
      return conflict(message, field);
    case 'beyond-own-limits':
      return new ApiError(403, refused, message, { field, errors: all });
    case 'template-refused':
      return new ApiError(422, refused, message, { field, errors: all });
    case 'too-late':
    case 'not-settled':
    case 'unreadable':
    case 'no-effect':
      return new ApiError(409, refused, message);
  }
}

function snakeCase(field: string): string {
  return field.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
