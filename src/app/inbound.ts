/**
 * The port-25 service with what it needs, where the configuration asks for one (`inbound.listen`). What it is made of, the
 * verification of signatures above all, is loaded only then.
 */
import type { Config } from '../config/config.ts';
import type { InboundOptions } from '../inbound/inbound-service.ts';
import type { SmtpPorts } from '../smtp/server/smtp-ports.ts';
import { assert } from '../platform/assert.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import type { FeedbackSources } from '../policy/feedback-sources.ts';
import { isMailbox, parseMailbox, type Mailbox } from '../smtp/address.ts';

/** Rejects as startInbound does. */
export async function startInboundIfAsked({
  config,
  postmaster,
  bounceRules,
  feedbackSources,
  ...options
}: Pick<
  InboundOptions,
  'loadTls' | 'reader' | 'spool' | 'reports' | 'readReport' | 'hash' | 'resolver' | 'clock' | 'random' | 'log'
> & {
  /** Live (config/live-config.ts). */
  readonly config: Config;
  readonly postmaster: () => Mailbox | undefined;
  /** Asked at each report. */
  readonly bounceRules: () => BounceRules;
  readonly feedbackSources: () => FeedbackSources;
}): Promise<SmtpPorts | undefined> {
  const { inbound, delivery, suppression, health } = config;
  if (inbound.listen.length === 0) return undefined;
  const { startInbound } = await import('../inbound/inbound-service.ts');
  return await startInbound({
    ...options,
    listen: inbound.listen,
    get postmaster() {
      const mailbox = postmaster();
      assert(mailbox !== undefined, 'the configuration has an address for postmaster');
      return mailbox;
    },
    get hostname() {
      return config.hostname;
    },
    get maxAgeMs() {
      return delivery.maxAgeMs;
    },
    softBounces: suppression.softBounces,
    get sourceComplaints() {
      return health.sourceComplaints;
    },
    get feedbackNetworks() {
      return inbound.feedbackNetworks;
    },
    get feedbackSources() {
      return feedbackSources();
    },
    get rules() {
      return bounceRules();
    },
  });
}

/** `inbound.postmaster` of a live configuration, parsed once a value; it may be set without port 25. */
export function postmasterOf({ inbound }: Config): () => Mailbox | undefined {
  let text: string | undefined;
  let parsed: Mailbox | undefined;
  return () => {
    if (inbound.postmaster === text) return parsed;
    text = inbound.postmaster;
    const mailbox = parseMailbox(text ?? '');
    parsed = isMailbox(mailbox) ? mailbox : undefined;
    return parsed;
  };
}
