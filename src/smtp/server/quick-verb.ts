/** Which commands are the ones of every message, written as nearly everybody writes them. RFC 5321 §4.1.1. */

/** Verbs of a transaction in their usual spelling; others take the library's path. */
const QUICK_VERBS = ['MAIL', 'RCPT', 'DATA'] as const;
export type QuickVerb = (typeof QUICK_VERBS)[number];

/** `undefined`: another command, or another spelling. */
export function quickVerb(command: Buffer): QuickVerb | undefined {
  const word = command.toString('latin1', 0, 5).toUpperCase();
  return QUICK_VERBS.find((verb) => word === verb || (word.startsWith(verb) && word[4] === ' '));
}
