/** Replies when a message could not be made or stored: never 5yz, because the failure is ours. */
import type { Log } from '../platform/log.ts';
import type { Reply } from '../smtp/reply.ts';
import { StoreError } from '../store/errors.ts';
import { TemplateEngineError } from '../template/template-engine.ts';
import {
  DISK_FULL,
  INTERNAL_ERROR,
  reply,
  SHUTTING_DOWN,
  STORE_UNAVAILABLE,
} from '../smtp/server/replies.ts';

/** The reply to a failure of the store, of the template engine or of our code, with its log line. */
export function replyToFailure(error: unknown, messageId: string, log: Log): Reply {
  // The engine has logged it.
  if (error instanceof TemplateEngineError)
    return reply(451, error.code === 'held' ? '4.7.1' : '4.3.2', `${error.message}, try again later`);
  if (!(error instanceof StoreError)) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error('internal error', { message: messageId, reason });
    return INTERNAL_ERROR;
  }
  log.warn('message not stored', { message: messageId, code: error.code, reason: error.message });
  if (error.code === 'disk-full') return DISK_FULL;
  return error.code === 'closed' ? SHUTTING_DOWN : STORE_UNAVAILABLE;
}
