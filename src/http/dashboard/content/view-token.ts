/**
 * One view of a message has several parts: the preview, the document of its frame, attachments, the source. The first is noted in the
 * audit log and answers with a token, with which the others are asked for. Sealed, so that any node knows it: it is good for
 * this message, account and person, for an hour.
 */
import type { Clock } from '../../../platform/clock.ts';
import type { SecretBox } from '../../../platform/secret-box.ts';
import { HOUR_MS } from '../../../platform/time-units.ts';
import { forbidden } from '../../api-error.ts';

/** Whose view of what it is. */
export interface ViewOf {
  readonly messageId: string;
  readonly accountId: string;
  /** `usr_` id. */
  readonly personId: string;
}

export interface ViewTokenContext {
  readonly box: Pick<SecretBox, 'sealSame' | 'openSame'>;
  readonly clock: Clock;
}

const VIEW_MS = HOUR_MS;
const TIME_BYTES = 6;
export const MAX_VIEW_TOKEN_CHARACTERS = 100;

export function makeViewToken(of: ViewOf, { box, clock }: ViewTokenContext): string {
  const until = Buffer.alloc(TIME_BYTES);
  until.writeUIntBE(clock.now() + VIEW_MS, 0, TIME_BYTES);
  return Buffer.from(box.sealSame(until, contextOf(of))).toString('base64url');
}

/** Throws ApiError 403 where the token is of another view, or too old. */
export function checkViewToken(token: string, of: ViewOf, { box, clock }: ViewTokenContext): void {
  const until = box.openSame(Buffer.from(token, 'base64url'), contextOf(of));
  if (until?.length === TIME_BYTES && Buffer.from(until).readUIntBE(0, TIME_BYTES) > clock.now()) return;
  throw forbidden('view-ended', 'this view of the message has ended: open its content again');
}

function contextOf({ messageId, accountId, personId }: ViewOf): string {
  return `view:${messageId}:${accountId}:${personId}`;
}
