/**
 * Failures of a whole destination: a domain whose DNS does not answer, a site none of whose hosts accepts a connection. One
 * message of each account and destination reports the failure as an event. The others are released untried, the try is kept
 * once for all of them (docs/adr/0007-tries-of-a-destination.md), and the store hands out nothing of the destination before
 * the back-off is over. Where some mail of the destination may leave by another way, each message looks for it instead, and
 * nothing is blocked. So a dead destination costs one connection attempt every few minutes, for any number of messages.
 */
import { assert } from '../../platform/assert.ts';
import { wordsOfAutomatic } from '../../policy/shaping/limit-words.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import type { FallbackCause } from '../../policy/egress/route-rules.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { ClaimedMail } from '../claims/claimed-mail.ts';
import type { SettleOutbox } from '../claims/settle-outbox.ts';
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { Backoff } from '../destination/backoff.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { SourceChooser } from '../route/egress.ts';
import type { RouteTable } from '../route/route-table.ts';
import type { Routes } from '../route/routes.ts';
import type { AutomaticLimits } from '../shaping/automatic-limits.ts';
import type { Site, SiteOutages } from '../site/site.ts';
import type { AttemptOutcomes } from './attempt-outcomes.ts';
import type { Settler } from './settler.ts';

export interface OutageOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly outcomes: AttemptOutcomes;
  readonly outbox: Pick<SettleOutbox, 'block'>;
  readonly settler: Settler;
  readonly routes: Pick<Routes, 'forget'>;
  readonly claimed: Pick<ClaimedMail, 'forgetIfDone'>;
  readonly sources: Pick<SourceChooser, 'refused'>;
  readonly speaksFor: RouteTable['speaksFor'];
  readonly automatic: Pick<AutomaticLimits, 'of'>;
}

/** Where mail goes on that one way does not take. */
export interface OtherWays {
  /** It goes on by another way, or is settled where there is none. `refused`: why its own does not take it. */
  goOn(entry: QueueEntry, refused?: FallbackCause): void;
  /** Called after some went on. */
  wentOn(): void;
  /** All mail of the destination has the same way. */
  leavesOneWay(destination: ActiveDestination): boolean;
}

