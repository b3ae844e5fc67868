/**
 * The value of X-Relay-Report-Token, which every message carries in its signed header: `r1-<message>-<check>`. Who sends
 * a message back, as feedback reports do, shows by it that it is one of ours and which. It is one for each message, not
 * each recipient: the message is stored and signed once however many there are. So every recipient knows it, and it
 * counts only together with a source that is known (inbound/feedback-source.ts). Pure.
 *
 * `check`: 80 bits of a keyed hash over the random half of the id, which no other message has.
 */
import { base32, ID_BODY_LENGTH, ID_RANDOM_LENGTH } from '../platform/ids.ts';
import { isOneOf, type AcceptedHashes, type MakeHash } from '../platform/keyed-hash.ts';

export const REPORT_TOKEN_FIELD = 'X-Relay-Report-Token';

const PREFIX = 'msg_';
const CHECK_BYTES = 10;
const FORM = new RegExp(`^r1-([0-9a-z]{${ID_BODY_LENGTH}})-([0-9a-z]{16})$`);

/** `messageId`: a `msg_` id. 46 octets of lower case. */
export function makeReportToken(messageId: string, hash: MakeHash): string {
  return formatReportToken(messageId, checkOfReportToken(messageId, hash));
}

/** `check`: of {@link checkOfReportToken}. */
export function formatReportToken(messageId: string, check: string): string {
  return `r1-${messageId.slice(PREFIX.length)}-${check}`;
}

/** The id of its message; `undefined`: it was not made here, under any accepted key. */
export function readReportToken(value: string, hashes: AcceptedHashes): string | undefined {
  const [, body, check] = FORM.exec(value.trim().toLowerCase()) ?? [];
  if (body === undefined || check === undefined) return undefined;
  const messageId = PREFIX + body;
  const expected = hashes(checked(messageId)).map((hash) => Buffer.from(checkOf(hash)));
  return isOneOf(Buffer.from(check), expected) ? messageId : undefined;
}

/** 16 characters. `messageId`: at least its random part. */
export function checkOfReportToken(messageId: string, hash: MakeHash): string {
  return checkOf(hash(checked(messageId)));
}

function checked(messageId: string): string {
  return `report-token 1 ${messageId.slice(-ID_RANDOM_LENGTH)}`;
}

function checkOf(hash: Uint8Array): string {
  return base32(hash.subarray(0, CHECK_BYTES));
}
