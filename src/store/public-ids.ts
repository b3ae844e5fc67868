/**
 * Public ids that are derived and not stored: a delivery is its message and a number, an event is its sequence. Both are
 * stable and sort in the order of creation.
 */

const MESSAGE_PREFIX = 'msg_';
const DELIVERY_PREFIX = 'dlv_';
const SEQUENCE_DIGITS = 14;

/** `dlv_<body of the message's id>-<number>`; `number` counts a message's recipients from 1. */
export function deliveryIdOf(messageId: string, number: number): string {
  return `${DELIVERY_PREFIX}${messageId.slice(messageId.indexOf('_') + 1)}-${number}`;
}

/** The message and recipient number that a `dlv_` id names; `undefined` when `id` is not one. */
export function parseDeliveryId(id: string): { messageId: string; number: number } | undefined {
  const match = /^dlv_([0-9a-z]+)-([1-9]\d{0,8})$/.exec(id);
  if (match?.[1] === undefined) return undefined;
  return { messageId: MESSAGE_PREFIX + match[1], number: Number(match[2]) };
}

/** `evt_` and the sequence, padded so that the text sorts like the number. */
export function eventIdOf(sequence: number): string {
  return `evt_${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

/** The same for an event of the server, `sev_`. */
export function serverEventIdOf(sequence: number): string {
  return `sev_${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

/** The same for a line of the audit log, `aud_`, from its id. */
export function auditIdOf(id: number): string {
  return `aud_${String(id).padStart(SEQUENCE_DIGITS, '0')}`;
}

/** The id of an `aud_` id; `undefined` when `text` is not one. */
export function parseAuditId(text: string): number | undefined {
  const match = /^aud_(\d{1,15})$/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** The sequence of a `sev_` id; `undefined` when `id` is not one. */
export function parseServerEventId(id: string): number | undefined {
  const match = /^sev_(\d{1,15})$/.exec(id);
  return match === null ? undefined : Number(match[1]);
}

/** The sequence of an `evt_` id; `undefined` when `id` is not one. */
export function parseEventId(id: string): number | undefined {
  const match = /^evt_(\d{1,15})$/.exec(id);
  return match === null ? undefined : Number(match[1]);
}
