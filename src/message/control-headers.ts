/**
 * The X-Relay-* fields, by which software that only speaks SMTP controls the relay. Each is removed from the message.
 * An unknown, malformed or unavailable one refuses the message by name: silently ignoring a control (an expiry, for
 * example) would do more harm than a refusal.
 */
import { parseDurationMs } from '../platform/duration.ts';
import { prototypeKey } from '../platform/prototype-keys.ts';
import { parseRfc3339 } from '../platform/rfc3339.ts';
import { decodeAllEncodedWords, decodeEncodedWords } from './encoded-words.ts';

/** Prefix of the names, in lower case. */
export const CONTROL_PREFIX = 'x-relay-';

export interface ControlHeaders {
  /** As written; the acceptor checks whether the stream exists. `undefined`: the credential's stream. */
  readonly stream: string | undefined;
  /** In order, without duplicates; at most {@link MAX_TAGS}. */
  readonly tags: readonly string[];
  /** At most {@link MAX_METADATA_KEYS} keys. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * From acceptance, or from `sendAtMs`; `undefined`: `delivery.max_age` alone. Where both are given, the earlier end
   * counts.
   */
  readonly expiresInMs: number | undefined;
  /** Earliest time of delivery; `undefined` or in the past: at once. */
  readonly sendAtMs: number | undefined;
  /** Replaces the body, and the subject if the template has one. */
  readonly template: TemplateReference | undefined;
  readonly variables: TemplateVariables;
  /** `undefined`: a repeat is a new message. */
  readonly idempotencyKey: string | undefined;
}

export interface TemplateReference {
  readonly name: string;
  /** `undefined`: the latest. */
  readonly version: number | undefined;
}

export type TemplateVariables = Readonly<Record<string, unknown>>;

/** `problem` is the text of a reply, ASCII; it names the field and what is accepted. */
export interface ControlProblem {
  readonly problem: string;
}

export const MAX_TAGS = 10;
export const MAX_TAG_CHARACTERS = 64;
export const MAX_METADATA_KEYS = 20;
export const MAX_METADATA_VALUE_CHARACTERS = 500;
export const MIN_EXPIRES_IN_MS = 60_000;
export const MAX_EXPIRES_IN_MS = 30 * 86_400_000;
/** How far ahead a message may be scheduled. */
export const MAX_SEND_AHEAD_MS = 366 * 86_400_000;
export const MAX_VARIABLES_CHARACTERS = 64 * 1024;
/** 1 to 255 printable ASCII characters. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

export const NO_CONTROLS: ControlHeaders = {
  stream: undefined,
  tags: [],
  metadata: {},
  expiresInMs: undefined,
  sendAtMs: undefined,
  template: undefined,
  variables: {},
  idempotencyKey: undefined,
};

// Part of the contract, not built yet.
const LATER = new Map([['track', 'X-Relay-Track']]);
const ACCEPTED =
  'X-Relay-Stream, X-Relay-Tag, X-Relay-Metadata, X-Relay-Send-At, X-Relay-Expires-In, X-Relay-Template, ' +
  'X-Relay-Variables and X-Relay-Idempotency-Key';

export const STREAM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const TAG = new RegExp(`^[\\x20-\\x7e]{1,${MAX_TAG_CHARACTERS}}$`);
// Starts with a letter or digit, so that no key reaches a setter inherited by objects.
export const METADATA_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const TEMPLATE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?:@([1-9]\d{0,8}))?$/;
const CONTROL_CHARACTER = /\p{Cc}/u;

export const SEND_AT_ACCEPTED =
  'a time with its zone, at most 366 days ahead, such as 2026-01-31T09:00:00Z (RFC 3339)';
export const TEMPLATE_ACCEPTED = 'the name of a template, or name@version';

/**
 * Reads control fields in order. `name` is in lower case, `value` unfolded and trimmed. A client's own
 * X-Relay-Message-Id and X-Relay-Report-Token are ignored. `nowMs` is compared with the time to send at.
 */
export function parseControlHeaders(
  fields: readonly { readonly name: string; readonly value: string }[],
  nowMs: number,
): ControlHeaders | ControlProblem {
  if (fields.length === 0) return NO_CONTROLS;
  const read: Read = { tags: [], metadata: {} };
  for (const { name, value } of fields) {
    const control = name.slice(CONTROL_PREFIX.length);
    if (OURS.has(control)) continue;
    const reader = READERS.get(control);
    if (reader === undefined) return problem(unknown(control));
    const wrong = reader(read, value, nowMs);
    if (wrong !== undefined) return problem(wrong);
  }
  const { stream, tags, metadata, expiresInMs, sendAtMs, template, variables = {}, idempotencyKey } = read;
  if (read.variables !== undefined && template === undefined)
    return problem('X-Relay-Variables needs X-Relay-Template');
  return { stream, tags, metadata, expiresInMs, sendAtMs, template, variables, idempotencyKey };
}

/** The fields read so far. */
interface Read {
  stream?: string;
  readonly tags: string[];
  readonly metadata: Record<string, string>;
  expiresInMs?: number;
  sendAtMs?: number;
  template?: TemplateReference;
  variables?: TemplateVariables;
  idempotencyKey?: string;
}

