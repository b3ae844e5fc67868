/**
 * What enhanced status codes mean: RFC 3463 and the IANA registry "SMTP Enhanced Status Codes", as classes. A code is
 * `definite` when servers use it for what it says; the others are used for so much that the text decides first.
 * Also the basic reply codes of RFC 5321 §4.2.3 for servers that send no enhanced one.
 */
import type { AttemptStage } from './attempt-stage.ts';
import type { BounceClass, Explanation } from './bounce-classes.ts';

export interface CodeMeaning extends Partial<Explanation> {
  readonly class: BounceClass;
  /** False: a rule that matches the text knows better. */
  readonly definite: boolean;
}

function definite(bounceClass: BounceClass, meaning?: string, action?: string): CodeMeaning {
  return {
    class: bounceClass,
    definite: true,
    ...(meaning === undefined ? {} : { meaning }),
    ...(action === undefined ? {} : { action }),
  };
}

function vague(bounceClass: BounceClass, meaning?: string): CodeMeaning {
  return { class: bounceClass, definite: false, ...(meaning === undefined ? {} : { meaning }) };
}

const CHECK_RECORDS =
  'Run relayctl domain verify for the From domain and publish what is missing or different. If the message passed through another system after signing, that system may have changed it.';

/** By subject and detail, without the class digit. RFC 3463 §3, RFC 7372, RFC 7505, RFC 6710, RFC 7293, RFC 8689. */
const BY_DETAIL: Readonly<Record<string, CodeMeaning>> = {
  '0.0': vague('undefined'),
  // 1: addressing
  '1.0': vague('undefined'),
  '1.1': definite('unknown-user'),
  '1.2': definite('unknown-host'),
  '1.3': definite(
    'unknown-user',
    'The receiving server says that the address is not a valid one.',
    'Check the address for typing errors and remove it from the list.',
  ),
  '1.4': vague('unknown-user', 'The address stands for more than one mailbox at the receiving server.'),
  // "Destination address valid": of use after a 2 only; under 5.1.5 (indimail) the words say what is meant.
  '1.5': vague('undefined'),
  '1.6': definite('moved'),
  '1.7': vague('policy', 'The receiving server does not accept the form of the sender address.'),
  '1.8': vague('policy', 'The receiving server does not accept the domain of the sender address.'),
  '1.9': vague('undefined'),
  '1.10': definite('unknown-host', 'The domain says in DNS that it takes no mail at all (null MX).'),
  // 2: mailbox
  '2.0': vague('inactive-mailbox', 'The mailbox does not take this message.'),
  '2.1': vague('inactive-mailbox'),
  '2.2': definite('mailbox-full'),
  '2.3': definite('too-big', 'The message is larger than this mailbox allows.'),
  '2.4': vague('system', 'The address is a mailing list that could not be expanded.'),
  // 3: mail system
  '3.0': vague('system'),
  '3.1': vague('system', 'The receiving mail system is full.'),
  '3.2': vague('system', 'The receiving mail system takes no mail at the moment.'),
  '3.3': vague('protocol', 'The receiving mail system lacks something that this message needs.'),
  '3.4': definite('too-big'),
  '3.5': vague('system', 'The receiving mail system is wrongly configured.'),
  '3.6': vague('system'),
  // 4: network and routing
  '4.0': vague('network'),
  '4.1': vague('network', 'The receiving host did not answer.'),
  '4.2': vague('network', 'The connection to the receiving host broke.'),
  '4.3': vague('system', 'A directory or name server that is needed for delivery did not answer.'),
  '4.4': vague(
    'unknown-host',
    'No route to the domain: no host is named for it, or none that can be reached.',
  ),
  '4.5': vague('rate-limited', 'The receiving mail system is congested.'),
  '4.6': vague('network', 'The message runs in a loop between servers.'),
  '4.7': definite('expired'),
  // 5: protocol
  '5.0': vague('protocol'),
  '5.1': vague('protocol'),
  '5.2': vague('protocol'),
  '5.3': vague('rate-limited', 'Too many recipients at once for the receiving server.'),
  '5.4': vague('protocol'),
  '5.5': vague('protocol'),
  '5.6': vague('protocol'),
  // 6: content
  '6.0': vague('content'),
  '6.1': vague('content'),
  '6.2': vague('content'),
  '6.3': vague('content'),
  '6.4': vague('content'),
  '6.5': vague('content'),
  '6.6': vague('content'),
  '6.7': definite(
    'protocol',
    'The receiving server takes no addresses with characters outside ASCII (SMTPUTF8).',
  ),
  '6.8': definite('protocol'),
  '6.9': definite(
    'protocol',
    'The receiving server takes no header with characters outside ASCII (SMTPUTF8).',
  ),
  '6.10': definite('protocol'),
  // 7: security and policy
  '7.0': vague('policy'),
  '7.1': vague('policy'),
  '7.2': vague('policy', 'The sender may not write to this mailing list.'),
  '7.3': vague('system'),
  '7.4': vague('policy', 'The receiving server does not support a security feature that is needed.'),
  '7.5': vague('system'),
  '7.6': vague('system'),
  '7.7': vague('authentication', 'The message was changed on its way: a signature does not match.'),
  '7.8': vague('policy', 'The receiving server wants a login.'),
  '7.9': vague('policy'),
  '7.10': vague('policy', 'The receiving server wants an encrypted connection.'),
  '7.11': vague('policy', 'The receiving server wants an encrypted connection.'),
  '7.12': vague('policy'),
  '7.13': vague('inactive-mailbox', 'The account at the receiving server is disabled.'),
  '7.14': vague('policy'),
  '7.15': vague('policy'),
  '7.16': definite('too-big'),
  '7.17': definite('moved', 'The mailbox has changed its owner since the address was last confirmed.'),
  '7.18': definite('moved', 'The domain has changed its owner since the address was last confirmed.'),
  '7.19': vague('system'),
  '7.20': definite(
    'authentication',
    'The receiving server found no DKIM signature that passes.',
    CHECK_RECORDS,
  ),
  '7.21': definite(
    'authentication',
    'The receiving server found no DKIM signature that it accepts.',
    CHECK_RECORDS,
  ),
  '7.22': definite(
    'authentication',
    'The receiving server found no DKIM signature of the author domain.',
    CHECK_RECORDS,
  ),
  '7.23': definite(
    'authentication',
    'SPF failed: this server is not listed as a sender for the domain of the reverse-path.',
    'Add the address of this server to the SPF record of that domain (relayctl domain verify shows the value).',
  ),
  '7.24': definite(
    'authentication',
    'SPF could not be evaluated: the record is wrong, or DNS did not answer.',
    'Correct the SPF record of the domain of the reverse-path (one record, at most ten look-ups).',
  ),
  '7.25': definite(
    'authentication',
    'The reverse DNS (PTR) of this server is missing or does not match its name.',
    'Have whoever owns the IP address set a PTR record to the host name that this server says in EHLO, with an address record back.',
  ),
  '7.26': definite('authentication', undefined, CHECK_RECORDS),
  '7.27': definite(
    'policy',
    'The domain of the sender takes no mail itself (null MX), so the receiving server refuses it.',
    'Use a sender address in a domain that can receive bounces.',
  ),
  '7.28': definite('rate-limited', 'Too much mail at once: the receiving server sees a flood.'),
  '7.29': definite('authentication', 'The ARC chain of the message does not validate.'),
  '7.30': definite(
    'policy',
    'The message demands TLS on every hop (REQUIRETLS), and the next hop cannot promise it.',
    'Send it without REQUIRETLS, or ask the receiving side to support it.',
  ),
};

