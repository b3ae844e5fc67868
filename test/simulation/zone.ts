/**
 * The DNS of the world, as a resolver without sockets: who takes mail for which domain, at which addresses, and times
 * when the servers of a domain do not answer, answer SERVFAIL, or deny it exists. What it denies it tells the ledger,
 * since mail may bounce for that.
 */
import type { DnsAnswer, MxRecord, Resolver } from '../../src/dns/resolver.ts';
import type { Dice } from './dice.ts';
import type { Life } from './life.ts';
import type { Plan } from './plan.ts';
import type { DomainPlan, HostPlan, SitePlan } from './site-plan.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Trace } from './trace.ts';
import type { Witness } from './witness.ts';

/** `moved`: another site takes its mail for a while. */
type DnsMood = 'well' | 'moved' | 'servfail' | 'silent' | 'denying';

const TIMEOUT_MS = 10_000;

export interface ZonePorts {
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly ledger: Pick<Witness, 'sending'>;
  readonly dice: Dice;
}

export class Zone {
  readonly #ports: ZonePorts;
  readonly #dice: Dice;
  readonly #domains = new Map<string, DomainPlan>();
  readonly #hosts = new Map<string, HostPlan>();
  readonly #unrulyHosts: string[] = [];
  readonly #sites: readonly SitePlan[];
  readonly #moods = new Map<string, DnsMood>();

  constructor(plan: Plan, ports: ZonePorts) {
    this.#ports = ports;
    this.#dice = ports.dice.fork('dns');
    for (const domain of plan.domains) this.#domains.set(domain.name, domain);
    for (const { hosts, kind } of plan.sites)
      for (const host of hosts) {
        this.#hosts.set(host.name, host);
        if (kind === 'unruly' && this.#dice.chance(0.2)) this.#unrulyHosts.push(host.name);
      }
    this.#sites = plan.sites.filter(({ kind }) => kind === 'unruly');
  }

  /** The unruly domains change mood every `meanMs`, until `isOver`. */
  live(meanMs: number, isOver: () => boolean): void {
    for (const { name, unruly } of this.#domains.values())
      if (unruly) this.#change(name, DOMAIN_MOODS, meanMs, isOver);
    for (const name of this.#unrulyHosts) this.#change(name, HOST_MOODS, meanMs, isOver);
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
          const answered = mood === 'well' || mood === 'moved' ? answer() : troubled<T>(mood);
          if (answered.kind === 'not-found' && mood === 'denying') this.#ports.ledger.sending.hasNoWay(name);
          this.#ports.trace.add(`dns ${name} ${answered.kind}`);
          life.whenAwake(() => {
            if (life.cross('DNS answers')) resolve(answered);
          });
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
          this.#siteOf(domain).hosts.map((host) => ({ preference: host.preference, exchange: host.name })),
        );
      case 'null-mx':
        this.#ports.ledger.sending.hasNoWay(name);
        return this.#found([{ preference: 0, exchange: '' }]);
      case 'implicit':
        return { kind: 'not-found', nxdomain: false };
      case 'none':
      case undefined:
        this.#ports.ledger.sending.hasNoWay(name);
        return { kind: 'not-found', nxdomain: true };
    }
  }

  #addresses(name: string, sign: string): DnsAnswer<string> {
    const domain = this.#domains.get(name);
    const host = domain?.mail === 'implicit' ? domain.site.hosts[0] : this.#hosts.get(name);
    const found = host?.addresses.filter((address) => address.includes(sign)) ?? [];
    return found.length > 0 ? this.#found(found) : { kind: 'not-found', nxdomain: host === undefined };
  }

  #siteOf({ name, site }: DomainPlan): SitePlan {
    if (this.#moods.get(name) !== 'moved') return site;
    return this.#sites[(this.#sites.indexOf(site) + 1) % this.#sites.length] ?? site;
  }

  #found<T>(records: readonly T[]): DnsAnswer<T> {
    return { kind: 'found', records, ttlSeconds: this.#dice.pick([5, 60, 3_600]) };
  }

  #change(name: string, moods: Moods, meanMs: number, isOver: () => boolean): void {
    this.#ports.time.after(this.#dice.exponential(meanMs), () => {
      if (isOver()) return;
      const mood = this.#dice.weighted(moods);
      this.#moods.set(name, mood);
      this.#change(name, moods, mood === 'well' ? 2 * meanMs : meanMs, isOver);
    });
  }
}

type Moods = readonly (readonly [weight: number, mood: DnsMood])[];

const DOMAIN_MOODS: Moods = [
  [60, 'well'],
  [10, 'moved'],
  [18, 'servfail'],
  [18, 'silent'],
  [1, 'denying'],
];
const HOST_MOODS: Moods = [
  [60, 'well'],
  [20, 'servfail'],
  [20, 'silent'],
];

const NOTHING = { kind: 'not-found', nxdomain: false } as const;

function troubled<T>(mood: Exclude<DnsMood, 'well' | 'moved'>): DnsAnswer<T> {
  if (mood === 'denying') return { kind: 'not-found', nxdomain: true };
  return { kind: 'failed', reason: mood === 'silent' ? 'timeout' : 'SERVFAIL' };
}
