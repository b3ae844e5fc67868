/**
 * What fails as a whole is left alone as a whole: a domain whose DNS does not answer, a site none of whose hosts takes
 * a connection. One message of each account and destination tells of the failure as an event; the others go back
 * untried, the try is kept once for all of them (docs/adr/0007-tries-of-a-destination.md), and the store is told to hand out nothing of it before the back-off is over. So a dead destination costs
 * one connection attempt every few minutes, however many messages wait for it.
 */
import { assert } from '../../platform/assert.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import type { AttemptRecord, DestinationBlock } from '../../store/records.ts';
import type { Conclusion, Conclusions } from './conclusions.ts';
import type { Backoff, Destination } from '../destination-state.ts';
import type { Parcel } from '../claims/parcel.ts';
import type { Site } from '../site/site.ts';

export interface OutagePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly conclusions: Conclusions;
  readonly block: (block: DestinationBlock) => void;
  /** Hands the outcome to the outbox. */
  readonly finish: (parcel: Parcel, conclusion: Conclusion) => void;
  /** Puts it back untried, or settles it as expired when its time is over. */
  readonly sendBack: (parcel: Parcel) => void;
  /** What was known of its route led nowhere. */
  readonly forgetRoute: (destination: Destination) => void;
  readonly onCleared: (destination: Destination) => void;
}

export class Outages {
  readonly #ports: OutagePorts;

  constructor(ports: OutagePorts) {
    this.#ports = ports;
  }

  /** No host of `site` takes a connection: empties its queue. */
  siteFailed(site: Site, failures: readonly AttemptRecord[]): void {
    const { clock, random, log, conclusions, finish, sendBack } = this.#ports;
    const last = failures.at(-1);
    assert(last !== undefined, 'a site that failed says why');
    const lanes = site.queue.drain();
    const refusesMail = site.hosts.refuseMail(failures);
    if (site.requireTls) {
      // Others may reach it without TLS: only these messages wait, each by its own schedule.
      for (const parcel of lanes.flat())
        finish(parcel, conclusions.ofUnreachable(parcel, failures, undefined, refusesMail));
      return;
    }
    const nowMs = clock.now();
    const carried = Math.max(0, ...lanes.map(([head]) => head?.destination.carriedFailures ?? 0));
    // What refuses for good is told by each message.
    const tried = refusesMail ? [] : failures;
    const untilMs = site.backoff.fail(last, tried, { nowMs, random: random.float(), carried });
    log.warn('site unreachable', {
      site: site.key,
      host: last.host,
      address: last.address,
      stage: last.stage,
      reason: last.text,
      failures: site.backoff.failures,
      retry_in_ms: untilMs - nowMs,
    });
    for (const [head, ...rest] of lanes) {
      if (head === undefined) continue;
      this.blockWith(head.destination, site);
      // A refusal for good is every message's own; else one tells of it for all.
      const telling = refusesMail ? [head, ...rest] : [head];
      for (const parcel of telling)
        finish(parcel, conclusions.ofUnreachable(parcel, failures, untilMs, refusesMail));
      if (!refusesMail) for (const parcel of rest) sendBack(parcel);
    }
  }

  /** A host of `site` took a connection. */
  siteWorks(site: Site): void {
    site.backoff.clear();
    for (const destination of site.blocked) this.#unblock(destination);
    site.blocked.clear();
  }

  /** The site of `destination` is blocked, and so is the destination. */
  blockWith(destination: Destination, site: Site): void {
    site.blocked.add(destination);
    if (destination.blockedUntilMs !== site.backoff.untilMs) this.#block(destination, site.backoff);
  }

  /** DNS did not answer for `destination`; `parcels` wait for it. */
  dnsFailed(destination: Destination, parcels: readonly Parcel[], failure: AttemptRecord): void {
    const { clock, random, log, conclusions, finish, sendBack } = this.#ports;
    const nowMs = clock.now();
    const { carriedFailures: carried } = destination;
    const untilMs = destination.backoff.fail(failure, [failure], { nowMs, random: random.float(), carried });
    this.#block(destination, destination.backoff);
    log.warn('DNS did not answer', {
      destination: destination.name,
      reason: failure.text,
      failures: destination.backoff.failures,
      retry_in_ms: untilMs - nowMs,
    });
    const told = new Set<string>();
    for (const parcel of parcels) {
      if (told.has(parcel.facts.accountId)) {
        sendBack(parcel);
        continue;
      }
      told.add(parcel.facts.accountId);
      finish(parcel, conclusions.ofSilentDns(parcel, failure, untilMs));
    }
  }

  /** DNS answered, or a message went through. */
  destinationWorks(destination: Destination): void {
    if (!destination.failing) return;
    destination.backoff.clear();
    this.#unblock(destination);
  }

  #block(destination: Destination, why: Backoff): void {
    this.#ports.forgetRoute(destination);
    destination.blockedUntilMs = why.untilMs;
    destination.blockWrittenAtMs = Infinity;
    if (why.lastTry.length > 0) destination.tries++;
    const last = why.lastFailure;
    const where = last?.host === undefined ? '' : `${last.host} [${last.address ?? ''}]: `;
    this.#ports.block({
      destination: destination.name,
      untilMs: why.untilMs,
      failures: why.failures,
      lastError:
        where + [last?.replyCode, last?.status, last?.text].filter((part) => part !== undefined).join(' '),
      ...(why.lastTry.length > 0 && { tries: [why.lastTry] }),
    });
  }

  #unblock(destination: Destination): void {
    if (destination.blockedUntilMs === -Infinity && destination.carriedFailures === 0) return;
    destination.carriedFailures = 0;
    destination.blockedUntilMs = -Infinity;
    destination.blockWrittenAtMs = Infinity;
    const untilMs = this.#ports.clock.now();
    this.#ports.block({ destination: destination.name, untilMs, failures: 0, lastError: '' });
    this.#ports.onCleared(destination);
  }
}
