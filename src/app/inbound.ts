/** The port-25 service with what it needs, where the configuration asks for one (`inbound.listen`). */
import type { Config } from '../config/config.ts';
import { startInbound, type InboundOptions } from '../inbound/inbound-service.ts';
import type { SmtpPorts } from '../listener/smtp-ports.ts';
import { assert } from '../platform/assert.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import type { FeedbackSources } from '../policy/feedback-sources.ts';
import { isMailbox, parseMailbox, type Mailbox } from '../smtp/address.ts';

/** Rejects as startInbound does. */
export async function startInboundIfAsked({
  config,
  bounceRules,
  feedbackSources,
  ...options
}: Pick<
  InboundOptions,
  'loadTls' | 'reader' | 'spool' | 'reports' | 'readReport' | 'hash' | 'resolver' | 'clock' | 'random' | 'log'
> & {
  readonly config: Config;
  /** Asked at each report. */
  readonly bounceRules: () => BounceRules;
  readonly feedbackSources: () => FeedbackSources;
}): Promise<SmtpPorts | undefined> {
  const { inbound, hostname, delivery, suppression, health } = config;
  if (inbound.listen.length === 0) return undefined;
  const postmaster = postmasterOf(config);
  assert(postmaster !== undefined, 'the configuration has an address for postmaster');
  return await startInbound({
    ...options,
    listen: inbound.listen,
    postmaster,
    hostname,
    maxAgeMs: delivery.maxAgeMs,
    softBounces: suppression.softBounces,
    sourceComplaints: health.sourceComplaints,
    feedbackNetworks: inbound.feedbackNetworks,
    get feedbackSources() {
      return feedbackSources();
    },
    get rules() {
      return bounceRules();
    },
  });
}

/** `inbound.postmaster`, which may be set without port 25. */
export function postmasterOf({ inbound }: Config): Mailbox | undefined {
  const mailbox = parseMailbox(inbound.postmaster ?? '');
  return isMailbox(mailbox) ? mailbox : undefined;
}