/** Reads one field; returns the problem, if any. */
type ReadControl = (read: Read, value: string, nowMs: number) => string | undefined;

const OURS: ReadonlySet<string> = new Set(['message-id', 'report-token']);

const READERS: ReadonlyMap<string, ReadControl> = new Map([
  ['stream', once('stream', 'X-Relay-Stream', parseStream, 'takes the name of a stream')],
  ['tag', addTag],
  ['metadata', addMetadata],
  [
    'expires-in',
    once(
      'expiresInMs',
      'X-Relay-Expires-In',
      parseExpiresIn,
      'takes a duration from 1m to 30d, such as 90s, 10m or 4h',
    ),
  ],
  ['send-at', once('sendAtMs', 'X-Relay-Send-At', parseSendAt, `takes ${SEND_AT_ACCEPTED}`)],
  ['template', once('template', 'X-Relay-Template', parseTemplateReference, `takes ${TEMPLATE_ACCEPTED}`)],
  [
    'variables',
    once('variables', 'X-Relay-Variables', parseVariables, 'takes a JSON object, such as {"name": "Ada"}'),
  ],
  [
    'idempotency-key',
    once(
      'idempotencyKey',
      'X-Relay-Idempotency-Key',
      parseIdempotencyKey,
      'takes 1 to 255 printable ASCII characters',
    ),
  ],
]);

/** A field that may occur once; `parse` returns `undefined` for a malformed value. */
function once<Key extends Exclude<keyof Read, 'tags' | 'metadata'>>(
  key: Key,
  name: string,
  parse: (value: string, nowMs: number) => Read[Key],
  takes: string,
): ReadControl {
  return (read, value, nowMs) => {
    if (read[key] !== undefined) return `${name} may be given once`;
    const parsed = parse(value, nowMs);
    if (parsed === undefined) return `${name} ${takes}`;
    read[key] = parsed;
    return undefined;
  };
}

function parseStream(value: string): string | undefined {
  return STREAM.test(value) ? value : undefined;
}

function parseExpiresIn(value: string): number | undefined {
  const expiresInMs = parseDurationMs(value);
  if (expiresInMs === undefined) return undefined;
  return expiresInMs >= MIN_EXPIRES_IN_MS && expiresInMs <= MAX_EXPIRES_IN_MS ? expiresInMs : undefined;
}

function parseSendAt(value: string, nowMs: number): number | undefined {
  const sendAtMs = parseRfc3339(value);
  return sendAtMs === undefined || sendAtMs > nowMs + MAX_SEND_AHEAD_MS ? undefined : sendAtMs;
}

function parseIdempotencyKey(value: string): string | undefined {
  return IDEMPOTENCY_KEY.test(value) ? value : undefined;
}

function addTag({ tags }: Read, value: string): string | undefined {
  const tag = decodeEncodedWords(value);
  if (!TAG.test(tag)) return `X-Relay-Tag takes 1 to ${MAX_TAG_CHARACTERS} printable ASCII characters`;
  if (tags.includes(tag)) return undefined;
  if (tags.length === MAX_TAGS) return `X-Relay-Tag may be given at most ${MAX_TAGS} times`;
  tags.push(tag);
  return undefined;
}

/** `name` or `name@version`; `undefined` otherwise. */
export function parseTemplateReference(text: string): TemplateReference | undefined {
  const match = TEMPLATE.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { name: match[1], version: match[2] === undefined ? undefined : Number(match[2]) };
}

/** A JSON object, possibly in encoded words, which long values need for folding. */
function parseVariables(text: string): TemplateVariables | undefined {
  if (text.length > MAX_VARIABLES_CHARACTERS) return undefined;
  try {
    const json = decodeAllEncodedWords(text);
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (prototypeKey(json, value) !== undefined) return undefined;
    return value as TemplateVariables;
  } catch {
    return undefined;
  }
}

function addMetadata({ metadata }: Read, field: string): string | undefined {
  const pair = decodeEncodedWords(field);
  const equals = pair.indexOf('=');
  const key = pair.slice(0, Math.max(equals, 0)).trim();
  const value = pair.slice(equals + 1).trim();
  const refused = (why: string) => `X-Relay-Metadata ${why}`;
  if (!METADATA_KEY.test(key))
    return refused('takes key=value, the key of 1 to 64 letters, digits, dots, hyphens or underscores');
  if (value.length > MAX_METADATA_VALUE_CHARACTERS || CONTROL_CHARACTER.test(value))
    return refused(
      `takes a value of at most ${MAX_METADATA_VALUE_CHARACTERS} characters without control characters`,
    );
  if (Object.hasOwn(metadata, key)) return refused(`may be given once for each key (${key} came twice)`);
  if (Object.keys(metadata).length === MAX_METADATA_KEYS)
    return refused(`may be given at most ${MAX_METADATA_KEYS} times`);
  metadata[key] = value;
  return undefined;
}

function unknown(control: string): string {
  const later = LATER.get(control);
  if (later !== undefined) return `${later} is not available in this version: remove it`;
  // The name comes from the client: printable ASCII of unbounded length.
  return `X-Relay-${control.slice(0, 40)} is unknown: accepted are ${ACCEPTED}`;
}

function problem(text: string): ControlProblem {
  return { problem: text };
}
