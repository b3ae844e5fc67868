/**
 * Converts a request to a submission: addresses, times, base64 and field names, which a schema cannot parse. Reports
 * all errors of a message at once. Checks that depend on the account come later.
 */
import type { Attachment, Composition } from '../compose/composition.ts';
import { fieldNameProblem, fieldValueProblem, MAX_CUSTOM_FIELDS } from '../compose/custom-field.ts';
import { isNamedAddress, parseNamedAddress, type NamedAddress } from '../compose/named-address.ts';
import {
  MAX_EXPIRES_IN_MS,
  MAX_SEND_AHEAD_MS,
  MIN_EXPIRES_IN_MS,
  NO_CONTROLS,
  parseTemplateReference,
  SEND_AT_ACCEPTED,
  TEMPLATE_ACCEPTED,
  type ControlHeaders,
} from '../message/control-headers.ts';
import { parseDurationMs } from '../platform/duration.ts';
import { BASE64, decodeBase64 } from './base64.ts';
import { parseRfc3339 } from '../platform/rfc3339.ts';
import type { ApiRecipient, ApiSubmission } from '../intake/receive-composed.ts';
import { ApiError, type FieldError } from './api-error.ts';
import { NEEDS_CONTENT, NEEDS_RECIPIENT, type MessageRequest } from './message-schema.ts';

/** Errors reported for one field. */
const MOST_MISTAKES = 50;
const NOBODY: NamedAddress = { name: '', mailbox: { localPart: 'nobody', domain: 'invalid' } };

/** The submission, or all errors of the request. */
export function readMessage(given: MessageRequest, nowMs: number): ApiSubmission | readonly FieldError[] {
  const request = withoutNulls(given);
  const errors: FieldError[] = [];
  const wrong = (field: string, message: string) => void errors.push({ field, message });
  const from = readAddress(request.from, 'from', wrong) ?? NOBODY;
  const to = readAddresses(request.to, 'to', wrong);
  const cc = readAddresses(request.cc, 'cc', wrong);
  const bcc = readAddresses(request.bcc, 'bcc', wrong);
  const replyTo = readAddresses(request.reply_to, 'reply_to', wrong);
  if (to.length + cc.length + bcc.length === 0 && errors.length === 0) wrong('to', NEEDS_RECIPIENT);
  const { text, html, template } = request;
  const attachments = readAttachments(request.attachments ?? [], wrong);
  if (text === undefined && html === undefined && template === undefined && attachments.length === 0)
    wrong('text', NEEDS_CONTENT);
  if (template !== undefined && (text !== undefined || html !== undefined))
    wrong('template', 'takes the place of text and html: leave these out');
  const composition: Composition = {
    from,
    to: to.map(({ address }) => address),
    cc: cc.map(({ address }) => address),
    replyTo: replyTo.map(({ address }) => address),
    subject: request.subject,
    text,
    html,
    fields: readFields(request.headers ?? {}, wrong),
    attachments,
  };
  const control = readControl(request, nowMs, wrong);
  if (errors.length > 0) return errors;
  const recipients = [...to, ...cc, ...bcc].map(({ address, field }): ApiRecipient => ({
    mailbox: address.mailbox,
    field,
  }));
  return { composition, recipients, control };
}

