/**
 * What the author of a message can do about a failure, for DSNs. The explanations of classes, codes and rules
 * speak to the operator of the relay; an author has no access to it, and is told only what an author can do.
 */
import type { FailureClass } from './local-failures.ts';

const LATER = 'Send it again later, or reach the recipient in another way.';
const OPERATOR =
  'You cannot mend this yourself: give this notice to the operator of the mail server that wrote it.';
const OURS =
  'The trouble is at the mail server that wrote this notice, not at the recipient: give this notice to its operator.';

const AUTHOR_ACTIONS: Readonly<Record<FailureClass, string>> = {
  'unknown-user':
    'Check the address for typing errors. If the person says that it exists, the receiving side has to look.',
  'inactive-mailbox': 'Reach the recipient in another way.',
  moved: 'Ask the recipient for the new address.',
  'mailbox-full': LATER,
  'unknown-host':
    'Check the part after the @ for typing errors. If it is right, its owner has to publish an MX record.',
  network: LATER,
  expired: LATER,
  'rate-limited': LATER,
  policy: 'Read the reply, which usually names the rule; the receiving postmaster can say more.',
  reputation: OPERATOR,
  authentication: OPERATOR,
  content: 'Look at subject, links and attachments, and send a simpler version.',
  virus: 'Do not send it again. Check the attachment and the machine that it came from before anything else.',
  'too-big': 'Send a smaller message: a link instead of an attachment, or smaller files.',
  'relaying-denied':
    "Check the address. If it is right, the recipient's domain points to the wrong server: its owner has to correct it.",
  system: LATER,
  protocol: OPERATOR,
  complaint: 'The address is not mailed any more.',
  'auto-reply': 'Nothing to do.',
  delivered: 'Nothing to do.',
  undefined: 'Read the reply. If it says nothing to you, the receiving postmaster can say more.',
  'local-key': OURS,
  'local-domain': OURS,
  'local-relay': OURS,
  'local-relay-login': OURS,
  'local-limit': OURS,
  'local-store': OURS,
  'local-dns': OURS,
  'local-source': OURS,
  'local-fault': OURS,
};

/** `last`: why the last attempt of an expired message failed. */
export function authorAction(failureClass: FailureClass, last?: FailureClass): string {
  return AUTHOR_ACTIONS[failureClass === 'expired' ? (last ?? 'expired') : failureClass];
}

/** Of a delivery that is only late. */
export const NOTHING_TO_DO_YET = 'Nothing: it is tried again by itself.';
