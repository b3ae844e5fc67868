/** Refusals of acceptance as HTTP responses: the text of the SMTP reply, and the status for who has to act. */
import type { Refusal } from '../intake/submitted-message.ts';
import { CREDENTIAL_GONE } from '../intake/login-replies.ts';
import { ApiError } from './api-error.ts';
import { keyNotGood } from './authenticate.ts';

/** When the duration is unknown: enough to free a disk, short enough for a restart. */
const FAILURE_RETRY_SECONDS = 5;
const DISK_FULL_RETRY_SECONDS = 60;
const SIZE_EXCEEDED = 552;
const INSUFFICIENT_STORAGE = 452;

export function refusalError({ because, reply, retryAfterSeconds, field }: Refusal): ApiError {
  const { text } = reply;
  switch (because) {
    case 'credential':
      return reply.code === CREDENTIAL_GONE.code ? keyNotGood() : new ApiError(403, 'key-not-allowed', text);
    case 'author':
      return new ApiError(403, 'sender-not-allowed', text, { field: 'from' });
    case 'recipient':
      return new ApiError(422, 'recipient-refused', text, { field: field ?? 'to' });
    case 'stream':
      return new ApiError(422, 'unknown-stream', text.replace(/^X-Relay-Stream: /, ''), { field: 'stream' });
    case 'template':
      return new ApiError(422, 'template-refused', text, { field: field ?? 'template' });
    case 'content':
      return reply.code === SIZE_EXCEEDED
        ? new ApiError(413, 'too-large', text)
        : new ApiError(422, 'content-refused', text);
    case 'limit':
      return new ApiError(429, 'rate-limited', text, { retryAfterSeconds });
    case 'failure': {
      const seconds = reply.code === INSUFFICIENT_STORAGE ? DISK_FULL_RETRY_SECONDS : FAILURE_RETRY_SECONDS;
      return new ApiError(503, 'unavailable', `${text}; nothing was sent`, { retryAfterSeconds: seconds });
    }
  }
}
