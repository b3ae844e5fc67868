/**
 * Whether mail can be delivered from this machine at all, from the checks that look outside: what is said plainly before
 * anybody waits for a message that cannot leave.
 */
import type { CheckFacts, CheckResult } from './checks/registry.ts';

export interface Deliverability {
  /** `undefined`: it cannot be told from here. */
  readonly canDeliver: boolean | undefined;
  /** A sentence. */
  readonly verdict: string;
  /** What to do, a step each. */
  readonly steps: readonly string[];
}

const PORT_CLOSED_STEPS = [
  'Ask the provider of this machine to open outgoing port 25. Most clouds close it for new customers: AWS, Hetzner, Akamai (Linode), Vultr and DigitalOcean open it for some on request; Azure for some kinds of contract; Google Cloud never does.',
  'Or hand mail to a smart host, at a port that is open: repeat with --smart-host HOST:587 --smart-host-user USER --smart-host-password-file FILE (docs/routes.md).',
  'Home connections are usually blocked as well, and their addresses are on blocklists: use a server with a static address.',
  'Until then mail is accepted and queued; after delivery.max_age (4 days by default) it expires, and the sender gets a DSN.',
];

const LISTED_STEPS = [
  'Look up the address at that list, find the cause of the listing, and request removal.',
  'If a previous customer caused it, ask the provider for another address. Only the provider can have a whole network removed.',
];

const NAMELESS_STEPS = [
  'Set the PTR record of the address to the host name, at the provider of the address. Gmail, Outlook and others refuse mail without it.',
];

/** `checks`: what the last look found, `facts`: what it saw. */
export function judgeDeliverability(
  checks: readonly CheckResult[],
  { egress }: Pick<CheckFacts, 'egress'>,
): Deliverability {
  const failed = (name: CheckResult['name']) => checks.find((check) => check.name === name && !check.ok);
  const closed = failed('egress');
  if (closed !== undefined)
    return {
      canDeliver: false,
      verdict: `This machine cannot deliver mail: ${closed.detail}.`,
      steps: PORT_CLOSED_STEPS,
    };
  const relay = failed('smart_hosts');
  if (relay !== undefined)
    return {
      canDeliver: false,
      verdict: `A smart host takes no mail: ${relay.detail}.`,
      steps: relay.remedy === undefined ? [] : [relay.remedy],
    };
  const listed = failed('blocklists');
  if (listed !== undefined)
    return {
      canDeliver: false,
      verdict: `Mail from this address is refused by many receivers: ${listed.detail}.`,
      steps: LISTED_STEPS,
    };
  const nameless = failed('reverse_dns');
  if (nameless !== undefined)
    return {
      canDeliver: false,
      verdict: `Large receivers will refuse mail from here: ${nameless.detail}.`,
      steps: NAMELESS_STEPS,
    };
  if (egress?.direct === 'no') return byRoutesAlone(checks);
  if (egress === undefined)
    return {
      canDeliver: undefined,
      verdict: 'Port 25 was not tested: no recipient was given.',
      steps: ['Repeat with --to you@elsewhere.example, or test with large receivers: relayctl doctor'],
    };
  const seen = checks.find(({ name }) => name === 'egress');
  if (seen === undefined || egress.skipped !== undefined || seen.unknown === true)
    return {
      canDeliver: undefined,
      verdict: `Port 25 could not be tested. ${seen?.detail ?? ''}`,
      steps: [],
    };
  return { canDeliver: true, verdict: 'Mail can leave from here.', steps: [] };
}

function byRoutesAlone(checks: readonly CheckResult[]): Deliverability {
  const seen = checks.find(({ name }) => name === 'smart_hosts');
  if (seen === undefined || seen.unknown === true)
    return {
      canDeliver: undefined,
      verdict: `It is not known whether mail can leave. ${seen?.detail ?? ''}`,
      steps: [],
    };
  return {
    canDeliver: true,
    verdict: `Mail can leave by the smart host of route ${seen.detail}.`,
    steps: [],
  };
}
