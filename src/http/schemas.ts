/** Parts of schemas that several routes have in common, and the answers that all of them may give. */
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

/** Of a suppression's address: the most that the key of an address can have (smtp/address-keys.ts). */
export const MAX_SUPPRESSED_CHARS = 3_072;

/** RFC 3339, UTC, milliseconds. */
export const Timestamp = z.string().meta({ format: 'date-time' });
export const MaybeTimestamp = Timestamp.nullable();

export const ErrorAnswer = z
  .object({
    error: z.object({
      code: z.string().describe('Stable, for programs'),
      message: z.string().describe('For people: what was wrong, and what is accepted'),
      field: z.string().optional().describe('The field that is wrong, such as `to[2]` or `query.limit`'),
      errors: z
        .array(z.object({ field: z.string(), message: z.string() }))
        .optional()
        .describe('All that is wrong, where that is known'),
    }),
  })
  .meta({ id: 'Error' });

/** How many items a page has. */
export function limitOf(most: number, usual: number) {
  return z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .describe(`How many at most (default ${usual}, at most ${most})`);
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
      .describe('Give it as `after` to read on; null: that was all. A page may be empty and not be the last'),
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

/** A mailbox as recipients are kept: its domain in one form, its local part as it was given. */
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

/** A mailbox that a credential may send as, in the form in which it is compared. */
export const SenderKey = z
  .string()
  .max(320)
  .transform((text, context) => {
    const mailbox = parseMailbox(text.trim());
    if (isMailbox(mailbox)) return authorizationKey(mailbox);
    context.addIssue({ code: 'custom', message: notAnAddress(mailbox) });
    return z.NEVER;
  });

/** A mailbox, in the form that suppressions are kept in; that form may be longer than an address. */
export const SuppressedAddress = z
  .string()
  .max(MAX_SUPPRESSED_CHARS)
  .transform((text, context) => {
    const key = readSuppressionKey(text.trim());
    if (typeof key === 'string') return key;
    context.addIssue({ code: 'custom', message: notAnAddress(key) });
    return z.NEVER;
  });

/** A point in time that is to come, in milliseconds since the epoch. */
export function futureTime(nowMs: () => number) {
  return z.iso
    .datetime({ offset: true, error: 'accepted: a time such as 2027-01-31T00:00:00Z' })
    .transform((text, context) => {
      const atMs = Date.parse(text);
      if (atMs > nowMs()) return atMs;
      context.addIssue({ code: 'custom', message: 'accepted: a time that lies ahead' });
      return z.NEVER;
    });
}

/** An event's id, which is a place in the log as well; gives its sequence. */
export const EventId = z
  .string()
  .max(32)
  .transform((text, context) => {
    const sequence = parseEventId(text);
    if (sequence !== undefined) return sequence;
    context.addIssue({ code: 'custom', message: 'accepted: the id of an event, such as evt_00000000000042' });
    return z.NEVER;
  });