export class Outages implements SiteOutages {
  readonly #options: OutageOptions;
  #others: OtherWays | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  asks(others: OtherWays): void {
    this.#others = others;
  }

  /** No host of `site` takes a connection: empties its queue. */
  siteFailed(site: Site, failures: readonly AttemptRecord[]): void {
    const { clock, random, log, outcomes, settler } = this.#options;
    const last = failures.at(-1);
    assert(last !== undefined, 'a site that failed says why');
    const queues = site.backlog.drain();
    const { smartHost } = site.egress;
    const refusesMail = smartHost === undefined && site.hosts.refuseMail(failures);
    if (site.requireTls && site.leavesPlainly) {
      // Others may reach it without TLS: only these messages wait, each by its own schedule.
      for (const entry of queues.flat())
        settler.settleUntried(entry, outcomes.ofUnreachable(entry, failures, undefined, refusesMail));
      return;
    }
    const nowMs = clock.now();
    const carried = Math.max(0, ...queues.map(([head]) => head?.destination.carriedFailures ?? 0));
    // A permanent refusal is reported by each message.
    const tried = refusesMail ? [] : failures;
    const counts = smartHost !== undefined;
    const untilMs = site.backoff.fail(last, tried, { nowMs, random: random.float(), carried, counts });
    log.warn('site unreachable', {
      site: site.key,
      host: last.host,
      address: last.address,
      stage: last.stage,
      reason: last.text,
      failures: site.backoff.failures,
      retry_in_ms: untilMs - nowMs,
    });
    this.#tellSource(site, failures);
    for (const queue of queues) {
      const [head, ...rest] = queue;
      if (head === undefined) continue;
      if (!refusesMail && !this.#failsAsAWhole(head.destination, site)) {
        for (const entry of queue) {
          if (entry === head || !waitsOnly(entry, site)) entry.remember(failures);
          this.#others?.goOn(entry);
        }
        continue;
      }
      this.blockWith(head.destination, site);
      // A refusal for good is every message's own; else one tells of it for all.
      const telling = refusesMail ? [head, ...rest] : [head];
      for (const entry of telling)
        settler.settleUntried(entry, outcomes.ofUnreachable(entry, failures, untilMs, refusesMail));
      if (!refusesMail) for (const entry of rest) settler.release(entry);
    }
    this.#others?.wentOn();
  }

  /** Nothing of the destination gets through, whatever its route and source. */
  #failsAsAWhole(destination: ActiveDestination, site: Site): boolean {
    return this.#others === undefined || (site.isDirect && this.#others.leavesOneWay(destination));
  }

  /** A connection that refuses our address is about the source that it came from. */
  #tellSource({ egress: { source, provider } }: Site, failures: readonly AttemptRecord[]): void {
    const { outcomes, sources, speaksFor } = this.#options;
    if (source === undefined || provider === undefined) return;
    for (const record of failures) {
      const refusal = outcomes.refusedConnection(record);
      if (refusal?.cause !== 'blocked' || !speaksFor(record.host, provider)) continue;
      sources.refused({ source, provider, record, class: refusal.class, messageId: undefined });
    }
  }

  /** A host of `site` took a connection. */
  siteWorks(site: Site): void {
    for (const destination of site.recovered()) this.#unblock(destination);
  }

  /** The site of `destination` is blocked, and so is the destination. */
  blockWith(destination: ActiveDestination, site: Site): void {
    site.blocks(destination);
    if (destination.blockedUntilMs !== site.backoff.untilMs)
      this.#block(destination, site.backoff, this.#limitOf(site));
  }

  /** What it refuses is a limit of its own: whoever lifts that wants it asked again. */
  #limitOf({ backoff, place }: Site): string | undefined {
    if (backoff.lastFailure?.replyCode === undefined) return undefined;
    const limit = this.#options.automatic.of(place, this.#options.clock.now());
    return limit && wordsOfAutomatic(limit);
  }

  /** DNS did not answer for `destination`; `entries` wait for it. */
  dnsFailed(destination: ActiveDestination, entries: readonly QueueEntry[], failure: AttemptRecord): void {
    const { clock, random, log, outcomes, settler } = this.#options;
    const nowMs = clock.now();
    const { carriedFailures: carried } = destination;
    const untilMs = destination.backoff.fail(failure, [failure], { nowMs, random: random.float(), carried });
    const others = this.#others;
    const wholly = others === undefined || others.leavesOneWay(destination);
    if (wholly) this.#block(destination, destination.backoff);
    else this.#options.routes.forget(destination.name);
    log.warn('DNS did not answer', {
      destination: destination.name,
      reason: failure.text,
      failures: destination.backoff.failures,
      retry_in_ms: untilMs - nowMs,
    });
    const told = new Set<string>();
    for (const entry of entries) {
      if (wholly && told.has(entry.facts.accountId)) {
        settler.release(entry);
        continue;
      }
      told.add(entry.facts.accountId);
      settler.settleUntried(entry, outcomes.ofSilentDns(entry, failure, untilMs));
    }
  }

  /** DNS answered, or a message went through. */
  destinationWorks(destination: ActiveDestination): void {
    if (!destination.failing) return;
    destination.backoff.clear();
    this.#unblock(destination);
  }

  #block(destination: ActiveDestination, why: Backoff, waitsFor?: string): void {
    // What was known of its route led nowhere.
    this.#options.routes.forget(destination.name);
    destination.block(why.untilMs, why.lastTry.length > 0);
    const last = why.lastFailure;
    const where = last?.host === undefined ? '' : `${last.host} [${last.address ?? ''}]: `;
    this.#options.outbox.block({
      destination: destination.name,
      untilMs: why.untilMs,
      failures: why.failures,
      lastError:
        where + [last?.replyCode, last?.status, last?.text].filter((part) => part !== undefined).join(' '),
      ...(why.lastTry.length > 0 && { tries: [why.lastTry] }),
      ...(waitsFor !== undefined && { waitsFor }),
    });
  }

  #unblock(destination: ActiveDestination): void {
    if (!destination.unblock()) return;
    const untilMs = this.#options.clock.now();
    this.#options.outbox.block({ destination: destination.name, untilMs, failures: 0, lastError: '' });
    this.#options.claimed.forgetIfDone(destination);
  }
}

/**
 * It waits for a smart host and has no other way, and its trace says why already: a try costs one row for all of those, as
 * for a destination.
 */
function waitsOnly({ deliveries, refused }: QueueEntry, { egress }: Site): boolean {
  if (egress.smartHost === undefined || egress.source !== undefined || egress.fallbackOn.length > 0)
    return false;
  return refused.length === 0 && deliveries.every(({ state }) => state === 'deferred');
}
