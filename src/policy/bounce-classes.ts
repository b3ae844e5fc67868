/**
 * The classes that every reply and report is sorted into, each with what it means and what to do about it, written
 * for an operator who is woken by it. Status codes and rules may bring more exact words (status-codes.ts,
 * config/bounce-rules.toml); these are the ones that always hold.
 */

export const BOUNCE_CLASSES = [
  'unknown-user',
  'inactive-mailbox',
  'moved',
  'mailbox-full',
  'unknown-host',
  'network',
  'expired',
  'rate-limited',
  'policy',
  'reputation',
  'authentication',
  'content',
  'virus',
  'too-big',
  'relaying-denied',
  'system',
  'protocol',
  'complaint',
  'auto-reply',
  'delivered',
  'undefined',
] as const;
export type BounceClass = (typeof BOUNCE_CLASSES)[number];

export function isBounceClass(text: string): text is BounceClass {
  return (BOUNCE_CLASSES as readonly string[]).includes(text);
}

/** Classes in which a permanent failure means that the address itself is bad. */
const ADDRESS_CLASSES: readonly BounceClass[] = ['unknown-user', 'moved', 'unknown-host'];

export function isAddressClass(bounceClass: BounceClass): boolean {
  return ADDRESS_CLASSES.includes(bounceClass);
}

export interface Explanation {
  /** One or two plain sentences: what happened. */
  readonly meaning: string;
  /** One or two plain sentences: what to do. */
  readonly action: string;
}

export const CLASS_EXPLANATIONS: Readonly<Record<BounceClass, Explanation>> = {
  'unknown-user': {
    meaning: 'The receiving server says that this mailbox does not exist.',
    action:
      'Check the address for typing errors and remove it from the list. If the person says that it exists, the receiving side has to look.',
  },
  'inactive-mailbox': {
    meaning: 'The mailbox exists but takes no mail: it is disabled, suspended or unused for a long time.',
    action: 'Stop mailing this address until its owner confirms it in another way.',
  },
  moved: {
    meaning: 'The mailbox has moved, or the address now belongs to somebody else.',
    action: 'Ask the recipient for the new address and remove the old one.',
  },
  'mailbox-full': {
    meaning: 'The mailbox is full or over its quota.',
    action:
      'Nothing to repair on this side. Temporary refusals are retried; if it lasts for weeks, treat the address as abandoned.',
  },
  'unknown-host': {
    meaning: 'The domain of the address does not exist in DNS or takes no mail.',
    action:
      'Check the part after the @ for typing errors. If it is right, its owner has to publish an MX record.',
  },
  network: {
    meaning: 'The receiving server could not be reached, or the connection broke.',
    action:
      'It is retried by itself. If every destination fails, check this machine: outbound port 25, DNS and firewall.',
  },
  expired: {
    meaning: 'The message could not be delivered within its lifetime, so no further attempt is made.',
    action:
      'Look at the last reply in the trace (relayctl message trace ID) and send again once its cause is gone.',
  },
  'rate-limited': {
    meaning: 'The receiving server takes no more mail from here, or for this mailbox, at the moment.',
    action:
      'It is retried by itself, more slowly. If it persists, send less per hour to this provider and raise the volume step by step.',
  },
  policy: {
    meaning: 'The receiving server refuses this message by a rule of its own.',
    action:
      'Read the reply, which usually names the rule or a page about it; ask the receiving postmaster if it does not.',
  },
  reputation: {
    meaning: 'The receiving server refuses mail because of the reputation of the sending address or domain.',
    action:
      'Look the address of this server up in the blocklists, stop mailing people who did not ask for it, and use the delisting page that the reply names.',
  },
  authentication: {
    meaning: 'The message did not pass the SPF, DKIM, DMARC or reverse-DNS checks of the receiving server.',
    action:
      'Run relayctl domain verify for the From domain, publish what is missing or different, and check the PTR of this server.',
  },
  content: {
    meaning:
      'The receiving server refuses what is in the message: it looks like spam, or has a form that it does not take.',
    action:
      'Look at subject, links and attachments, and send a simpler version to the same address to find the cause.',
  },
  virus: {
    meaning: 'A scanner at the receiving side found what it takes for a virus or phishing.',
    action:
      'Do not send it again. Check the attachment and the machine that it came from before anything else.',
  },
  'too-big': {
    meaning: 'The message is larger than the receiving server or the mailbox allows.',
    action: 'Send a smaller message: a link instead of an attachment, or smaller files.',
  },
  'relaying-denied': {
    meaning: 'The server that was asked is not responsible for this domain and refuses to pass mail on.',
    action:
      "Usually the recipient domain's MX record points to the wrong server: its owner has to correct it.",
  },
  system: {
    meaning: 'The receiving server has a problem of its own: disk, configuration or overload.',
    action: 'It is retried by itself. If it lasts for days, tell the receiving postmaster by another way.',
  },
  protocol: {
    meaning:
      'The receiving server did not accept the form of what was said: a command, an address or a header.',
    action:
      'Read the reply in the trace. If several destinations complain about the same message, its form is at fault.',
  },
  complaint: {
    meaning: 'The recipient marked a message as spam.',
    action:
      'The address is not mailed any more. Check how it came to be on the list, and make it easy to unsubscribe.',
  },
  'auto-reply': {
    meaning: 'An automatic answer, such as an absence notice. The message was delivered.',
    action: 'Nothing to do.',
  },
  delivered: {
    meaning: 'The receiving server took the message.',
    action: 'Nothing to do.',
  },
  undefined: {
    meaning: 'The receiving server refused without a reason that is known here.',
    action: 'Read the reply in the trace. A rule for it can be added to the bounce rules.',
  },
};
