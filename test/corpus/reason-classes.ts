/**
 * How the corpus's reasons map to the classes of this product: any of those listed counts as right. The table of the
 * corpus's own README, which a test compares it with.
 */
import type { BounceClass } from '../../src/policy/bounce-classes.ts';

export const REASON_CLASSES: Readonly<Record<string, readonly BounceClass[] | 'any'>> = {
  userunknown: ['unknown-user'],
  hasmoved: ['moved', 'unknown-user'],
  filtered: ['unknown-user', 'inactive-mailbox', 'policy'],
  suspend: ['inactive-mailbox'],
  mailboxfull: ['mailbox-full'],
  hostunknown: ['unknown-host'],
  notaccept: ['unknown-host', 'policy', 'system'],
  networkerror: ['network'],
  expired: ['expired', 'network'],
  blocked: ['reputation', 'policy'],
  badreputation: ['reputation'],
  requireptr: ['reputation', 'authentication', 'policy'],
  authfailure: ['authentication'],
  rejected: ['policy', 'reputation'],
  policyviolation: ['policy'],
  securityerror: ['policy', 'authentication', 'system'],
  spamdetected: ['content', 'policy'],
  contenterror: ['content', 'protocol'],
  notcompliantrfc: ['protocol', 'content', 'policy'],
  syntaxerror: ['protocol'],
  virusdetected: ['virus'],
  mesgtoobig: ['too-big'],
  exceedlimit: ['too-big', 'rate-limited', 'policy'],
  norelaying: ['relaying-denied'],
  systemerror: ['system'],
  systemfull: ['system'],
  mailererror: ['system'],
  toomanyconn: ['rate-limited'],
  speeding: ['rate-limited'],
  feedback: ['complaint'],
  vacation: ['auto-reply'],
  delivered: ['delivered'],
  onhold: 'any',
  undefined: 'any',
};
