/**
 * Whether every source may send everywhere: a provider that refuses the address of one is told to the operator. A host of nobody
 * known that does, and a warm-up that has slowed down, are warnings.
 */
import { isProvider } from '../egress/source-forecast.ts';
import type { SourceLimit } from '../egress/source-limit.ts';
import type { WarmUpReason } from '../egress/warm-up.ts';
import type { Check } from './check.ts';

export interface SourceLimitsFacts {
  /** Of sources that are configured; those that are over do not count. */
  readonly limits: readonly Pick<SourceLimit, 'source' | 'provider' | 'untilMs' | 'reply'>[];
  /** Of today. */
  readonly warmUps: readonly {
    readonly source: string;
    readonly provider: string;
    readonly ceiling: number;
    readonly reason: WarmUpReason;
  }[];
}

export const sourceLimits: Check<SourceLimitsFacts> = {
  reason: 'a provider refuses an address that mail leaves from',
  stopsMail: false,
  look({ limits, warmUps }, nowMs) {
    const inForce = limits.filter(({ untilMs }) => untilMs > nowMs);
    const refusing = inForce.filter(({ provider }) => isProvider(provider));
    if (refusing.length > 0) return { ok: false, detail: refusing.map(inWords).join('; '), remedy: REMEDY };
    const hosts = inForce.slice(0, MOST_SHOWN).map(inWords);
    const slowed = warmUps.filter(({ reason }) => reason === 'turned-away' || reason === 'complaints');
    const warnings = [...slowed.map(slowWords), ...hosts];
    if (warnings.length === 0) return { ok: true, detail: 'no provider refuses a source' };
    return { ok: true, detail: warnings.join('; '), remedy: slowed.length > 0 ? SLOW_REMEDY : REMEDY };
  },
};

const REMEDY =
  'read the reply, look the address up in the blocklists and at the provider’s page for senders; mail goes by the other sources of the pool, else it waits (relayctl source show)';
const SLOW_REMEDY =
  'send to people who expect the mail, and less of it: relayctl source show, relayctl health';
/** Of hosts that are no known provider's. */
const MOST_SHOWN = 5;

function inWords({ source, provider, untilMs, reply }: SourceLimitsFacts['limits'][number]): string {
  const until = `${new Date(untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${provider} refuses ${source}, which is not used there until ${until}: ${reply}`;
}

function slowWords({ source, provider, ceiling, reason }: SourceLimitsFacts['warmUps'][number]): string {
  const why = reason === 'complaints' ? 'of complaints' : 'recipients were turned away';
  return `the warm-up of ${source} at ${provider} has slowed down to ${ceiling} today, because ${why}`;
}
