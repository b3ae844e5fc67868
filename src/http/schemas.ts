/** Schema parts shared by several routes, and the responses that all of them may give. */
import { z } from 'zod';
import { parseEventId } from '../store/public-ids.ts';
import { authorizationKey, readSuppressionKey } from '../smtp/address-keys.ts';
import {
  formatMailbox,
  isMailbox,
  normalizeDomain,
  parseMailbox,
  type AddressProblem,
} from '../smtp/address.ts';

/** The longest suppression key (smtp/address-keys.ts). */
export const MAX_SUPPRESSED_CHARS = 3_072;

/** RFC 3339, UTC, milliseconds. */
export const Timestamp = z.string().meta({ format: 'date-time' });
export const MaybeTimestamp = Timestamp.nullable();

export const ErrorAnswer = z
  .object({
    error: z.object({
      code: z.string().describe('Stable, for programs'),
      message: z.string().describe('For people: the error, and what is accepted'),
      field: z.string().optional().describe('The field at fault, such as `to[2]` or `query.limit`'),
      errors: z
        .array(z.object({ field: z.string(), message: z.string() }))
        .optional()
        .describe('All errors of the request'),
    }),
  })
  .meta({ id: 'Error' });

/** Page size. */
export function limitOf(most: number, usual: number) {
  return z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .describe(`Page size (default ${usual}, at most ${most})`);
}

/** A list in an answer. */
export function listOf<T extends z.ZodType>(item: T): z.ZodType<readonly z.output<T>[]> {
  return z.array(item);
}

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: listOf(item),
    next: z
      .string()
      .nullable()
      .describe(
        'Pass it as `after` for the next page; null: last page. A page may be empty without being the last',
      ),
  });
}

/** A domain name, in lower-cased A-label form. */
export const DomainName = z
  .string()
  .max(255)
  .transform((text, context) => {
    const name = text.startsWith('[') ? undefined : normalizeDomain(text.trim());
    if (name !== undefined) return name;
    context.addIssue({ code: 'custom', message: 'accepted: a domain name such as example.com' });
    return z.NEVER;
  });

/** A recipient in stored form: domain normalized, local part as given. */
export const Recipient = z
  .string()
  .max(320)
  .transform((text, context) => {
    const mailbox = parseMailbox(text.trim());
    if (isMailbox(mailbox)) return formatMailbox(mailbox);
    context.addIssue({ code: 'custom', message: notAnAddress(mailbox) });
    return z.NEVER;
  });

function notAnAddress({ problem }: AddressProblem): string {
  return `accepted: an address such as a@example.com (${problem})`;
}

/** An address that a credential may send as, in the form used for comparison. */
export const SenderKey = z
  .string()
  .max(320)
  .transform((text, context) => {
    const mailbox = parseMailbox(text.trim());
    if (isMailbox(mailbox)) return authorizationKey(mailbox);
    context.addIssue({ code: 'custom', message: notAnAddress(mailbox) });
    return z.NEVER;
  });

/** A suppression key; may be longer than an address. */
export const SuppressedAddress = z
  .string()
  .max(MAX_SUPPRESSED_CHARS)
  .transform((text, context) => {
    const key = readSuppressionKey(text.trim());
    if (typeof key === 'string') return key;
    context.addIssue({ code: 'custom', message: notAnAddress(key) });
    return z.NEVER;
  });

/** A point in time, in milliseconds since the epoch. */
export const PointInTime = z.iso
  .datetime({ offset: true, error: 'accepted: a time such as 2027-01-31T00:00:00Z' })
  .transform((text) => Date.parse(text));

/** An event id, which is also a cursor; parsed to its sequence. */
export const EventId = z
  .string()
  .max(32)
  .transform((text, context) => {
    const sequence = parseEventId(text);
    if (sequence !== undefined) return sequence;
    context.addIssue({ code: 'custom', message: 'accepted: the id of an event, such as evt_00000000000042' });
    return z.NEVER;
  });
