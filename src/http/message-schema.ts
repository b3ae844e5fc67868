/**
 * The schema of a message in `/v1/send` and in `/v1/batch`. Programs send null or an empty list for absent values:
 * every optional field may be null.
 */
import { z } from 'zod';
import { MAX_CUSTOM_FIELDS } from '../compose/custom-field.ts';
import {
  MAX_METADATA_KEYS,
  MAX_METADATA_VALUE_CHARACTERS,
  MAX_TAGS,
  METADATA_KEY,
  SEND_AT_ACCEPTED,
  STREAM,
  TAG,
  TEMPLATE_ACCEPTED,
} from '../message/control-headers.ts';

const ADDRESS = 'such as "ada@example.org" or "Ada Lovelace <ada@example.org>"';
/** `submission.max_recipients` refuses more, and names itself. */
const MAX_ADDRESSES = 10_000;
const MAX_REPLY_TO = 100;
const MAX_ATTACHMENTS = 100;
const MAX_SUBJECT_CHARACTERS = 2_000;

export const NEEDS_RECIPIENT = 'is required: a message needs at least one recipient in to, cc or bcc';
export const NEEDS_CONTENT = 'is required: a message needs text, html, a template or an attachment';

const Addresses = z.union([z.string(), z.array(z.string()).max(MAX_ADDRESSES)]);
const ReplyTo = z.union([z.string(), z.array(z.string()).max(MAX_REPLY_TO)]);

const AttachmentPart = z
  .strictObject({
    filename: z
      .string()
      .min(1)
      .max(255)
      .regex(/^\P{Cc}+$/u, 'accepted: a name without control characters'),
    content: z.string().describe('The octets in base64'),
    content_type: z
      .string()
      .max(255)
      .regex(
        /^(?!multipart\/)[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:; ?[A-Za-z0-9-]+=(?:[A-Za-z0-9._+-]+|"[A-Za-z0-9 ._+-]+"))*$/i,
        'accepted: a media type such as application/pdf (not multipart)',
      )
      .nullish()
      .describe('Default: by the file name'),
    content_id: z
      .string()
      .regex(/^[!-;=?-~]{1,200}$/, 'accepted: 1 to 200 printable ASCII characters without < and >')
      .nullish()
      .describe('Shown within the HTML, which names it as `cid:...`'),
  })
  .meta({ id: 'Attachment' });

const messageFields = {
  from: z.string().describe(`The author: ${ADDRESS}. Its domain must be verified for the account`),
  to: Addresses.nullish().describe(`A string or a list: ${ADDRESS}`),
  cc: Addresses.nullish(),
  bcc: Addresses.nullish().describe('Blind copies: not shown to other recipients'),
  reply_to: ReplyTo.nullish(),
  subject: z
    .string()
    .max(MAX_SUBJECT_CHARACTERS)
    .regex(/^\P{Cc}*$/u, 'accepted: one line without control characters')
    .nullish(),
  text: z.string().nullish(),
  html: z.string().nullish(),
  headers: z
    .record(z.string(), z.union([z.string(), z.array(z.string()).min(1).max(MAX_CUSTOM_FIELDS)]))
    .nullish()
    .describe('Header fields to add, such as {"X-Campaign": "spring"}; a list repeats the field'),
  attachments: z.array(AttachmentPart).max(MAX_ATTACHMENTS).nullish(),
  tags: z
    .array(z.string().regex(TAG, 'accepted: 1 to 64 printable ASCII characters'))
    .max(MAX_TAGS)
    .nullish(),
  metadata: z
    .record(
      z.string().regex(METADATA_KEY, 'accepted: keys of 1 to 64 letters, digits, ".", "_" and "-"'),
      z
        .string()
        .max(MAX_METADATA_VALUE_CHARACTERS)
        .regex(/^\P{Cc}*$/u, 'accepted: text without control characters'),
    )
    .refine(
      (pairs) => Object.keys(pairs).length <= MAX_METADATA_KEYS,
      `accepted: at most ${MAX_METADATA_KEYS} keys`,
    )
    .nullish(),
  stream: z.string().regex(STREAM, 'accepted: the name of a stream').nullish(),
  template: z.string().nullish().describe(`Replaces text and html: ${TEMPLATE_ACCEPTED}`),
  variables: z.record(z.string(), z.unknown()).nullish().describe('Variables of the template'),
  send_at: z
    .string()
    .nullish()
    .describe(`Earliest time of delivery: ${SEND_AT_ACCEPTED}. A time in the past means now`),
  expires_in: z
    .union([z.string(), z.int()])
    .nullish()
    .describe(
      'Time to live: a duration such as "10m", or seconds; 1 minute to 30 days, counted from send_at',
    ),
  track: z
    .unknown()
    .refine((given) => given === null, 'is not available in this version: leave it out')
    .optional(),
};

/**
 * read-message.ts checks required combinations, but does not run while a field is malformed: checked here too then,
 * so that all problems are reported at once.
 */
const whenWrong = ({ value, issues }: z.core.ParsePayload) =>
  issues.length > 0 && typeof value === 'object' && value !== null && !Array.isArray(value);
const hasOneOf =
  (...names: readonly string[]) =>
  (message: object) => {
    const given = message as Readonly<Record<string, unknown>>;
    return names.some((name) => {
      const value = given[name];
      return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
    });
  };

export const MessageRequest = z
  .strictObject(messageFields)
  .refine(hasOneOf('to', 'cc', 'bcc'), { path: ['to'], message: NEEDS_RECIPIENT, when: whenWrong })
  .refine(hasOneOf('text', 'html', 'template', 'attachments'), {
    path: ['text'],
    message: NEEDS_CONTENT,
    when: whenWrong,
  })
  .meta({ id: 'MessageToSend' })
  .describe('Optional fields may be null; an empty list of addresses counts as absent');
export type MessageRequest = z.infer<typeof MessageRequest>;
