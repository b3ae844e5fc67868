/**
 * The DNS of the world, as a resolver without sockets: who takes mail for which domain, at which addresses, and times
 * when the servers of a domain do not answer, answer SERVFAIL, or deny it exists. What it denies it tells the ledger,
 * since mail may bounce for that.
 */
import type { DnsAnswer, MxRecord, Resolver } from '../../src/dns/resolver.ts';
import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import type { DomainPlan, HostPlan, Plan } from './plan.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Trace } from './trace.ts';

type DnsMood = 'well' | 'servfail' | 'silent' | 'denying';

const TIMEOUT_MS = 10_000;

export interface ZonePorts {
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly dice: Dice;
}

export class Zone {
  readonly #ports: ZonePorts;
  readonly #dice: Dice;
  readonly #domains = new Map<string, DomainPlan>();
  readonly #hosts = new Map<string, HostPlan>();
  readonly #moods = new Map<string, DnsMood>();

  constructor(plan: Plan, ports: ZonePorts) {
    this.#ports = ports;
    this.#dice = ports.dice.fork('dns');
    for (const domain of plan.domains) this.#domains.set(domain.name, domain);
    for (const { hosts } of plan.sites) for (const host of hosts) this.#hosts.set(host.name, host);
  }

  /** The unruly domains change mood every `meanMs`, until `isOver`. */
  live(meanMs: number, isOver: () => boolean): void {
    for (const { name, unruly } of this.#domains.values()) if (unruly) this.#change(name, meanMs, isOver);
  }

  calm(): void {
    this.#moods.clear();
  }

  resolverFor(life: Life): Resolver {
    const ask = <T>(name: string, answer: () => DnsAnswer<T>): Promise<DnsAnswer<T>> =>
      new Promise((resolve) => {
        if (!life.cross('DNS is asked')) return;
        const mood = this.#moods.get(name) ?? 'well';
        const waitMs = mood === 'silent' ? TIMEOUT_MS : this.#dice.between(0.5, 60);
        this.#ports.time.after(waitMs, () => {
          const answered = mood === 'well' ? answer() : troubled<T>(mood);
          if (answered.kind === 'not-found' && mood === 'denying') this.#ports.ledger.hasNoWay(name);
          this.#ports.trace.add(`dns ${name} ${answered.kind}`);
          if (life.cross('DNS answers')) resolve(answered);
        });
      });
    return {
      mx: (name) => ask(name, () => this.#mx(name)),
      a: (name) => ask(name, () => this.#addresses(name, '.')),
      aaaa: (name) => ask(name, () => this.#addresses(name, ':')),
      txt: (name) => ask(name, () => NOTHING),
      cname: (name) => ask(name, () => NOTHING),
      ptr: (name) => ask(name, () => NOTHING),
    };
  }

  #mx(name: string): DnsAnswer<MxRecord> {
    const domain = this.#domains.get(name);
    switch (domain?.mail) {
      case 'site':
        return this.#found(
          domain.site.hosts.map((host) => ({ preference: host.preference, exchange: host.name })),
        );
      case 'null-mx':
        this.#ports.ledger.hasNoWay(name);
        return this.#found([{ preference: 0, exchange: '' }]);
      case 'implicit':
        return { kind: 'not-found', nxdomain: false };
      case 'none':
      case undefined:
        this.#ports.ledger.hasNoWay(name);
        return { kind: 'not-found', nxdomain: true };
    }
  }

  #addresses(name: string, sign: string): DnsAnswer<string> {
    const domain = this.#domains.get(name);
    const host = domain?.mail === 'implicit' ? domain.site.hosts[0] : this.#hosts.get(name);
    const found = host?.addresses.filter((address) => address.includes(sign)) ?? [];
    return found.length > 0 ? this.#found(found) : { kind: 'not-found', nxdomain: host === undefined };
  }

  #found<T>(records: readonly T[]): DnsAnswer<T> {
    return { kind: 'found', records, ttlSeconds: this.#dice.pick([5, 60, 3_600]) };
  }

  #change(name: string, meanMs: number, isOver: () => boolean): void {
    this.#ports.time.after(this.#dice.exponential(meanMs), () => {
      if (isOver()) return;
      const mood = this.#dice.weighted<DnsMood>([
        [60, 'well'],
        [18, 'servfail'],
        [18, 'silent'],
        [1, 'denying'],
      ]);
      this.#moods.set(name, mood);
      this.#change(name, mood === 'well' ? 2 * meanMs : meanMs, isOver);
    });
  }
}

const NOTHING = { kind: 'not-found', nxdomain: false } as const;

function troubled<T>(mood: Exclude<DnsMood, 'well'>): DnsAnswer<T> {
  if (mood === 'denying') return { kind: 'not-found', nxdomain: true };
  return { kind: 'failed', reason: mood === 'silent' ? 'timeout' : 'SERVFAIL' };
}