const BY_SUBJECT: readonly BounceClass[] = [
  'undefined',
  'unknown-user',
  'inactive-mailbox',
  'system',
  'network',
  'protocol',
  'content',
  'policy',
];

/** What an enhanced status code such as `5.1.1` means; `undefined` when it is not one. */
export function statusMeaning(status: string): CodeMeaning | undefined {
  const match = /^([245])\.(\d{1,3})\.(\d{1,3})$/.exec(status);
  if (match === null) return undefined;
  const [, digit, subject, detail] = match;
  if (digit === '2') return definite('delivered');
  const listed = BY_DETAIL[`${Number(subject)}.${Number(detail)}`];
  // "No route" is a name that leads nowhere when it is permanent; when it is not, the words say whether it is a network.
  if (listed?.class === 'unknown-host' && digit === '4') return vague('network');
  return listed ?? vague(BY_SUBJECT[Number(subject)] ?? 'undefined');
}

/** What a bare reply code means at a stage. RFC 5321 §4.2.3, RFC 7504, RFC 4954 §6. */
export function replyCodeClass(code: number, stage: AttemptStage | undefined): BounceClass {
  if (code < 300) return 'delivered';
  switch (code) {
    case 421:
      return stage === 'greeting' ? 'rate-limited' : 'system';
    case 450:
      return 'policy';
    case 451:
    case 452:
      return 'system';
    case 521:
    case 556:
      return 'unknown-host';
    case 525:
      return 'inactive-mailbox';
    case 530:
    case 534:
    case 535:
    case 538:
      return 'policy';
    case 550:
      if (stage === 'rcpt') return 'unknown-user';
      return stage === 'final' ? 'content' : stage === undefined ? 'undefined' : 'policy';
    case 551:
      return 'moved';
    case 552:
      return stage === 'rcpt' ? 'mailbox-full' : 'too-big';
    case 553:
      return stage === 'rcpt' ? 'unknown-user' : 'policy';
    case 554:
      if (stage === 'greeting' || stage === 'connect') return 'reputation';
      return stage === 'final' ? 'content' : stage === undefined ? 'undefined' : 'policy';
    default:
      if (code >= 500 && code <= 504) return 'protocol';
      if (code === 455 || code === 555) return 'protocol';
      return code < 400 ? 'protocol' : 'undefined';
  }
}

/** What it means that something failed at a stage without any code. */
export function stageClass(stage: AttemptStage | undefined): BounceClass {
  switch (stage) {
    case 'dns':
    case 'connect':
    case 'greeting':
    case 'ehlo':
    case 'starttls':
    case 'auth':
    case 'mail':
    case 'rcpt':
    case 'data':
    case 'final':
      return 'network';
    case 'policy':
      return 'policy';
    case undefined:
      return 'undefined';
  }
}
