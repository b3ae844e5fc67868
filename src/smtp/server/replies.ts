/**
 * The fixed replies of all ports, with their enhanced status codes (RFC 3463, RFC 5248). Replies that contain an
 * address, a domain or a number are made where they are needed.
 *
 * 5yz is for what the client or its operator must change. Every failure of ours is 4yz.
 */
import type { Reply } from '../reply.ts';

export function reply(code: number, status: string, text: string): Reply {
  return { code, status, text };
}

export const AUTH_NOT_OFFERED = reply(502, '5.5.1', 'AUTH is not offered on this port');
/** RFC 4954 §6: 538 was its first code for this; clients show the text. */
export const AUTH_NEEDS_TLS = reply(538, '5.7.11', 'Encryption required for AUTH: issue STARTTLS first');
export const ALREADY_AUTHENTICATED = reply(503, '5.5.1', 'Already authenticated');
export const AUTH_SYNTAX = reply(501, '5.5.4', 'Syntax: AUTH mechanism [initial-response]');
export const AUTH_MECHANISM = reply(504, '5.5.4', 'Mechanisms offered: PLAIN and LOGIN');
export const AUTH_MECHANISM_WITH_EXTERNAL = reply(
  504,
  '5.5.4',
  'Mechanisms offered: PLAIN, LOGIN and EXTERNAL',
);
/** RFC 4954 §4: malformed base64 or a malformed response is not a failed login. */
export const AUTH_MALFORMED = reply(501, '5.5.2', 'The response is not valid base64 or lacks a user name');
export const AUTH_MALFORMED_IDENTITY = reply(501, '5.5.2', 'The authorization identity is not valid base64');
export const AUTH_ABORTED = reply(501, '5.5.4', 'Authentication aborted');
export const AUTH_IN_TRANSACTION = reply(503, '5.5.1', 'AUTH is not permitted during a mail transaction');

export const SENDER_OK = reply(250, '2.1.0', 'Sender OK');
export const RECIPIENT_OK = reply(250, '2.1.5', 'Recipient OK');
export const NO_POSTMASTER = reply(
  550,
  '5.1.1',
  '<postmaster>: nobody takes mail to the postmaster of this host; fix: set inbound.postmaster',
);
export const NESTED_MAIL = reply(503, '5.5.1', 'A mail transaction is in progress: end it with DATA or RSET');
export const NEED_MAIL = reply(503, '5.5.1', 'MAIL is needed first');
export const NEED_RECIPIENT = reply(554, '5.5.1', 'No valid recipients');

export const INTERNAL_ERROR = reply(451, '4.3.0', 'Internal error, try again later');
export const STORE_UNAVAILABLE = reply(451, '4.3.0', 'The message cannot be stored now, try again later');
export const DISK_FULL = reply(452, '4.3.1', 'Insufficient system storage, try again later');
export const SHUTTING_DOWN = reply(421, '4.3.2', 'Shutting down, try again later');
export const TOO_MANY_CONNECTIONS = reply(421, '4.7.0', 'Too many connections, try again later');
export const TOO_MANY_COMMANDS = reply(421, '4.7.0', 'Too many commands without a message');
export const TALKED_TOO_SOON = reply(421, '4.7.0', 'You talked before the greeting');
export const IDLE_FOR_TOO_LONG = reply(421, '4.4.2', 'Idle for too long');

export const NUL_IN_MESSAGE = reply(554, '5.6.0', 'The message contains a NUL octet (RFC 5322 section 2.3)');
export const LINE_TOO_LONG = reply(554, '5.6.0', 'The message contains a line longer than 64 KiB');
export const HEADER_TOO_BIG = reply(554, '5.6.0', 'The header section is larger than 256 KiB');
export const STREAMED_ON = reply(421, '4.7.0', 'Far more octets than the SIZE limit allows, closing');

/** After the commit. Postfix's wording: clients (PHPMailer) and log readers look for the id after `queued as`. */
export function queued(messageId: string): Reply {
  return reply(250, '2.0.0', `Ok: queued as ${messageId}`);
}

/** 552 for MAIL SIZE= and for received content. */
export function tooBig(maxMessageBytes: number): Reply {
  return reply(552, '5.3.4', `The message is larger than the limit of ${maxMessageBytes} octets`);
}
