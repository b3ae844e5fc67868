/** Which commands are the ones of every message, written as nearly everybody writes them. RFC 5321 §4.1.1. */

/** In their usual spelling; others take the library's path. */
const QUICK_VERBS = ['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT'] as const;
export type QuickVerb = (typeof QUICK_VERBS)[number];

const BY_NAME = new Map<string, QuickVerb>(QUICK_VERBS.map((verb) => [verb, verb]));
const SPACE = 0x20;

/** `undefined`: another command, or another spelling. */
export function quickVerb(command: Buffer): QuickVerb | undefined {
  if (command.length > 4 && command[4] !== SPACE) return undefined;
  return BY_NAME.get(command.toString('latin1', 0, 4).toUpperCase());
}

/** Those that a client may send before it has said who it is (RFC 5321 §4.1.4). */
export function needsHello(verb: QuickVerb): boolean {
  return verb !== 'EHLO' && verb !== 'QUIT';
}
