/**
 * The hosts of one site, and what is known of them (host-memory.ts): dead addresses, hosts with broken TLS; and hosts that an
 * entry has not tried yet. RFC 5321 §5.1, RFC 7504 §3.
 */
import type { AttemptRecord } from '../../store/delivery-records.ts';
import type { Attempt, HostFacts } from '../attempt/attempt.ts';
import { candidates, type CandidateFacts, type FailedAddresses, type SiteHost } from '../route/candidates.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { RemoteAddress } from '../../smtp/client/session.ts';
import type { KnownHosts } from './host-memory.ts';
import type { TlsTroubles } from './tls-troubles.ts';

/** Times are monotonic. */
export class SiteHosts {
  #hosts: readonly SiteHost[];
  readonly #failed: FailedAddresses;
  readonly #tlsTroubles: TlsTroubles;

  constructor(hosts: readonly SiteHost[], { failed, tlsTroubles }: KnownHosts) {
    this.#hosts = hosts;
    this.#failed = failed;
    this.#tlsTroubles = tlsTroubles;
  }

  /** A look-up found these. What is known of an address stays known. */
  replace(hosts: readonly SiteHost[]): void {
    this.#hosts = hosts;
  }

  /** Where to connect, in order; with `asking`, at the hosts that are left for it. */
  toTry(
    asking: QueueEntry | undefined,
    facts: Omit<CandidateFacts, 'hosts' | 'failed'>,
  ): readonly RemoteAddress[] {
    const hosts = asking === undefined ? this.#hosts : this.#unasked(asking);
    return candidates({ ...facts, hosts, failed: this.#failed });
  }

  /** What an answer of `host` for the entry may depend on. */
  facts(entry: QueueEntry, host: string, nowMs: number): HostFacts {
    const others = this.#unasked(entry).filter(({ name }) => name !== host);
    return {
      othersUnasked: others.length > 0,
      othersLeft: others.some(({ addresses }) =>
        addresses.some((address) => !this.#failed.has(address, nowMs)),
      ),
      primaryUnreachable: this.#isBackup(host),
    };
  }

  #unasked(entry: QueueEntry): readonly SiteHost[] {
    return this.#hosts.filter(({ name }) => entry.mayAsk(name));
  }

  /** Whether `host` is not of the best preference: it is asked since those could not be reached or did not take it. */
  #isBackup(host: string): boolean {
    const preference = this.#hosts.find(({ name }) => name === host)?.preference;
    return preference !== undefined && this.#hosts.some((other) => other.preference < preference);
  }

  /** Every host was tried and greets with 521: it takes no mail, now or later. RFC 7504 §3. */
  refuseMail(failures: readonly AttemptRecord[]): boolean {
    return (
      failures.every(({ stage, replyCode }) => stage === 'greeting' && replyCode === 521) &&
      this.#hosts.every(({ name }) => failures.some(({ host }) => host === name))
    );
  }

  /** No session, or one that is of no use: other addresses are tried first for a while. */
  failed({ address }: RemoteAddress, nowMs: number): void {
    this.#failed.add(address, nowMs);
  }

  opened({ address }: RemoteAddress): void {
    this.#failed.remove(address);
  }

  /** True when TLS broke: the session is of no more use. */
  heard(attempt: Attempt, nowMs: number): boolean {
    return this.#tlsTroubles.heard(attempt, nowMs);
  }

  /** Why TLS is not to be used there; `undefined`: it is. */
  inClear({ address }: RemoteAddress, nowMs: number): string | undefined {
    return this.#tlsTroubles.reason(address, nowMs);
  }
}