/** 400 with all errors. */
export function invalidMessage(errors: readonly FieldError[]): ApiError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more, see errors)` : '';
  const message = first === undefined ? 'is not valid' : `${first.field}: ${first.message}`;
  return new ApiError(400, 'invalid-request', message + more, { field: first?.field, errors });
}

/** Null counts as absent. */
type Given = { readonly [Field in keyof MessageRequest]: Exclude<MessageRequest[Field], null> };

function withoutNulls(request: MessageRequest): Given {
  // Nearly all requests have none.
  if (!Object.values(request).includes(null)) return request as Given;
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null)) as Given;
}

type Wrong = (field: string, message: string) => void;

interface Placed {
  readonly address: NamedAddress;
  readonly field: string;
}

function readAddresses(given: string | string[] | undefined, field: string, wrong: Wrong): Placed[] {
  if (given === undefined) return [];
  const list = typeof given === 'string' ? [given] : given;
  const placed: Placed[] = [];
  for (const [index, text] of list.entries()) {
    const place = typeof given === 'string' ? field : `${field}[${index}]`;
    const address = readAddress(text, place, wrong);
    if (address !== undefined) placed.push({ address, field: place });
    if (index - placed.length > MOST_MISTAKES) break;
  }
  return placed;
}

function readAddress(text: string, field: string, wrong: Wrong): NamedAddress | undefined {
  const parsed = parseNamedAddress(text);
  if (isNamedAddress(parsed)) return parsed;
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  wrong(
    field,
    `${shown} was given: ${parsed.problem}; accepted: an address, such as "Ada <ada@example.org>"`,
  );
  return undefined;
}

function readAttachments(given: NonNullable<MessageRequest['attachments']>, wrong: Wrong): Attachment[] {
  return given.map(({ filename, content, content_type, content_id }, index) => {
    const octets = decodeBase64(content);
    if (octets === undefined) wrong(`attachments[${index}].content`, `is not base64: accepted is ${BASE64}`);
    return {
      filename,
      contentType: content_type ?? undefined,
      content: octets ?? Buffer.alloc(0),
      contentId: content_id ?? undefined,
    };
  });
}

function readFields(given: NonNullable<MessageRequest['headers']>, wrong: Wrong): [string, string][] {
  const fields: [string, string][] = [];
  for (const [name, value] of Object.entries(given)) {
    const field = `headers.${name.slice(0, 80)}`;
    const problem = fieldNameProblem(name);
    if (problem !== undefined) wrong(field, problem);
    for (const each of typeof value === 'string' ? [value] : value) {
      if (fields.length > MAX_CUSTOM_FIELDS) break;
      const valueProblem = fieldValueProblem(name, each);
      if (valueProblem !== undefined) wrong(field, valueProblem);
      fields.push([name, each]);
    }
  }
  if (fields.length > MAX_CUSTOM_FIELDS) wrong('headers', `are more than ${MAX_CUSTOM_FIELDS}`);
  return fields;
}

function readControl(request: Given, nowMs: number, wrong: Wrong): ControlHeaders {
  const { stream, tags, metadata, send_at, expires_in, template, variables } = request;
  const sendAtMs = send_at === undefined ? undefined : readSendAt(send_at, nowMs, wrong);
  const reference = template === undefined ? undefined : parseTemplateReference(template);
  if (template !== undefined && reference === undefined) wrong('template', `accepted: ${TEMPLATE_ACCEPTED}`);
  if (variables !== undefined && template === undefined) wrong('variables', 'need a template');
  if (tags === undefined && metadata === undefined && stream === undefined && expires_in === undefined) {
    return sendAtMs === undefined && template === undefined
      ? NO_CONTROLS
      : { ...NO_CONTROLS, sendAtMs, template: reference, variables: variables ?? {} };
  }
  return {
    stream,
    tags: tags === undefined ? [] : [...new Set(tags)],
    metadata: metadata ?? {},
    expiresInMs: expires_in === undefined ? undefined : readExpiresIn(expires_in, wrong),
    sendAtMs,
    template: reference,
    variables: variables ?? {},
    idempotencyKey: undefined,
  };
}

/** Milliseconds since the epoch. */
export function readSendAt(text: string, nowMs: number, wrong: Wrong): number | undefined {
  const atMs = parseRfc3339(text);
  if (atMs !== undefined && atMs <= nowMs + MAX_SEND_AHEAD_MS) return atMs;
  wrong('send_at', `${JSON.stringify(text.slice(0, 60))} was given; accepted: ${SEND_AT_ACCEPTED}`);
  return undefined;
}

function readExpiresIn(given: string | number, wrong: Wrong): number | undefined {
  const ms = typeof given === 'number' ? given * 1000 : parseDurationMs(given);
  if (ms !== undefined && ms >= MIN_EXPIRES_IN_MS && ms <= MAX_EXPIRES_IN_MS) return ms;
  wrong(
    'expires_in',
    `${JSON.stringify(given)} was given; accepted: 1m to 30d, as a duration such as "10m", or in seconds`,
  );
  return undefined;
}
